package dev.triptych.cli;

import dev.triptych.config.TriptychConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that gives the local engine upscaling networks for one command. */
final class UpscalerOption {

    @Option(
            names = "--upscaler",
            paramLabel = "NAME=FILE",
            description =
                    "For the local engine: an upscaling network (ESRGAN, Real-ESRGAN), for --option local.hires-upscaler=NAME."
                            + " Can be given several times.")
    private Map<String, String> files = Map.of();

    UpscalerOption() {}

    boolean isGiven() {
        return !files.isEmpty();
    }

    /** Makes the files settings of the generator {@code name}. */
    void setFiles(TriptychConfig.Builder configuration, String name) {
        if (isGiven()) {
            Map<String, String> places = new LinkedHashMap<>();
            files.forEach((upscaler, file) -> places.put(upscaler, GeneratorChoice.expanded(file)));
            configuration.set(name, "upscalers", places);
        }
    }
}
