package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GeneratedImage;
import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptMatchTest {

    /** Finds a picture the better, the wider it is. */
    private static final TextImageSimilarity WIDTH = new TextImageSimilarity() {
        @Override
        public String model() {
            return "width";
        }

        @Override
        public double cosine(String prompt, BufferedImage picture) {
            return picture.getWidth() / 10.0;
        }

        @Override
        public void close() {}
    };

    @Test
    void theBestComesFirstAndOfEqualOnesTheEarlier() {
        GeneratedImage narrow = picture(2).withSeed(1);
        GeneratedImage wide = picture(6).withSeed(2);
        GeneratedImage asWide = picture(6).withSeed(3);

        List<PromptMatch> ranked = PromptMatch.ranked("a fox", List.of(narrow, wide, asWide), WIDTH);

        assertThat(ranked)
                .extracting(match -> match.image().seed().orElseThrow())
                .containsExactly(2L, 3L, 1L);
        assertThat(ranked).extracting(PromptMatch::cosine).containsExactly(0.6, 0.6, 0.2);
    }

    @Test
    void aPictureThatCannotBeDecodedIsAnError() {
        byte[] whole = picture(6).bytes();
        byte[] cut = Arrays.copyOf(whole, whole.length / 2);

        assertThatThrownBy(() -> PromptMatch.ranked("a fox", List.of(GeneratedImage.of(cut)), WIDTH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static GeneratedImage picture(int width) {
        return GeneratedImage.of(ImageDecoder.encodePng(new BufferedImage(width, 4, BufferedImage.TYPE_INT_RGB)));
    }
}
