package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.media.ImageHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of one file for each provider run without a key and without a network, and stay short. */
class OneFileAProviderTest {

    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "triptych", "examples", "quickstart");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"LocalFox", "HostedFox", "RelayFox", "FallbackFox"})
    void staysBelowFortyLines(String example) throws IOException {
        assertThat(Files.readAllLines(SOURCES.resolve(example + ".java"))).hasSizeLessThan(40);
    }

    @Test
    void paintsOnThisMachine() throws Exception {
        assertThat(told(() -> LocalFox.main(folder.toString()))).isEqualTo("painted on this machine: seed 42");
        assertThat(header("fox.png").width()).isEqualTo(256);
    }

    @Test
    void asksAServerThatStandsIn() throws Exception {
        assertThat(told(() -> HostedFox.main(folder.toString(), "--demo")))
                .isEqualTo("asked a server, warned of: seed");
        assertThat(header("fox.png").width()).isEqualTo(1024);
    }

    @Test
    void asksABotOnAServerThatStandsIn() throws Exception {
        assertThat(told(() -> RelayFox.main(folder.toString(), "--demo"))).isEqualTo("a bot answered with 4 pictures");
        assertThat(header("fox.png").width()).isEqualTo(256);
    }

    @Test
    void paintsHereWhereTheServerCannotBeReached() throws Exception {
        assertThat(told(() -> FallbackFox.main(folder.toString(), "--demo"))).isEqualTo("painted by offline");
        assertThat(header("fox.png").width()).isEqualTo(256);
    }

    private ImageHeader header(String file) throws IOException {
        return ImageHeader.read(Files.readAllBytes(folder.resolve(file)));
    }

    /** What {@code program} prints, without the end of its line. */
    private static String told(Program program) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            program.run();
        } finally {
            System.setOut(console);
        }
        return told.toString(StandardCharsets.UTF_8).strip();
    }

    /** A main method with its arguments. */
    private interface Program {
        void run() throws Exception;
    }
}
