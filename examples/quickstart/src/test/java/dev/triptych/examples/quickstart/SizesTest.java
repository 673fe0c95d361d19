package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The sizes that the documentation states are those of this build: a small difference is a line in the output, a large
 * one an error. It reads what the build of each module wrote down, so it is skipped where only this module is built; of
 * that, optional dependencies and what they bring do not count, since an application does not get them.
 */
class SizesTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final double WARNED = 0.03;
    private static final double REFUSED = 0.25;

    @ParameterizedTest
    @CsvSource({
        "triptych-sdk-api, sdk-api, .*(micrometer|timelimiter|opentelemetry|HdrHistogram|LatencyUtils|cache-api).*",
        "triptych-provider-local-diffusion-cpu, provider-local-diffusion/cpu, -",
        "triptych-provider-openai, provider-openai, -",
        "triptych-provider-discord-bridge, provider-discord-bridge, -",
        "triptych-langchain4j, sdk-api/adapters/langchain4j, -",
        "triptych-spring-ai, sdk-api/adapters/spring-ai, -",
        "triptych-shared-limits, sdk-api/adapters/shared-limits, .*(lettuce-core|netty|react|authx|/postgresql|checker).*",
        "triptych-testkit, sdk-api/testkit, -"
    })
    void areThoseOfThisBuild(String artifact, String module, String optional) throws IOException {
        Path target = ROOT.resolve(module).resolve("target");
        Path written = target.resolve("runtime-class-path.txt");
        assumeTrue(Files.exists(written), module + " is not part of this build: its size is not checked");
        Matcher stated = Pattern.compile("\\| `" + artifact + "`[^|]*\\| (\\d+) \\| ([\\d.]+) \\|")
                .matcher(Files.readString(ROOT.resolve("docs").resolve("sizes.md")));
        assertThat(stated.find()).as("%s in docs/sizes.md", artifact).isTrue();

        List<Path> jars = Stream.concat(
                        Pattern.compile(Pattern.quote(File.pathSeparator))
                                .splitAsStream(Files.readString(written).strip())
                                .map(Path::of)
                                .filter(jar -> jar.toString().endsWith(".jar"))
                                .filter(jar -> !jar.toString().matches(optional)),
                        own(target, artifact).stream())
                .toList();
        assumeTrue(jars.stream().allMatch(Files::exists), module + " was built long ago: its size is not checked");
        double megabytes = 0;
        for (Path jar : jars) {
            megabytes += Files.size(jar) / 1e6;
        }

        double difference = megabytes / Double.parseDouble(stated.group(2)) - 1;
        String row = String.format(Locale.ROOT, "%s has %d jars, %.1f MB", artifact, jars.size(), megabytes);
        if (jars.size() != Integer.parseInt(stated.group(1)) || Math.abs(difference) > WARNED) {
            System.out.println("docs/sizes.md says otherwise: " + row);
        }
        assertThat(jars.size())
                .as(row)
                .isBetween(Integer.parseInt(stated.group(1)) - 2, Integer.parseInt(stated.group(1)) + 2);
        assertThat(difference).as(row).isBetween(-REFUSED, REFUSED);
    }

    /** The module's own jar; a module without classes has none. */
    private static List<Path> own(Path target, String artifact) throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(
                            file -> file.getFileName().toString().matches(artifact + "-[0-9][^-]*(-SNAPSHOT)?[.]jar"))
                    .toList();
        }
    }
}
