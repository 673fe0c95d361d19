package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.DocumentedCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public type of the SDK is used by an example that is compiled: Java on a page that some test compiles, or the
 * source of an example. What the package {@code internal} holds is not for applications.
 */
class PublicTypesTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Path PAGE = ROOT.resolve("docs").resolve("api-by-example.md");
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    /**
     * Pages whose Java is compiled: here, by DocumentationTest, FirstHourTest, HowItWorksTest, and by provider tests.
     */
    private static final List<String> COMPILED = List.of(
            "README.md", "sdk-api/README.md", "docs/first-hour.md", "docs/api-by-example.md", "docs/how-it-works");

    private static final DocumentedCode CODE = new DocumentedCode(
            List.of(
                    "dev.triptych.*",
                    "dev.triptych.cache.*",
                    "dev.triptych.compare.*",
                    "dev.triptych.config.*",
                    "dev.triptych.ledger.*",
                    "dev.triptych.media.*",
                    "dev.triptych.resilience.*",
                    "dev.triptych.storage.*",
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
        try (Stream<Path> files = Files.walk(ROOT.resolve("sdk-api/src/main/java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().replace('\\', '/').contains("/internal/"))
                    .filter(PublicTypesTest::isPublic)
                    .map(PublicTypesTest::typeName)
                    .sorted()
                    .toList();
        }
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
