package dev.triptych.diffusion;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.checkpoint.SingleFileOptions;
import dev.triptych.diffusion.network.clip.SafetyChecker;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The files that a generator's settings name, all of them on this machine. Immutable.
 *
 * @param settings the settings
 * @param found where each of their sources is
 */
record LocalFiles(LocalSettings settings, Map<ModelSource, Path> found) {

    LocalFiles {
        found = Map.copyOf(found);
    }

    /**
     * The files if all of them are here, or are paths; makes no request.
     *
     * @param hub asked for where a source is no path
     */
    static Optional<LocalFiles> cached(LocalSettings settings, Supplier<ModelHub> hub) {
        Map<ModelSource, Path> found = new LinkedHashMap<>();
        for (ModelSource source : sources(settings)) {
            Optional<Path> path = ModelHub.path(source);
            if (path.isEmpty()) {
                path = hub.get().cached(source);
            }
            if (path.isEmpty()) {
                return Optional.empty();
            }
            found.put(source, path.get());
        }
        return Optional.of(new LocalFiles(settings, found));
    }

    /**
     * The files, downloaded where they are not here.
     *
     * @throws dev.triptych.ImageGenerationException as {@link ModelHub#find}
     */
    static LocalFiles find(LocalSettings settings, Supplier<ModelHub> hub, GenerationContext context) {
        Map<ModelSource, Path> found = new LinkedHashMap<>();
        for (ModelSource source : sources(settings)) {
            Optional<Path> path = ModelHub.path(source);
            found.put(source, path.isPresent() ? path.get() : hub.get().find(source, context));
        }
        return new LocalFiles(settings, found);
    }

    private static Set<ModelSource> sources(LocalSettings settings) {
        Set<ModelSource> all = new LinkedHashSet<>(settings.sources());
        safetyChecker(settings).ifPresent(all::add);
        return all;
    }

    /** A repository's safety checker, which is not fetched with the rest: it is as large as a text encoder. */
    private static Optional<ModelSource> safetyChecker(LocalSettings settings) {
        boolean isOwn = settings.components().containsKey(SafetyChecker.PART);
        return settings.safetyChecker() && !isOwn
                ? settings.checkpoint()
                        .filter(source -> ModelHub.path(source).isEmpty())
                        .flatMap(source -> source.folder(SafetyChecker.PART))
                : Optional.empty();
    }

    /** The file or folder of {@code source}, one of the settings'. */
    Path path(ModelSource source) {
        return Optional.ofNullable(found.get(source))
                .orElseThrow(() -> new ModelLoadException(source + " must be one of the settings' models but is not"));
    }

    /** The checkpoint; unpacks the bundled one where that is needed. */
    Path checkpoint() {
        return settings.checkpoint().map(this::path).orElseGet(() -> BundledCheckpoint.directory(settings.cache()));
    }

    /** The refiner's checkpoint. */
    Optional<Path> refiner() {
        return settings.refiner().map(this::path);
    }

    /** The parts to put in the place of the checkpoint's, and the variant of its weights that is wanted. */
    Components components() {
        Map<String, Optional<Path>> parts = new LinkedHashMap<>();
        settings.components().forEach((name, source) -> parts.put(name, source.map(this::path)));
        safetyChecker(settings).ifPresent(source -> parts.put(SafetyChecker.PART, Optional.of(path(source))));
        return Components.of(parts).withVariant(variant(settings.checkpoint()));
    }

    /** The refiner has its own parts alone. */
    Components refinerComponents() {
        return Components.none().withVariant(variant(settings.refiner()));
    }

    /** How a checkpoint that is one file is read. */
    SingleFileOptions singleFileOptions() {
        return new SingleFileOptions(settings.modelConfig(), settings.ema());
    }

    private static String variant(Optional<ModelSource> source) {
        return source.flatMap(ModelSource::variant).orElse("");
    }
}
