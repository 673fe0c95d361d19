package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.DocumentedCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public type of the SDK, the providers, the adapters and the test kit is used by an example that is compiled:
 * Java on a page that some test compiles, or the source of an example. A type within another one belongs to that one's
 * example. Not for applications, and so without one, are the package {@code internal}, what lies below the local
 * engine's own package, and what only a file of {@code META-INF} names, for Spring or for the shared limits: these are
 * met through a configuration.
 */
class PublicTypesTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Path PAGE = ROOT.resolve("docs").resolve("api-by-example.md");
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    /**
     * Pages whose Java is compiled: here, by DocumentationTest (of the quickstart and of Spring Boot's example),
     * FirstHourTest, HowItWorksTest, and DocumentedProviderTest.
     */
    private static final List<String> COMPILED = List.of(
            "README.md",
            "sdk-api/README.md",
            "sdk-api/adapters/langchain4j/README.md",
            "sdk-api/adapters/spring-ai/README.md",
            "sdk-api/adapters/spring-boot-starter/README.md",
            "docs/first-hour.md",
            "docs/api-by-example.md",
            "docs/write-a-provider.md",
            "docs/how-it-works");

    /** Where the sources are whose public types count. */
    private static final List<String> SOURCES = List.of(
            "sdk-api/src/main/java",
            "sdk-api/src/test/java/dev/triptych/testkit",
            "sdk-api/testkit/src/main/java",
            "sdk-api/adapters/langchain4j/src/main/java",
            "sdk-api/adapters/shared-limits/src/main/java",
            "sdk-api/adapters/spring-ai/src/main/java",
            "sdk-api/adapters/spring-boot-starter/src/main/java",
            "provider-openai/src/main/java",
            "provider-local-diffusion/src/main/java",
            "provider-discord-bridge/src/main/java");

    private static final Pattern NOT_FOR_APPLICATIONS = Pattern.compile("/internal/|/dev/triptych/diffusion/\\w+/"
            + "|/spring/boot/Triptych\\w*AutoConfiguration[.]|/shared/SharedServers[.]"
            + "|/testkit/(ArchitectureRules|DocumentedCode)[.]"); // the last two hold Triptych itself

    private static final DocumentedCode CODE = new DocumentedCode(
            List.of(
                    "dev.triptych.*",
                    "dev.triptych.cache.*",
                    "dev.triptych.compare.*",
                    "dev.triptych.config.*",
                    "dev.triptych.diffusion.*",
                    "dev.triptych.discord.*",
                    "dev.triptych.langchain4j.*",
                    "dev.triptych.ledger.*",
                    "dev.triptych.media.*",
                    "dev.triptych.openai.*",
                    "dev.triptych.resilience.*",
                    "dev.triptych.storage.*",
                    "dev.triptych.testkit.*",
                    "java.math.BigDecimal",
                    "java.nio.file.*",
                    "java.time.*",
                    "java.util.*"),
            "ImageGenerator generator, ImageGenerator studio, ImageGenerator offline, ImageRequest request,"
                    + " ImageResult result, Path file");

    @Test
    void theApiByExampleCompiles(@TempDir Path folder) throws IOException {
        assertThat(CODE.compile(PAGE, folder)).isPositive();
    }

    @Test
    void everyPublicTypeHasAnExample() throws IOException {
        String examples = sources(ROOT.resolve("examples"), "/src/main/java/") + pages();

        List<String> without = publicTypes().stream()
                .filter(type ->
                        !Pattern.compile("\\b" + type + "\\b").matcher(examples).find())
                .toList();

        assertThat(without)
                .as("give each a few lines in docs/api-by-example.md")
                .isEmpty();
    }

    private static List<String> publicTypes() throws IOException {
        List<String> types = new ArrayList<>();
        for (String source : SOURCES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(source))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !NOT_FOR_APPLICATIONS
                                .matcher(file.toString().replace('\\', '/'))
                                .find())
                        .filter(PublicTypesTest::isPublic)
                        .map(PublicTypesTest::typeName)
                        .sorted()
                        .forEach(types::add);
            }
        }
        return types;
    }

    private static boolean isPublic(Path file) {
        return Pattern.compile("(?m)^public [a-z -]*(class|record|interface|enum) " + typeName(file) + "\\b")
                .matcher(read(file))
                .find();
    }

    private static String typeName(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    private static String sources(Path folder, String within) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().replace('\\', '/').contains(within))
                    .filter(file -> file.toString().endsWith(".java"))
                    .map(PublicTypesTest::read)
                    .collect(Collectors.joining());
        }
    }

    private static String pages() throws IOException {
        StringBuilder code = new StringBuilder();
        for (String page : COMPILED) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(page))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .flatMap(file -> JAVA.matcher(read(file)).results().map((MatchResult block) -> block.group(1)))
                        .forEach(code::append);
            }
        }
        return code.toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
