package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pictures of a machine with little memory: the same within a digit, written down, and painted again anywhere. */
class MemoryTest {

    private static final String CONVOLUTION = "local.convolution";

    private static LocalSettings settings() {
        return LocalSettings.bundled()
                .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .withDevice("cpu");
    }

    private static ImageGenerator generator(LocalSettings settings) {
        return LocalDiffusionGenerator.builder().settings(settings).build();
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder().prompt("a castle").seed(3).steps(2).size(64, 64);
    }

    @Test
    void littleMemoryPaintsTheSamePictureWithinADigit() {
        try (ImageGenerator low = generator(settings().withMemory("low"));
                ImageGenerator high = generator(settings().withMemory("high"))) {
            ImageResult narrow = low.generate(request().count(2).build());
            ImageResult wide = high.generate(request().count(2).build());

            assertThat(largestDifference(narrow, wide)).isLessThanOrEqualTo(1);
            assertThat(narrow.execution().effectiveRequest().options()).containsEntry(CONVOLUTION, "direct");
            assertThat(wide.execution().effectiveRequest().options()).doesNotContainKey(CONVOLUTION);
            assertThat(high.generate(narrow.execution().effectiveRequest()).images())
                    .isEqualTo(narrow.images());
        }
    }

    private static int largestDifference(ImageResult a, ImageResult b) {
        int most = 0;
        for (int image = 0; image < a.images().size(); image++) {
            byte[] left = Pixels.decode(a.images().get(image).bytes()).rgb();
            byte[] right = Pixels.decode(b.images().get(image).bytes()).rgb();
            for (int i = 0; i < left.length; i++) {
                most = Math.max(most, Math.abs((left[i] & 0xFF) - (right[i] & 0xFF)));
            }
        }
        return most;
    }

    @Test
    void aCacheTellsLittleMemoryFromMuch() {
        try (ImageGenerator low = generator(settings().withMemory("low"));
                ImageGenerator auto = generator(settings())) {
            assertThat(low.pinned(request().build()).options()).containsEntry(CONVOLUTION, "direct");
            assertThat(auto.pinned(request().build()).options()).doesNotContainKey(CONVOLUTION);
        }
    }

    @Test
    void wordsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> settings().withMemory("tiny"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("memory must be one of [auto, low, high] but was tiny");
        assertThatThrownBy(() -> settings().withUnloadAfter(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unloadAfter must be longer than 0 but was PT0S");
        try (ImageGenerator tiny = generator(settings())) {
            ImageRequest wanted = request().option(CONVOLUTION, "fast").build();
            assertThatThrownBy(() -> tiny.generate(wanted))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("option local.convolution: must be winograd or direct but was \"fast\"");
        }
    }
}
