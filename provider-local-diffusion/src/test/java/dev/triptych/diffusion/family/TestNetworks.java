package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.Vae;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The networks of a Stable Diffusion checkpoint with an engine of their own, for tests of single evaluations. */
public final class TestNetworks implements AutoCloseable {

    private final StableDiffusionParts parts;
    private final Engine engine;

    private TestNetworks(StableDiffusionParts parts, Engine engine) {
        this.parts = parts;
        this.engine = engine;
    }

    /** All processors, the user's cache. */
    public static EngineOptions options() {
        return EngineOptions.standard(UserCache.folder());
    }

    static TestNetworks open(Path folder) {
        return open(folder, options());
    }

    static TestNetworks open(Path folder, EngineOptions options) {
        return new TestNetworks(StableDiffusionParts.read(Checkpoint.open(folder)), new Engine(options));
    }

    /** The VAE of the checkpoint in {@code folder}: small and with an input of any size. */
    public static Vae vae(Path folder) {
        return StableDiffusionParts.read(Checkpoint.open(folder)).vae();
    }

    StableDiffusionParts parts() {
        return parts;
    }

    Unet unet() {
        return parts.unet();
    }

    ClipTextEncoder text() {
        return parts.texts().get(0).encoder();
    }

    Engine engine() {
        return engine;
    }

    Tensor encodeText(int[] ids, int skip, Cancellation cancellation) {
        return text().embeddings(engine, ids, skip, cancellation);
    }

    float[] predictNoise(
            float[] latents,
            int height,
            int width,
            float timestep,
            Tensor prompt,
            float @Nullable [] condition,
            Cancellation cancellation) {
        Map<String, Tensor> conditioning = new HashMap<>(Map.of("encoder_hidden_states", prompt));
        if (condition != null) {
            conditioning.put("timestep_cond", new Tensor(new long[] {1, condition.length}, condition));
        }
        Tensor sample = new Tensor(new long[] {1, unet().config().inChannels(), height, width}, latents);
        return unet().predict(engine, new Unet.Input(sample, timestep, conditioning), cancellation);
    }

    float[] decode(float[] latents, int height, int width, Cancellation cancellation) {
        int channels = parts.vae().config().latentChannels();
        return parts.vae().decode(engine, new Tensor(new long[] {1, channels, height, width}, latents), cancellation);
    }

    LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        return parts.vae().encode(engine, new Tensor(new long[] {1, 3, height, width}, pixels), cancellation);
    }

    @Override
    public void close() {
        engine.close();
    }
}
