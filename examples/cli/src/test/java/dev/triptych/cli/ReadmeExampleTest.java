package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.media.ImageHeader;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first screen of the README is a promise: its example compiles, runs and makes a picture. */
class ReadmeExampleTest {

    private static final Path README = Path.of("..", "..", "README.md");

    @Test
    void compilesRunsAndMakesAPicture(@TempDir Path folder) throws Exception {
        String yaml = block("yaml");
        String java = block("java").replace("Path.of(\"", "Path.of(\"" + folder + "/");
        Files.writeString(folder.resolve("triptych.yaml"), yaml);
        Path source = Files.writeString(folder.resolve("Fox.java"), java);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeTrue(compiler != null, "this Java has no compiler");

        int compiled = compiler.run(
                null,
                null,
                null,
                "-d",
                folder.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
        run(folder);

        assertThat(compiled).isZero();
        assertThat(ImageHeader.read(Files.readAllBytes(folder.resolve("fox.png")))
                        .mediaType())
                .isEqualTo("image/png");
    }

    @Test
    void hasThreeGeneratorsThatCanBeMade() throws IOException {
        TriptychConfig config = TriptychConfig.builder()
                .yaml(block("yaml"))
                .environment(Map.of("OPENAI_API_KEY", "sk-no-key", "DISCORD_TOKEN", "no-token"))
                .build();

        try (GeneratorRegistry registry = GeneratorRegistry.load(config)) {
            assertThat(registry.names()).containsExactly("offline", "studio", "artist");
            assertThat(registry.names())
                    .allSatisfy(name ->
                            assertThat(registry.generator(name).info().name()).isEqualTo(name));
        }
    }

    private static void run(Path folder) throws Exception {
        try (URLClassLoader classes =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, ReadmeExampleTest.class.getClassLoader())) {
            classes.loadClass("Fox").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }

    private static String block(String language) throws IOException {
        Matcher matcher =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertThat(matcher.find())
                .as("a block of " + language + " in the README")
                .isTrue();
        return matcher.group(1);
    }
}
