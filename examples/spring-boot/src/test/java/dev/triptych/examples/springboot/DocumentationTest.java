package dev.triptych.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.DocumentedCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every piece of Java that these pages show compiles, on Spring Boot's class path. */
class DocumentationTest {

    private static final DocumentedCode CODE = new DocumentedCode(
            List.of(
                    "dev.triptych.*",
                    "dev.triptych.config.*",
                    "dev.triptych.spring.boot.TriptychProperties",
                    "dev.triptych.springai.*",
                    "org.springframework.ai.image.*",
                    "org.springframework.web.bind.annotation.*",
                    "java.util.*"),
            "ImageGenerator generator");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docs/first-hour.md",
                "sdk-api/adapters/spring-boot-starter/README.md",
                "sdk-api/adapters/spring-ai/README.md"
            })
    void compiles(String page, @TempDir Path folder) throws Exception {
        assertThat(CODE.compile(Path.of("..", "..").resolve(page), folder)).isPositive();
    }
}
