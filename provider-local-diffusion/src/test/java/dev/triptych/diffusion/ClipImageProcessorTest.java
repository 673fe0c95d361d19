package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.diffusion.network.clip.ClipImageProcessor;
import dev.triptych.diffusion.network.clip.ClipPreprocessing;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ClipImageProcessorTest {

    private static final List<Float> ZEROS = List.of(0f, 0f, 0f);
    private static final List<Float> ONES = List.of(1f, 1f, 1f);

    @Test
    void preparesPicturesAsTransformersDoes() {
        assertThat(comparedWith(GoldenClip.compact())).isEqualTo(2);
    }

    @Test
    void preparesEveryPictureOfTheWholeReferenceAsTransformersDoes() {
        Optional<GoldenClip> golden = GoldenClip.full();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");

        assertThat(comparedWith(golden.orElseThrow())).isEqualTo(4);
    }

    /** How many pictures were compared. */
    private static int comparedWith(GoldenClip golden) {
        ClipImageProcessor processor =
                new ClipImageProcessor(ClipCheckpoint.open(golden.checkpoint()).preprocessing());
        int compared = 0;
        for (int i = 0; i < golden.pictures(); i++) {
            if (golden.values().tensor("pixels" + i).isPresent()) {
                GoldenClip.assertClose(
                        processor.process(golden.picture(i)), golden.values().floats("pixels" + i));
                compared++;
            }
        }
        return compared;
    }

    @Test
    void surroundsAPictureSmallerThanTheSquareWithBlack() {
        ClipPreprocessing preprocessing = new ClipPreprocessing(OptionalInt.of(1), 4, 1, ZEROS, ONES);
        Pixels bright = Pixels.of(1, 1, new byte[] {7, 8, 9});

        float[] values = new ClipImageProcessor(preprocessing).process(bright);

        // transformers pads 2 before and 1 after, and cuts nothing.
        float[] expected = new float[3 * 16];
        expected[10] = 7;
        expected[16 + 10] = 8;
        expected[32 + 10] = 9;
        assertThat(values).containsExactly(expected);
    }

    @Test
    void ofAnOddOverhangTheSmallerPartIsCutFirst() {
        ClipPreprocessing preprocessing = new ClipPreprocessing(OptionalInt.of(1), 1, 1, ZEROS, ONES);
        Pixels row = Pixels.of(4, 1, new byte[] {10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40});

        float[] values = new ClipImageProcessor(preprocessing).process(row);

        assertThat(values).containsExactly(20, 20, 20);
    }

    @Test
    void aFixedSizeSqueezesThePicture() {
        ClipPreprocessing preprocessing = new ClipPreprocessing(OptionalInt.empty(), 2, 1, ZEROS, ONES);
        byte[] rgb = new byte[8 * 2 * 3];
        Arrays.fill(rgb, (byte) 50);

        float[] values = new ClipImageProcessor(preprocessing).process(Pixels.of(8, 2, rgb));

        assertThat(values).hasSize(12).containsOnly(50);
    }

    @Test
    void rescalesAndThenNormalisesEachChannel() {
        ClipPreprocessing preprocessing =
                new ClipPreprocessing(OptionalInt.of(1), 1, 1 / 255.0, List.of(0.5f, 0f, 1f), List.of(0.5f, 0.25f, 2f));

        float[] values =
                new ClipImageProcessor(preprocessing).process(Pixels.of(1, 1, new byte[] {(byte) 255, (byte) 255, 0}));

        assertThat(values).containsExactly(1, 4, -0.5f);
    }
}
