package dev.triptych.easel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the page shows is what is compiled here. */
class DocumentedProviderTest {

    private static final Path PAGE = Path.of("..", "..", "docs", "write-a-provider.md");
    private static final Path SOURCES = Path.of("src", "test", "java", "dev", "triptych", "easel");

    @Test
    void thePageShowsTheseFiles() throws IOException {
        List<String> shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(shown)
                .containsExactly(
                        Files.readString(SOURCES.resolve("EaselGenerator.java")),
                        Files.readString(SOURCES.resolve("EaselFactory.java")),
                        Files.readString(SOURCES.resolve("EaselContractTest.java")));
    }
}
