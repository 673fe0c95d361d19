package dev.triptych.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptPicturesTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void keepsAPictureInAFolderThatItMakes() throws IOException {
        Path file = KeptPictures.in(folder.resolve("a/b")).keep(new byte[] {1, 2, 3}, "x.png");

        assertThat(file).isEqualTo(folder.resolve("a/b/x.png")).hasBinaryContent(new byte[] {1, 2, 3});
        try (Stream<Path> files = Files.list(folder.resolve("a/b"))) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void leavesNothingBehindWhereAPictureCanBeWritten() throws IOException {
        assertThatCode(() -> KeptPictures.requireWritable(folder.resolve("x.png"), 4))
                .doesNotThrowAnyException();

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void leavesAFileAloneThatIsToBeReplaced() throws IOException {
        Path file = Files.writeString(folder.resolve("x.png"), "old");

        KeptPictures.requireWritable(file, 1);

        assertThat(file).hasContent("old");
    }

    @Test
    void knowsWhatCanNeverBeWritten() throws IOException {
        Files.createDirectory(folder.resolve("taken.png"));

        assertThatThrownBy(() -> KeptPictures.requireWritable(folder.resolve("x".repeat(256) + ".png"), 1))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> KeptPictures.requireWritable(folder.resolve("taken.png"), 1))
                .hasMessage("a folder is in its place");
        assertThatThrownBy(() -> KeptPictures.requireWritable(folder.resolve("x.png"), Integer.MAX_VALUE))
                .hasMessageStartingWith("no room is left on the disk, only ");
    }
}
