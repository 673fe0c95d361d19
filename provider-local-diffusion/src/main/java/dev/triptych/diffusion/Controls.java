package dev.triptych.diffusion;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.ControlModel;
import dev.triptych.diffusion.family.ControlOptions;
import dev.triptych.diffusion.family.ControlPicture;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The controls that one generator has among its settings, for the requests whose pictures name them. A file is opened
 * when it is asked for first, kept, and opened again when it changed. Thread-safe.
 */
final class Controls {

    private final Map<String, ModelSource> sources;
    private final Function<ModelSource, Path> places;

    /** Opened controls by name and hash; guarded by this. */
    private final Map<String, ControlModel> opened = new HashMap<>();

    /** @param places where a file of the settings is */
    Controls(LocalSettings settings, Function<ModelSource, Path> places) {
        this.sources = settings.controls();
        this.places = places;
    }

    /**
     * The control pictures of {@code request}, of the size of what is painted.
     *
     * @param family the generator's model
     * @param loop the loop in a part of which each of them acts
     * @throws dev.triptych.UnsupportedRequestException if a picture cannot be read, or {@code options} mean other files
     * @throws dev.triptych.ModelLoadException if a control cannot be opened
     */
    List<ControlPicture> pictures(Family family, ImageRequest request, ImageSize size, LoopPlan loop, Options options) {
        requireSame(options, hashes(request));
        Annotations annotations = annotations(request, options);
        List<ControlPicture> pictures = new ArrayList<>();
        for (ImageInput input : request.inputs(InputRole.CONTROL)) {
            ControlModel model = model(family, input.name());
            requireSize(model, size);
            CallWindow window = model.countsSteps()
                    ? CallWindow.ofSteps(input.start(), input.end(), loop)
                    : CallWindow.of(input.start(), input.end(), loop.firstCall(), loop.calls());
            Pixels picture = RequestReader.decodeInput(input).resizeLanczos(size.width(), size.height());
            pictures.add(new ControlPicture(
                    model, annotations.of(input.name(), picture), input.strength(), window.first(), window.end()));
        }
        return pictures;
    }

    private static Annotations annotations(ImageRequest request, Options options) {
        if (!options.has(ControlOptions.ANNOTATE)
                || request.inputs(InputRole.CONTROL).isEmpty()) {
            return Annotations.none();
        }
        Set<String> names =
                request.inputs(InputRole.CONTROL).stream().map(ImageInput::name).collect(Collectors.toSet());
        return options.checked(ControlOptions.ANNOTATE, text -> Annotations.parse(text, names));
    }

    private static void requireSize(ControlModel model, ImageSize size) {
        int factor = model.sizeFactor();
        if (size.width() % factor != 0 || size.height() % factor != 0) {
            throw LocalErrors.unsupported(
                    "size must be a multiple of " + factor + " with control " + model.name() + " but was " + size);
        }
    }

    /** The hashes of the controls that {@code request} names, as {@link ControlOptions#HASHES} has them. */
    Optional<String> hashes(ImageRequest request) {
        Map<String, String> hashes = new TreeMap<>();
        request.inputs(InputRole.CONTROL)
                .forEach(input ->
                        place(input.name()).ifPresent(place -> hashes.put(input.name(), ControlModel.hash(place))));
        List<String> texts = hashes.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .toList();
        return texts.isEmpty() ? Optional.empty() : Optional.of(String.join(",", texts));
    }

    /** The request with the hashes of the controls that it names, so that the same request means the same picture. */
    ImageRequest pinned(ImageRequest request) {
        boolean pinned = request.options().containsKey(ControlOptions.HASHES);
        return hashes(request)
                .filter(hashes -> !pinned)
                .map(hashes -> request.toBuilder()
                        .option(ControlOptions.HASHES, hashes)
                        .build())
                .orElse(request);
    }

    private Optional<Path> place(String name) {
        return Optional.ofNullable(sources.get(name)).map(places);
    }

    private synchronized ControlModel model(Family family, String name) {
        Path place = place(name)
                .orElseThrow(() -> LocalErrors.unsupported("a control must be one of the configured, "
                        + sources.keySet().stream().sorted().toList() + ", but was \"" + name + "\""));
        String key = name + "=" + ControlModel.hash(place);
        ControlModel known = opened.get(key);
        if (known == null) {
            known = family.control(name, place);
            opened.put(key, known);
        }
        return known;
    }

    /** A request that says which contents it means gets those, or an error. */
    private static void requireSame(Options options, Optional<String> found) {
        options.text(ControlOptions.HASHES)
                .filter(wanted -> !wanted.equals(found.orElse("")))
                .ifPresent(wanted -> {
                    throw LocalErrors.unsupported("option " + ControlOptions.HASHES
                            + " must name the controls that are configured, \"" + found.orElse("") + "\", but was \""
                            + wanted + "\": they are other files");
                });
    }
}
