package dev.triptych.diffusion;

import dev.triptych.ModelLoadException;
import dev.triptych.compare.TextImageSimilarity;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.storage.UserFolders;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives comparisons the CLIP of this machine: the folder that the system property {@code triptych.clip} names, else the
 * one that the environment variable {@code TRIPTYCH_CLIP} names, else {@code clip/} in the bundled checkpoint. A blank
 * name counts as none; {@code ~/} is the user's home. Immutable.
 */
public final class ClipSimilarityOpener implements TextImageSimilarity.Opener {

    private static final String PROPERTY = "triptych.clip";
    private static final String VARIABLE = "TRIPTYCH_CLIP";
    private static final String BUNDLED_FOLDER = "clip";
    private static final String BUNDLED_NAME = "bundled";

    private final Lookup properties;
    private final Lookup environment;
    private final Supplier<Optional<Path>> bundled;

    /** Finds a value by its name; null where there is none. */
    @FunctionalInterface
    interface Lookup {
        @Nullable
        String get(String name);
    }

    /** Called by {@link java.util.ServiceLoader}. */
    public ClipSimilarityOpener() {
        this(System::getProperty, System::getenv, ClipSimilarityOpener::bundledFolder);
    }

    ClipSimilarityOpener(Lookup properties, Lookup environment, Supplier<Optional<Path>> bundled) {
        this.properties = properties;
        this.environment = environment;
        this.bundled = bundled;
    }

    @Override
    public Optional<TextImageSimilarity> open() {
        return named("system property " + PROPERTY, properties.get(PROPERTY))
                .or(() -> named("environment variable " + VARIABLE, environment.get(VARIABLE)))
                .map(ClipModel::open)
                .map(clip -> new ClipSimilarity(clip, clip.name()))
                .or(() -> bundled.get().map(folder -> new ClipSimilarity(ClipModel.open(folder), BUNDLED_NAME)))
                .map(TextImageSimilarity.class::cast);
    }

    private static Optional<Path> named(String source, @Nullable String value) {
        if (value == null || value.isBlank()) {
            return Optional.empty();
        }
        try {
            Path folder = UserFolders.expand(value.strip());
            if (Files.isDirectory(folder)) {
                return Optional.of(folder);
            }
            throw new ModelLoadException(source + " must name the folder of a CLIP model but " + folder
                    + (Files.exists(folder) ? " is a file" : " does not exist"));
        } catch (InvalidPathException e) {
            throw new ModelLoadException(
                    source + " must name the folder of a CLIP model but is no path: " + e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new ModelLoadException(source + " must name the folder of a CLIP model: " + e.getMessage(), e);
        }
    }

    /** Asks the manifest first: a checkpoint without a CLIP need not be unpacked to find none. */
    private static Optional<Path> bundledFolder() {
        return BundledCheckpoint.manifest()
                .filter(manifest ->
                        manifest.files().stream().anyMatch(file -> file.path().startsWith(BUNDLED_FOLDER + "/")))
                .map(manifest -> BundledCheckpoint.directory().resolve(BUNDLED_FOLDER));
    }
}
