package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.triptych.GeneratedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * How much memory a picture takes on its way in. What is alive at once cannot be more than what was allocated: three
 * times the picture (pieces, whole, the result's own copy), of which the pieces are let go before the copy is made.
 */
class MemoryTest {

    private static final int PICTURE = 12_000_000;
    private static final long BUFFERS = 1_500_000;

    private static byte[] picture() {
        byte[] picture = new byte[PICTURE];
        new Random(7).nextBytes(picture);
        byte[] header = Fixtures.greenPng();
        System.arraycopy(header, 0, picture, 0, 33);
        return picture;
    }

    private static ApiAnswer answer(String mediaType, String before, byte[] picture, String after) {
        InputStream body = new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream(before.getBytes(StandardCharsets.UTF_8)),
                new ByteArrayInputStream(Base64.getEncoder().encode(picture)),
                new ByteArrayInputStream(after.getBytes(StandardCharsets.UTF_8)))));
        return new ApiAnswer("openai", 200, Map.of("Content-Type", mediaType), body);
    }

    private static GeneratedImage read(ApiAnswer answer) throws IOException {
        ImagesAnswer read = ImagesAnswerReader.read(
                answer,
                PICTURE,
                new ErrorMapper(new Redaction(List.of(), List.of()), Clock.systemUTC()),
                preview -> {});
        return GeneratedImage.of(((ImagesAnswer.Content) read.items().get(0)).bytes());
    }

    @Test
    void aPictureInJsonTakesThreeTimesItsSizeAtMost() throws IOException {
        byte[] picture = picture();
        ApiAnswer answer = answer("application/json", "{\"data\":[{\"b64_json\":\"", picture, "\"}]}");

        assertAllocates(answer, picture);
    }

    @Test
    void aPictureInAStreamTakesThreeTimesItsSizeAtMost() throws IOException {
        byte[] picture = picture();
        ApiAnswer answer = answer(
                "text/event-stream",
                "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"",
                picture,
                "\"}\n\n");

        assertAllocates(answer, picture);
    }

    private static void assertAllocates(ApiAnswer answer, byte[] picture) throws IOException {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "this Java runtime counts no allocations");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        read(answer("application/json", "{\"data\":[{\"b64_json\":\"", Fixtures.greenPng(), "\"}]}"));

        long before = threads.getCurrentThreadAllocatedBytes();
        GeneratedImage image = read(answer);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(image.bytes()).isEqualTo(Fixtures.marked(picture));
        assertThat(allocated).isLessThan(3L * PICTURE + BUFFERS);
    }
}
