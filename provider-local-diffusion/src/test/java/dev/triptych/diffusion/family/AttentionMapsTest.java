package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.unet.Unet;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where a U-Net looks at each token, beside a prediction that does not change by it. */
class AttentionMapsTest {

    private static final int SIDE = 8;
    private static final int TOKENS = 5;

    private final Path folder = GoldenCheckpoints.directory("tiny-sd1");
    private final Unet unet = StableDiffusionParts.read(Checkpoint.open(folder)).unet();

    @Test
    void leavesThePredictionAsItIsBitByBit() {
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] plain = unet.predict(engine, input(), new Cancellation());

            Unet.Mapped mapped = unet.mapped().predictMapped(engine, input(), new Cancellation());

            assertThat(mapped.prediction()).isEqualTo(plain);
        }
    }

    @Test
    void sharesThePixelsAttentionOutAmongTheTokens() {
        try (Engine engine = new Engine(TestNetworks.options())) {
            Tensor maps = unet.mapped()
                    .predictMapped(engine, input(), new Cancellation())
                    .maps();

            assertThat(maps.shape()).containsExactly(1, TOKENS, SIDE, SIDE);
            for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
                double sum = 0;
                for (int token = 0; token < TOKENS; token++) {
                    float share = maps.values()[token * SIDE * SIDE + pixel];
                    assertThat(share).isBetween(0f, 1f);
                    sum += share;
                }
                assertThat(sum).as("pixel %d", pixel).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void givesTokensThatAreAlikeAsMuch() {
        Unet.Input told = input();
        float[] text = Objects.requireNonNull(told.conditioning().get("encoder_hidden_states"))
                .values();
        int width = text.length / TOKENS;
        System.arraycopy(text, width, text, 3 * width, width);
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] maps = unet.mapped()
                    .predictMapped(engine, told, new Cancellation())
                    .maps()
                    .values();

            for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
                assertThat(maps[3 * SIDE * SIDE + pixel]).isCloseTo(maps[SIDE * SIDE + pixel], within(1e-6f));
            }
        }
    }

    private Unet.Input input() {
        Random random = new Random(7);
        int width = unet.config().textWidth();
        Tensor sample = new Tensor(new long[] {1, 4, SIDE, SIDE}, normal(random, 4 * SIDE * SIDE));
        Tensor text = new Tensor(new long[] {1, TOKENS, width}, normal(random, TOKENS * width));
        return new Unet.Input(sample, 500, Map.of("encoder_hidden_states", text));
    }

    private static float[] normal(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
