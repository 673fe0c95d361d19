package dev.triptych.diffusion.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.diffusion.scheduler.GoldenTensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalSourceTest {

    private static final int[] DRAWS = {5, 15, 16, 17, 31, 100, 1024};

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, 4294967295L, 4294967301L, 9007199254740993L})
    void aStreamOfTorchNumbersEqualsTorchs(long seed) throws Exception {
        GoldenTensors golden = GoldenTensors.read(Path.of(NormalSourceTest.class
                .getResource("/golden/random/torch-cpu-randn.safetensors")
                .toURI()));
        TorchCpuNormal stream = new TorchCpuNormal(seed);

        for (int count : DRAWS) {
            assertClose(stream.next(count), golden.floats("seed" + seed + ".n" + count));
        }
        assertClose(new TorchCpuNormal(seed).next(256), golden.floats("seed" + seed + ".image"));
    }

    @Test
    void onlyTheLowHalfOfATorchSeedCounts() {
        assertThat(new TorchCpuNormal(5 + (1L << 32)).next(20)).isEqualTo(new TorchCpuNormal(5).next(20));
    }

    /** Published in AUTOMATIC1111/stable-diffusion-webui modules/rng_philox.py: seed 0, shape (3, 4). */
    @Test
    void philoxNumbersEqualThePublishedOnes() {
        double[] published = {
            -0.92466259, -0.42534415, -2.6438457, 0.14518388,
            -0.12086647, -0.57972564, -0.62285122, -0.32838709,
            -1.07454231, -0.36314407, -1.67105067, 2.26550497
        };

        float[] numbers = new PhiloxNormal(0).next(12);

        for (int i = 0; i < published.length; i++) {
            assertThat((double) numbers[i]).isCloseTo(published[i], within(1e-6));
        }
    }

    @Test
    void aPhiloxStreamMovesOnAndDependsOnAllOfTheSeed() {
        PhiloxNormal stream = new PhiloxNormal(3);
        float[] first = stream.next(8);

        assertThat(stream.next(8)).isNotEqualTo(first);
        assertThat(new PhiloxNormal(3).next(8)).isEqualTo(first);
        assertThat(new PhiloxNormal(3 + (1L << 32)).next(8)).isNotEqualTo(first);
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i])
                    .as("number %d", i)
                    .isCloseTo(expected[i], within(1e-6f * (1 + Math.abs(expected[i]))));
        }
    }
}
