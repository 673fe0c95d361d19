package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.GenerationContext;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** A program that pulls one name, for tests that need another process: one that can be killed, or that competes. */
final class PullInOtherProcess {

    private PullInOtherProcess() {}

    /**
     * Pulls it and prints where it is.
     *
     * @param arguments endpoint, cache folder, name, bytes of a piece
     */
    public static void main(String... arguments) {
        HubSettings settings = HubSettings.of(
                Map.of("HF_ENDPOINT", arguments[0], "HF_HUB_CACHE", arguments[1]), () -> Path.of(arguments[1]));
        HubFiles files = new HubFiles(
                settings, () -> HubHttp.newClient(settings), Pause.real(), Space.real(), Long.parseLong(arguments[3]));
        Path file = files.pull(HubName.parse(arguments[2]).orElseThrow(), Optional.empty(), GenerationContext.create());
        System.out.println(file);
    }

    /** Starts it in a Java of its own. */
    static Process start(String endpoint, Path cache, HubName name, long piece) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        PullInOtherProcess.class.getName(),
                        endpoint,
                        cache.toString(),
                        name.toString(),
                        Long.toString(piece))
                .redirectErrorStream(true)
                .start();
    }

    private static String classPath() {
        return Stream.of(
                        PullInOtherProcess.class,
                        HubFiles.class,
                        LocalErrors.class,
                        GenerationContext.class,
                        JsonMapper.class,
                        JsonParser.class,
                        JsonProperty.class,
                        NullMarked.class)
                .map(PullInOtherProcess::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
