package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.scheduler.Scheduler;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What Stable Diffusion 2.1-unCLIP is told of a picture, in the place of a class label: CLIP's embedding of it, noised
 * to a level, and the level. The noise is drawn for each picture that is painted, before its latents. Reference:
 * diffusers 0.42, pipelines/stable_diffusion/pipeline_stable_unclip_img2img.py, {@code noise_image_embeddings}, and
 * stable_unclip_image_normalizer.py. Immutable.
 */
final class PictureLabels {

    static final String NOISE_LEVEL = "local.noise-level";

    private static final String NORMALIZER = "image_normalizer";
    private static final String NOISING = "image_noising_scheduler";
    private static final String EMBEDDING = "image_embeds";
    private static final String LABEL = "class_labels";
    private static final String LEVEL = "noise_level";

    private final PictureEncoder encoder;
    private final Part normalizer;
    private final SchedulerConfig noising;

    private PictureLabels(PictureEncoder encoder, Part normalizer, SchedulerConfig noising) {
        this.encoder = encoder;
        this.normalizer = normalizer;
        this.noising = noising;
    }

    /**
     * The labels of {@code checkpoint}, if its pictures have any.
     *
     * @throws ModelLoadException if a part of them is missing or does not fit the others
     */
    static Optional<PictureLabels> read(Checkpoint checkpoint) {
        if (checkpoint.part(NORMALIZER).isEmpty()) {
            return Optional.empty();
        }
        Part normalizer = checkpoint.require(NORMALIZER);
        PictureEncoder encoder = PictureEncoder.read(checkpoint).orElseGet(() -> {
            checkpoint.require(PictureEncoder.PART); // its error says what to do
            throw new IllegalStateException("a part that is not there was required");
        });
        if (normalizer.config().positive("embedding_dim", 768) != encoder.size()) {
            throw normalizer
                    .config()
                    .wrong("embedding_dim", "projection_dim of image_encoder, " + encoder.size() + ",");
        }
        SchedulerConfig noising =
                SchedulerConfig.read(checkpoint.require(NOISING).file("scheduler_config.json"));
        return Optional.of(new PictureLabels(encoder, normalizer, noising));
    }

    /** The length of a label: embedding and level. */
    int size() {
        return 2 * encoder.size();
    }

    /** What a plan notes beside the text: how strongly the embedding is noised, from 0. */
    List<Float> numbers(Options options) {
        return List.of((float)
                options.wholeNumber(NOISE_LEVEL, 0, noising.trainSteps() - 1).orElse(0));
    }

    /** The noise level of a plan, as the option spells it. */
    String level(PromptPlan plan) {
        PromptPlan.Side side = plan.positive().get(0).text().at(0);
        return Integer.toString(Math.round(side.numbers().get(0)));
    }

    /** What the conditioning says of {@code picture}, before anything is drawn. */
    Map<String, Tensor> encode(Engine engine, Pixels picture, Cancellation cancellation) {
        return Map.of(EMBEDDING, encoder.embedding(engine, picture, cancellation));
    }

    /** What it says of the noise, from the {@link #numbers} of a plan. */
    Map<String, Tensor> level(List<Float> numbers) {
        return Map.of(LEVEL, new Tensor(new long[] {1, 1}, new float[] {numbers.get(0)}));
    }

    /** The conditioning with the label drawn; what guidance steers away from has a label of zeros. */
    ConditioningPlan drawn(ConditioningPlan text, NormalSource noise) {
        float[] drawn = noise.next(encoder.size());
        return text.map(side -> labelled(side, label(side, drawn)), side -> labelled(side, new float[size()]));
    }

    private Conditioning labelled(Conditioning side, float[] label) {
        Map<String, Tensor> tensors = new HashMap<>(side.tensors());
        tensors.remove(EMBEDDING);
        tensors.remove(LEVEL);
        tensors.put(LABEL, new Tensor(new long[] {1, label.length}, label));
        return new Conditioning(tensors, side.weight(), side.others(), side.unconditional(), side.isSteeredAwayFrom());
    }

    private float[] label(Conditioning side, float[] drawn) {
        float[] embedding =
                Objects.requireNonNull(side.tensors().get(EMBEDDING)).values();
        int level = (int) Objects.requireNonNull(side.tensors().get(LEVEL)).values()[0];
        return label(embedding, level, drawn);
    }

    /** The embedding noised to {@code level}, then the level as sines and cosines. */
    float[] label(float[] embedding, int level, float[] drawn) {
        int size = encoder.size();
        float[] mean = statistic("mean");
        float[] deviation = statistic("std");
        float[] normal = new float[size];
        for (int i = 0; i < size; i++) {
            normal[i] = (embedding[i] - mean[i]) / deviation[i];
        }
        float[] noised = noised(normal, level, drawn);
        float[] label = new float[2 * size];
        for (int i = 0; i < size; i++) {
            label[i] = noised[i] * deviation[i] + mean[i];
        }
        System.arraycopy(cosinesAndSines(level, size), 0, label, size, size);
        return label;
    }

    private float[] noised(float[] normal, int level, float[] drawn) {
        int steps = noising.trainSteps();
        Scheduler scheduler = Schedulers.create(noising, steps, StepArguments.DEFAULTS); // each moment is a call
        return scheduler.addNoise(normal, drawn, steps - 1 - level);
    }

    private float[] statistic(String name) {
        return normalizer.weights().require(name, 1, encoder.size()).values();
    }

    /** Of {@code level · exp(−ln(10000) · k / half)}, k from 0: half cosines, then half sines. */
    private static float[] cosinesAndSines(int level, int width) {
        int half = width / 2;
        float[] vector = new float[width];
        for (int k = 0; k < half; k++) {
            float angle = level * (float) Math.exp((float) -Math.log(10000) * k / half);
            vector[k] = (float) Math.cos(angle);
            vector[half + k] = (float) Math.sin(angle);
        }
        return vector;
    }

    /** The network that encodes pictures, to be loaded. */
    Family.Load load() {
        return encoder.load();
    }

    /** Opens the weights. */
    void open() {
        encoder.open();
        normalizer.weights();
    }
}
