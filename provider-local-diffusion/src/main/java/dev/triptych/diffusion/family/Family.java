package dev.triptych.diffusion.family;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.DeepDenoiser;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.FirstBlockDenoiser;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A checkpoint as one kind of model: what it can do, its defaults, and the three parts that paint with it. Opening
 * reads configs and tokenizers alone. Immutable, thread-safe.
 */
public sealed interface Family permits StableDiffusion, TransformerFamily, UnClip {

    /** Control pictures of one request: each ControlNet costs about a third of an evaluation of the U-Net. */
    int MAX_CONTROLS = 16;

    /** Reference pictures of one request: each is as many tokens as a picture of its size, in every evaluation. */
    int MAX_REFERENCES = 8;

    /**
     * The family of {@code checkpoint}; the only place that tells families apart.
     *
     * @throws ModelLoadException if none fits, or the checkpoint asks for what its family does not have
     */
    static Family of(Checkpoint checkpoint, Engine engine) {
        String pipeline = checkpoint.pipelineClass();
        if (StableDiffusion3.PIPELINES.contains(pipeline)) {
            return StableDiffusion3.open(checkpoint, engine);
        }
        if (UnClip.PIPELINES.contains(pipeline)) {
            return UnClip.open(checkpoint, engine);
        }
        if (ZImage.PIPELINES.contains(pipeline)) {
            return ZImage.open(checkpoint, engine);
        }
        if (Flux2.PIPELINES.contains(pipeline)) {
            return Flux2.open(checkpoint, engine);
        }
        return Flux.PIPELINES.contains(pipeline)
                ? Flux.open(checkpoint, engine)
                : StableDiffusion.open(checkpoint, engine);
    }

    /** The checkpoint's name. */
    String model();

    /** A hash that changes with anything that changes the pictures; reads headers and samples of the weights. */
    String revision();

    /** What it honours, its limits, its sizes. */
    Capabilities capabilities();

    /** What a picture gets without any wish. */
    Defaults defaults();

    /** The checkpoint's scheduler, with the repairs that its pipeline makes. */
    SchedulerConfig scheduler();

    /** How pictures and latents lie over each other. */
    LatentGeometry latents();

    /** Whether the denoiser takes mask and kept picture beside the latents. */
    boolean seesMask();

    /**
     * Whether all steps asked for run within the strength of an image-to-image request, planned by the scheduler; else
     * the loop begins later.
     */
    boolean plansStrength();

    /**
     * Whether image-to-image makes the step that its strength reaches the middle of; else the loop begins behind it.
     */
    default boolean makesBegunSteps() {
        return false;
    }

    /**
     * What its pipeline tells the scheduler about the times of a loop.
     *
     * @param config the scheduler
     * @param size the size of the picture in latent space
     */
    default FlowTimes times(SchedulerConfig config, LatentSize size, int steps) {
        return FlowTimes.ofScheduler();
    }

    /** Whether a guidance scale means a second pass, for what to steer away from. */
    boolean guides(double guidanceScale);

    /**
     * The scale of classifier-free guidance, v₋ + g·(v₊ − v₋), that a request means; empty where one pass is made.
     *
     * @param guidanceScale the request's guidance scale, filled in
     * @throws dev.triptych.UnsupportedRequestException if an option cannot be used
     */
    default OptionalDouble steering(double guidanceScale, ImageRequest request, Options options) {
        return guides(guidanceScale) ? OptionalDouble.of(guidanceScale) : OptionalDouble.empty();
    }

    /** Whether a denoiser hands its latents on before they are finished, or takes them up: base and refiner. */
    boolean splitsDenoising();

    /** Whether an input picture is told to the denoiser, which varies it, instead of being where the loop starts. */
    default boolean varies() {
        return false;
    }

    /** Whether it is so for the input picture of {@code request}: always, or never, for most. */
    default boolean tells(ImageRequest request) {
        return varies();
    }

    /** The size that a picture gets of those that the denoiser is told, where {@code request} says none. */
    default Optional<ImageSize> sizeOf(ImageRequest request) {
        return Optional.empty();
    }

    /**
     * Refuses what no warning would make good, before anything of {@code request} is adapted.
     *
     * @throws dev.triptych.UnsupportedRequestException if it asks for what this checkpoint cannot do
     */
    default void check(ImageRequest request) {}

    /** What is worth knowing about the checkpoint: keys without effect, parts that are not run. */
    List<String> remarks();

    /**
     * Reads the prompt of a request, and the options that concern it.
     *
     * @throws dev.triptych.UnsupportedRequestException if an option cannot be used
     */
    PromptPlan plan(PromptWish wish, Options options, Notices notices);

    /** What the effective request says of {@code prompt} beyond its text. */
    default Map<String, String> effective(PromptPlan prompt) {
        return Map.of();
    }

    /**
     * Its loops, where a picture goes through several of them; empty for a family with one.
     *
     * @param steps the request's denoising steps, filled in
     * @throws dev.triptych.UnsupportedRequestException if an option cannot be used
     */
    default Optional<Cascade> cascade(PromptWish wish, int steps, Options options, Notices notices) {
        return Optional.empty();
    }

    /**
     * What the denoiser is told for one picture: what is drawn for each joins here, before the picture's own noise.
     *
     * @param text what the prompt encoder gave
     */
    default ConditioningPlan perPicture(ConditioningPlan text, NormalSource noise) {
        return text;
    }

    /**
     * Opens all weights and checks what must not show after minutes of work.
     *
     * @throws ModelLoadException if a file is missing or damaged
     */
    void open();

    /**
     * The networks that a picture needs, in the order of their use.
     *
     * @param encodes whether pixels become latents at its beginning
     * @param decodes whether latents become pixels at its end
     */
    List<Load> loads(PromptPlan prompt, LatentSize size, boolean encodes, boolean decodes);

    /**
     * Its networks as adapters name their modules.
     *
     * @throws ModelLoadException if weights are missing or damaged, or there are none that could be changed
     */
    Modules modules();

    /**
     * The same with adapters over its weights, and with the words that textual inversions taught. Cheap: nothing is
     * loaded, and what is not touched stays loaded.
     */
    Family with(Adaptation adaptation, List<Embedding> embeddings);

    /**
     * The same with a denoiser that computes otherwise, as options of {@link SteeringOptions} say. Cheap: nothing is
     * loaded.
     *
     * @throws dev.triptych.UnsupportedRequestException if it cannot be changed so
     */
    default Family changed(Options options) {
        return this;
    }

    /** Why its denoiser cannot be computed in 8-bit integers here; empty = it can. May start ONNX Runtime. */
    default Optional<String> integerObstacle() {
        return Optional.of(model() + " is of a family without a form in 8-bit integers");
    }

    /**
     * The same with a denoiser that computes in 8-bit integers, where there is no {@link #integerObstacle}. Cheap: the
     * weights are made when they are loaded.
     */
    default Family inIntegers() {
        throw new IllegalStateException(model() + " has no form in 8-bit integers, which it says");
    }

    /**
     * What {@code speed} means here: options that are taken where a request does not say them. Where any is, and there
     * is no {@link #integerObstacle}, the denoiser computes in integers too.
     */
    default Map<String, String> shortcuts(Speed speed, int steps) {
        return Map.of();
    }

    /**
     * The same telling {@code listener} where its denoiser looks at the words. Cheap: nothing is loaded.
     *
     * @throws dev.triptych.UnsupportedRequestException if it is of a family whose attention is not read
     */
    default Explained explained(AttentionListener listener) {
        throw LocalErrors.unsupported(
                "explain must be asked of Stable Diffusion 1, 2 or XL, whose U-Net looks at the words, but was asked of "
                        + model());
    }

    /** The denoiser where its deep part can be left out; there is one where {@link #changed} was told to cut it. */
    default Optional<DeepDenoiser> deepDenoiser(LatentSize size) {
        return Optional.empty();
    }

    /**
     * The denoiser of one pass of one picture of {@code size}, with {@code cache} around its network; the plain one
     * where the first block of the network cannot be computed alone.
     */
    default Denoiser cachedDenoiser(LatentSize size, Function<FirstBlockDenoiser, Denoiser> cache) {
        return denoiser(size);
    }

    /** Whether a text encoder of it has embeddings as long as those of {@code embedding}. */
    boolean takes(Embedding embedding);

    /** Whether it can look at pictures beside the prompt, through IP-Adapters. */
    default boolean looksAtPictures() {
        return false;
    }

    /**
     * The same looking at pictures beside the prompt; of those that it looked at before none is left.
     *
     * @throws ModelLoadException if an IP-Adapter was made for another model
     */
    default Family lookingAt(List<PicturePrompt> prompts) {
        throw new IllegalStateException(model() + " looks at no pictures, which its capabilities say");
    }

    /**
     * The control in {@code path}, for this model; reads its config and the headers of its weights.
     *
     * @param name what requests call it
     * @throws ModelLoadException if it is missing, damaged, or for another model
     */
    default ControlModel control(String name, Path path) {
        throw new ModelLoadException(model() + " must be a model that control pictures can steer but is not");
    }

    /**
     * The same steered by control pictures. Cheap: nothing is loaded.
     *
     * @param controls pictures for what {@link #control} gave
     * @param guess whether ControlNets guess, {@link ControlOptions#GUESS_MODE}
     */
    default Family controlledBy(List<ControlPicture> controls, boolean guess) {
        throw new ModelLoadException(model() + " must be a model that control pictures can steer but is not");
    }

    /** Text to conditioning. */
    PromptEncoder promptEncoder();

    /** Latents to prediction, for pictures of one size. */
    Denoiser denoiser(LatentSize size);

    /** Pixels to latents and back. */
    LatentCodec codec();

    /** The same through a tiny autoencoder, quick and less exact; empty where the checkpoint was given none. */
    default Optional<LatentCodec> tinyCodec() {
        return Optional.empty();
    }

    /** What its latents look like, roughly; empty where that is not known. */
    default Optional<LatentColours> colours() {
        return LatentColours.usual(latents().channels());
    }

    /**
     * A family that tells where it looks.
     *
     * @param family the model
     * @param tokenizer of the text encoder whose tokens stand first
     */
    record Explained(Family family, ClipTokenizer tokenizer) {}

    /**
     * A network to be loaded.
     *
     * @param network which
     * @param shape for which shape
     */
    record Load(Network network, Shape shape) {}

    /**
     * What a request says about its picture in words and numbers.
     *
     * @param request the negotiated request
     * @param size the picture's size
     * @param guidanceScale the guidance scale, filled in
     * @param evaluations of the denoiser, as far as prompts count them: steps times the scheduler's order
     */
    record PromptWish(ImageRequest request, ImageSize size, double guidanceScale, int evaluations) {}

    /**
     * What a picture gets without any wish: the author's recommendation in {@code triptych.json} beside
     * {@code model_index.json}, else what suits the family.
     *
     * @param steps denoising steps
     * @param guidanceScale the guidance scale
     * @param guidanceRescale the guidance rescale, 0 to 1
     * @param imageToImageStrength the strength with an input picture
     * @param inpaintingStrength the strength with a mask
     */
    record Defaults(
            int steps,
            double guidanceScale,
            double guidanceRescale,
            double imageToImageStrength,
            double inpaintingStrength) {}

    /** The options of the families together, for capabilities that are stated before a checkpoint was read. */
    static Set<String> allOptions() {
        Set<String> all = new TreeSet<>(StableDiffusion.ALL_OPTIONS);
        all.addAll(StableDiffusion3.OPTIONS);
        all.addAll(Flux.OPTIONS);
        all.addAll(Flux2.OPTIONS);
        all.addAll(ZImage.OPTIONS);
        all.addAll(UnClip.OPTIONS);
        all.add(PictureLabels.NOISE_LEVEL);
        return Set.copyOf(all);
    }
}
