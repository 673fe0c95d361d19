package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.DocumentedCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every piece of Java that these pages show compiles. */
class DocumentationTest {

    private static final DocumentedCode CODE = new DocumentedCode(
            List.of(
                    "dev.triptych.*",
                    "dev.triptych.config.*",
                    "dev.triptych.langchain4j.*",
                    "dev.langchain4j.data.image.Image",
                    "dev.langchain4j.model.image.ImageModel",
                    "dev.langchain4j.model.output.Response",
                    "java.nio.file.*",
                    "java.util.*"),
            "ImageGenerator generator");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "sdk-api/README.md", "sdk-api/adapters/langchain4j/README.md"})
    void compiles(String page, @TempDir Path folder) throws Exception {
        assertThat(CODE.compile(Path.of("..", "..").resolve(page), folder)).isPositive();
    }
}
