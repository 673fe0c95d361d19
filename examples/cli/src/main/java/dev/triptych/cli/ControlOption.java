package dev.triptych.cli;

import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.config.TriptychConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** The option that steers the local engine's model by control pictures for one command. */
final class ControlOption {

    private static final String NAME = "--control";
    private static final Set<String> SETTINGS = Set.of("strength", "start", "end");

    @Option(
            names = NAME,
            paramLabel = "MODEL=IMAGE[,strength=S][,start=A][,end=B]",
            description =
                    "For the local engine: a ControlNet or T2I-Adapter (a diffusers directory, a file, or a name on the hub) and the"
                            + " picture that steers by it, how much it counts (default 1), and the part of the steps in"
                            + " which it acts (default 0 to 1). Can be given several times.")
    private List<String> given = List.of();

    ControlOption() {}

    boolean isGiven() {
        return !given.isEmpty();
    }

    /** Makes the models settings of the generator {@code name}. */
    void setFiles(TriptychConfig.Builder configuration, String name) {
        if (isGiven()) {
            Map<String, String> models = new LinkedHashMap<>();
            named().forEach((model, pictures) ->
                    models.put(model, pictures.get(0).model()));
            configuration.set(name, "controls", models);
        }
    }

    /** {@code request} with the pictures. */
    ImageRequest with(ImageRequest request) {
        ImageRequest.Builder more = request.toBuilder();
        named().forEach((model, pictures) ->
                pictures.forEach(picture -> more.input(picture.input(NAME, InputRole.CONTROL, model))));
        return more.build();
    }

    /** The pictures' files. */
    List<Path> pictures() {
        return named().values().stream()
                .flatMap(List::stream)
                .map(PictureArgument::image)
                .toList();
    }

    /** The pictures of each model by what it is called. */
    private Map<String, List<PictureArgument>> named() {
        return PictureArgument.byName(given.stream()
                .map(text -> PictureArgument.parse(NAME, text, SETTINGS))
                .toList());
    }
}
