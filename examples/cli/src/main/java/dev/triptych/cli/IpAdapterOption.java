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

/** The option that shows pictures to the local engine's model through IP-Adapters, for one command. */
final class IpAdapterOption {

    private static final String NAME = "--ip-adapter";
    private static final String ENCODER = "encoder";
    private static final Set<String> SETTINGS = Set.of("strength", "start", "end", ENCODER);

    @Option(
            names = NAME,
            paramLabel = "FILE=IMAGE[,strength=S][,encoder=DIR]",
            description =
                    "For the local engine: a picture to look at beside the prompt through an IP-Adapter, how much it"
                            + " counts (default 1), and the image encoder that the adapter was trained with, unless it"
                            + " lies beside it. Also start=A and end=B, the part of the steps. Several times with one"
                            + " file: its pictures together.")
    private List<String> given = List.of();

    IpAdapterOption() {}

    boolean isGiven() {
        return !given.isEmpty();
    }

    /** Makes the files settings of the generator {@code name}. */
    void setFiles(TriptychConfig.Builder configuration, String name) {
        if (!isGiven()) {
            return;
        }
        Map<String, Object> adapters = new LinkedHashMap<>();
        named().forEach((adapter, pictures) -> {
            Map<String, String> files = new LinkedHashMap<>();
            files.put("file", pictures.get(0).model());
            pictures.stream()
                    .map(picture -> picture.settings().get(ENCODER))
                    .filter(encoder -> encoder != null)
                    .findFirst()
                    .ifPresent(encoder -> files.put(ENCODER, GeneratorChoice.expanded(encoder)));
            adapters.put(adapter, files);
        });
        configuration.set(name, "ip-adapters", adapters);
    }

    /** {@code request} with the pictures. */
    ImageRequest with(ImageRequest request) {
        if (!isGiven()) {
            return request;
        }
        ImageRequest.Builder more = request.toBuilder();
        named().forEach((adapter, pictures) ->
                pictures.forEach(picture -> more.input(picture.input(NAME, InputRole.STYLE, adapter))));
        return more.build();
    }

    /** The pictures' files. */
    List<Path> pictures() {
        return named().values().stream()
                .flatMap(List::stream)
                .map(PictureArgument::image)
                .toList();
    }

    /** The pictures of each file by what it is called. */
    private Map<String, List<PictureArgument>> named() {
        return PictureArgument.byName(given.stream()
                .map(text -> PictureArgument.parse(NAME, text, SETTINGS))
                .toList());
    }
}
