package dev.triptych.diffusion.runtime;

import ai.onnxruntime.OrtException;
import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Component;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The models of a checkpoint, ready to be evaluated: text encoder, U-Net, and the autoencoder's two halves. Each is
 * loaded when it is first used. Thread-safe: evaluations happen one after the other. Every method that evaluates can be
 * cancelled, or interrupted, within milliseconds, and throws {@link dev.triptych.GenerationCancelledException} then.
 *
 * <p>Tensors are row-major 32-bit floats. Sizes are in latent pixels except for {@link #encode}; a latent pixel is
 * {@link Checkpoint#vaeScaleFactor()} pixels wide and high.
 *
 * <pre>{@code
 * try (DiffusionModels models = DiffusionModels.open(checkpoint, RuntimeOptions.standard())) {
 *     Tensor prompt = models.encodeText(tokenIds, 0, cancellation);
 *     float[] noise = models.predictNoise(latents, 64, 64, 999, prompt, null, cancellation);
 * }
 * }</pre>
 */
public final class DiffusionModels implements AutoCloseable {

    private static final float MIN_LOGVAR = -30;
    private static final float MAX_LOGVAR = 20;

    private final Checkpoint checkpoint;
    private final OrtRuntime runtime;
    private final SessionCache sessions;
    private final ModelWorker worker;

    private DiffusionModels(Checkpoint checkpoint, OrtRuntime runtime) {
        this.checkpoint = checkpoint;
        this.runtime = runtime;
        this.sessions = new SessionCache(checkpoint, runtime);
        this.worker = new ModelWorker("triptych-models");
    }

    /**
     * The models of {@code checkpoint}; none is loaded yet, but all weights' headers are checked, and the decoder's
     * weights whole: a damaged decoder must not show after minutes of denoising.
     *
     * @throws ModelLoadException if a file of weights is damaged, or ONNX Runtime does not start on this system
     */
    public static DiffusionModels open(Checkpoint checkpoint, RuntimeOptions options) {
        for (Component component : Component.values()) {
            if (checkpoint.readyMade(component).isEmpty()) {
                checkpoint.weights(component);
            }
        }
        DiffusionModels models = new DiffusionModels(checkpoint, OrtRuntime.start(options));
        models.sessions.check(new SessionKey(ModelKind.VAE_DECODER, 1, 1, 0, 0));
        return models;
    }

    /** What computes and why, such as {@code "CPU (no NVIDIA driver was found)"}. */
    public String executionProvider() {
        return runtime.provider().toString();
    }

    /**
     * The embeddings of a prompt.
     *
     * @param tokenIds the ids, padded; at most as many as the text encoder has positions
     * @param clipSkip how many of the text encoder's last layers to leave out, from 0; the final norm applies always
     * @return [1, tokens, hiddenSize]
     * @throws ModelLoadException if the text encoder cannot be loaded
     */
    public Tensor encodeText(int[] tokenIds, int clipSkip, Cancellation cancellation) {
        Tensor ids = inputIds(tokenIds, checkpoint.textEncoder().vocabularySize(), checkpoint.folder());
        SessionKey key = new SessionKey(ModelKind.TEXT_ENCODER, 0, 0, tokenIds.length, clipSkip);
        return run(key, Map.of("input_ids", ids), "embeddings", cancellation);
    }

    /** Token ids as a text encoder's input [1, tokens], after a look that its {@code vocabulary} has them all. */
    static Tensor inputIds(int[] tokenIds, int vocabulary, Path folder) {
        float[] ids = new float[tokenIds.length]; // Exact up to 2^24.
        for (int i = 0; i < ids.length; i++) {
            if (tokenIds[i] < 0 || tokenIds[i] >= vocabulary) {
                throw new ModelLoadException(folder + ": a token id must be below the text encoder's vocab_size, "
                        + vocabulary + ", but was " + tokenIds[i]
                        + ": tokenizer and text encoder do not belong together");
            }
            ids[i] = tokenIds[i];
        }
        return new Tensor(new long[] {1, ids.length}, ids);
    }

    /**
     * One evaluation of the U-Net.
     *
     * @param latents [1, inChannels, height, width], scaled as the scheduler wants it
     * @param height the height in latent pixels
     * @param width the width in latent pixels
     * @param timestep the time in training steps, 0 to 999
     * @param promptEmbeddings [1, tokens, crossAttentionDim]
     * @param timestepCond the guidance embedding [timeCondProjDim] of a distilled U-Net; null for any other
     * @return the noise prediction [1, outChannels, height, width]
     * @throws ModelLoadException if the U-Net cannot be loaded, or a damaged weight makes its prediction NaN
     */
    public float[] predictNoise(
            float[] latents,
            int height,
            int width,
            float timestep,
            Tensor promptEmbeddings,
            float @Nullable [] timestepCond,
            Cancellation cancellation) {
        Map<String, Tensor> feed = new HashMap<>();
        feed.put("sample", picture(latents, checkpoint.unet().inChannels(), height, width));
        feed.put("timestep", new Tensor(new long[] {1, 1}, new float[] {timestep}));
        feed.put("encoder_hidden_states", promptEmbeddings);
        if (timestepCond != null) {
            feed.put("timestep_cond", new Tensor(new long[] {1, timestepCond.length}, timestepCond));
        }
        SessionKey key = new SessionKey(
                ModelKind.UNET, height, width, (int) promptEmbeddings.shape()[1], 0);
        return run(key, feed, "out_sample", cancellation).values();
    }

    /**
     * The picture that latents stand for.
     *
     * @param latents [1, latentChannels, height, width], already divided by the scaling factor (and shifted back)
     * @param height the height in latent pixels
     * @param width the width in latent pixels
     * @return [3, height · f, width · f] about in [−1, 1]
     * @throws ModelLoadException if the decoder cannot be loaded
     */
    public float[] decode(float[] latents, int height, int width, Cancellation cancellation) {
        Tensor sample = picture(latents, checkpoint.latentChannels(), height, width);
        SessionKey key = new SessionKey(ModelKind.VAE_DECODER, height, width, 0, 0);
        return run(key, Map.of("latent_sample", sample, "sample", sample), "sample", cancellation)
                .values();
    }

    /**
     * The distribution of the latents of a picture.
     *
     * @param pixels [3, height, width] in [−1, 1]
     * @param height the height in pixels, a multiple of f
     * @param width the width in pixels, a multiple of f
     * @return means and log-variances [latentChannels, height / f, width / f], not yet scaled
     * @throws ModelLoadException if the encoder cannot be loaded
     */
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        int factor = checkpoint.vaeScaleFactor();
        if (height % factor != 0 || width % factor != 0) {
            throw new IllegalArgumentException(
                    "height and width must be multiples of " + factor + " but were " + height + " and " + width);
        }
        Tensor sample = picture(pixels, checkpoint.vae().inChannels(), height, width);
        SessionKey key = new SessionKey(ModelKind.VAE_ENCODER, height, width, 0, 0);
        float[] parameters = run(key, Map.of("sample", sample), "latent_parameters", cancellation)
                .values();
        int size = checkpoint.latentChannels() * (height / factor) * (width / factor);
        float[] logvar = new float[size];
        if (parameters.length == size) { // An old export draws the sample itself: nothing is left to vary.
            Arrays.fill(logvar, MIN_LOGVAR);
            return new LatentDistribution(parameters, logvar);
        }
        for (int i = 0; i < size; i++) {
            logvar[i] = Math.max(MIN_LOGVAR, Math.min(MAX_LOGVAR, parameters[size + i]));
        }
        return new LatentDistribution(Arrays.copyOf(parameters, size), logvar);
    }

    /** Stops what is running and releases the models. Nothing can be evaluated afterwards. */
    @Override
    public void close() {
        worker.close();
        try {
            sessions.close();
        } catch (OrtException e) {
            throw new IllegalStateException("sessions that run nothing must close but did not", e);
        }
    }

    private Tensor run(SessionKey key, Map<String, Tensor> feed, String output, Cancellation cancellation) {
        try {
            return worker.call(options -> sessions.get(key).run(feed, output, options), cancellation);
        } catch (ModelWorker.ModelFailure e) {
            throw new ModelLoadException(
                    "the " + key.kind() + " of " + checkpoint.folder() + " must run" + at(key)
                            + " but ONNX Runtime failed: " + e.getMessage(),
                    e);
        }
    }

    private static String at(SessionKey key) {
        return key.height() == 0 ? "" : " at height " + key.height() + " and width " + key.width();
    }

    private static Tensor picture(float[] values, int channels, int height, int width) {
        return new Tensor(new long[] {1, channels, height, width}, values);
    }
}
