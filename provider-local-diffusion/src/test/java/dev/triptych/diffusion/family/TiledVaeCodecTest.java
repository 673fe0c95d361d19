package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.vae.Vae;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TiledVaeCodecTest {

    private static final int HEIGHT = 256;
    private static final int WIDTH = 1280;

    /** Tiles of 1024 pixels begin at 0 and at the far edge: between these both lie over each other. */
    private static final int SEAM_FROM = WIDTH - 1024;

    private static final int SEAM_TO = 1024;

    private final Cancellation none = new Cancellation();

    /** The bundled autoencoder: a trained one, 16 pixels a latent. */
    @Test
    void aSmoothPictureHasNoSeams() {
        Vae vae = TestNetworks.vae(BundledCheckpoint.directory(UserCache.folder()));
        try (Engine engine = new Engine(TestNetworks.options())) {
            VaeCodec whole = new VaeCodec(engine, vae);
            LatentCodec tiled = whole.tiled().orElseThrow();
            float[] picture = smooth();

            float[] latents = whole.encode(picture, HEIGHT, WIDTH, none).mean();
            float[] tiledLatents = tiled.encode(picture, HEIGHT, WIDTH, none).mean();
            LatentSize size = new LatentSize(8, HEIGHT / 16, WIDTH / 16);
            float[] scaled = whole.scale(latents.clone());
            byte[] untiled = whole.decode(scaled, size, none).rgb();
            byte[] both =
                    tiled.decode(whole.scale(tiledLatents.clone()), size, none).rgb();

            assertThat(mean(latents, tiledLatents)).isLessThan(0.01);
            int[] off = IntStream.range(0, untiled.length)
                    .map(i -> Math.abs((untiled[i] & 0xff) - (both[i] & 0xff)))
                    .toArray();
            assertThat(IntStream.range(0, off.length)
                            .filter(i -> i / 3 % WIDTH >= SEAM_FROM && i / 3 % WIDTH < SEAM_TO)
                            .map(i -> off[i])
                            .max()
                            .orElseThrow())
                    .isLessThanOrEqualTo(2);
            assertThat(IntStream.of(off).average().orElseThrow()).isLessThan(0.2);
            assertThat(IntStream.of(off).filter(value -> value > 2).count()).isLessThan(off.length / 1000);
        }
    }

    /** What fits into one tile is not cut: the same numbers. */
    @Test
    void aSmallPictureIsDoneAtOnce() {
        Vae vae = TestNetworks.vae(GoldenCheckpoints.directory("tiny-sd1"));
        try (Engine engine = new Engine(TestNetworks.options())) {
            VaeCodec whole = new VaeCodec(engine, vae);
            LatentSize size = new LatentSize(4, 8, 8);
            float[] latents = new float[size.values()];

            assertThat(whole.tiled().orElseThrow().decode(latents, size, none))
                    .isEqualTo(whole.decode(latents, size, none));
        }
    }

    private static float[] smooth() {
        float[] picture = new float[3 * HEIGHT * WIDTH];
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    picture[(channel * HEIGHT + y) * WIDTH + x] =
                            (float) (Math.sin(x / 300.0 + channel) * Math.cos(y / 400.0 - channel) * 0.9);
                }
            }
        }
        return picture;
    }

    private static double mean(float[] expected, float[] actual) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs(expected[i] - actual[i]);
        }
        return sum / expected.length;
    }
}
