package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.clip.ClipImageProcessor;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.clip.ClipVisionEncoder;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import java.nio.file.Path;

/**
 * A CLIP (Radford et al. 2021): it gives texts and pictures embeddings that can be compared. It equals transformers'
 * {@code CLIPModel} with its {@code CLIPTokenizer} and {@code CLIPImageProcessor}, version 4.57. Thread-safe; texts and
 * pictures are worked on one after the other.
 *
 * <pre>{@code
 * try (ClipModel clip = ClipModel.open(Path.of("clip-vit-base-patch32"))) {
 *     double match = clip.cosine("a red fox in the snow", png);
 * }
 * }</pre>
 *
 * <p>A method that evaluates throws {@link dev.triptych.GenerationCancelledException} when its thread is interrupted or
 * the model is closed meanwhile, and {@link IllegalStateException} after it was closed.
 */
public final class ClipModel implements AutoCloseable {

    private final ClipCheckpoint checkpoint;
    private final ClipTokenizer tokenizer;
    private final ClipImageProcessor processor;
    private final ClipTextEncoder texts;
    private final ClipVisionEncoder pictures;
    private final Engine engine;

    private ClipModel(ClipCheckpoint checkpoint, LocalSettings settings) {
        this.checkpoint = checkpoint;
        this.tokenizer = ClipTokenizer.load(checkpoint.tokenizerFolder());
        this.processor = new ClipImageProcessor(checkpoint.preprocessing());
        if (tokenizer.maxLength() > checkpoint.text().maxPositions()) {
            throw new ModelLoadException(checkpoint.tokenizerFolder()
                    + ": the tokenizer's model_max_length must be at most max_position_embeddings, "
                    + checkpoint.text().maxPositions() + ", but was " + tokenizer.maxLength());
        }
        this.texts = checkpoint.textEncoder();
        this.pictures = checkpoint.visionEncoder();
        // That all weights are there is seen now, not at the first text or picture.
        texts.graph(ClipTextEncoder.shape(tokenizer.maxLength(), 0));
        pictures.graph(Shape.none());
        this.engine = new Engine(settings.engine());
    }

    /**
     * The model in {@code directory}, with all processors, and with CUDA where it works.
     *
     * @param directory the Hugging Face directory of a {@code CLIPModel}: {@code config.json}, safetensors, the
     *     tokenizer's files and {@code preprocessor_config.json}; inside a diffusion checkpoint, without what is beside
     *     it
     * @throws ModelLoadException if a file is missing, damaged, or of a kind or shape that is not supported
     */
    public static ClipModel open(Path directory) {
        return open(directory, LocalSettings.bundled());
    }

    /**
     * The model in {@code directory}, run on the threads and the device of {@code settings}.
     *
     * @throws ModelLoadException as {@link #open(Path)}
     */
    public static ClipModel open(Path directory, LocalSettings settings) {
        return new ClipModel(ClipCheckpoint.open(directory), settings);
    }

    /** The name of the model's folder. */
    public String name() {
        return String.valueOf(checkpoint.folder().getFileName());
    }

    /**
     * The embedding of a text, of length 1: {@code [projectionSize]}.
     *
     * @param text any text; what does not fit the context, usually 77 tokens, is cut
     * @throws ModelLoadException if damaged weights show
     */
    public float[] embedText(String text) {
        return normalised(texts.textEmbeds(engine, tokenizer.tokenize(text).tokenIds(), new Cancellation()));
    }

    /**
     * The embedding of a picture, of length 1: {@code [projectionSize]}.
     *
     * @param picture an encoded picture of any size; of one that is not square, the ends of the longer edge are left
     *     out
     * @throws dev.triptych.UnsupportedRequestException if it cannot be decoded
     * @throws ModelLoadException if damaged weights show
     */
    public float[] embedImage(byte[] picture) {
        return embedImage(Pixels.decode(picture));
    }

    float[] embedImage(Pixels picture) {
        return normalised(pictures.imageEmbeds(engine, processor.process(picture), new Cancellation()));
    }

    /**
     * How well {@code picture}, an encoded one, shows {@code text}: the cosine of their embeddings, in [−1, 1].
     *
     * @throws dev.triptych.UnsupportedRequestException if the picture cannot be decoded
     * @throws ModelLoadException if damaged weights show
     */
    public double cosine(String text, byte[] picture) {
        return cosine(text, Pixels.decode(picture));
    }

    double cosine(String text, Pixels picture) {
        return cosine(embedText(text), embedImage(picture));
    }

    /**
     * The cosine of two embeddings of length 1, in [−1, 1].
     *
     * @throws IllegalArgumentException if they are not of one model
     */
    public static double cosine(float[] one, float[] other) {
        if (one.length != other.length) {
            throw new IllegalArgumentException(
                    "embeddings must have the same size but had " + one.length + " and " + other.length);
        }
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return Math.max(-1, Math.min(1, sum)); // Rounding can lead just beyond.
    }

    /**
     * What a cosine is multiplied by to become a logit: softmax over the logits of several texts says how likely each
     * is to be the picture's.
     */
    public double logitScale() {
        return checkpoint.logitScale();
    }

    /** Stops what is running and releases the model. A second call does nothing. */
    @Override
    public void close() {
        engine.close();
    }

    private float[] normalised(float[] embedding) {
        double squares = 0;
        for (float value : embedding) {
            squares += (double) value * value;
        }
        if (squares == 0) {
            throw new ModelLoadException(
                    checkpoint.folder() + ": an embedding must have a direction but was all zeros");
        }
        float[] unit = new float[embedding.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (embedding[i] / Math.sqrt(squares));
        }
        return unit;
    }
}
