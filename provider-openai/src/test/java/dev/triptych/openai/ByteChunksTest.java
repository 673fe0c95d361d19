package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteChunksTest {

    @Test
    void givesBackWhatWasWrittenInPiecesOfAnySize() throws IOException {
        byte[] bytes = new byte[2_000_003];
        Random random = new Random(7);
        random.nextBytes(bytes);
        ByteChunks chunks = new ByteChunks(bytes.length);

        chunks.write(bytes[0]);
        int at = 1;
        while (at < bytes.length) {
            int step = Math.min(bytes.length - at, 1 + random.nextInt(70_000));
            chunks.write(bytes, at, step);
            at += step;
        }

        assertThat(chunks.length()).isEqualTo(bytes.length);
        assertThat(chunks.toByteArray()).isEqualTo(bytes);
        assertThat(chunks.toByteArray()).as("emptied").isEmpty();
    }

    @Test
    void refusesOneByteMoreThanItsLimit() throws IOException {
        ByteChunks chunks = new ByteChunks(10);
        chunks.write(new byte[10], 0, 10);

        assertThatThrownBy(() -> chunks.write(1))
                .isInstanceOf(UnusablePictureException.class)
                .hasMessage("picture must be at most 10 bytes (max-image-bytes) but is larger");
    }
}
