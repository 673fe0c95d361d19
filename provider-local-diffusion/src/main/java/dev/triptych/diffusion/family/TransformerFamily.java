package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.FirstBlockDenoiser;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.network.vae.VaeConfig;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What families have in common that are transformers over the latents of an {@code AutoencoderKL}, trained on rectified
 * flow: an image-to-image loop that begins within the step its strength reaches, sizes in whole tokens, one denoiser
 * for all of the loop. Immutable.
 */
abstract sealed class TransformerFamily implements Family permits Flux, Flux2, StableDiffusion3, ZImage {

    /** The transformer's name in model_index.json. */
    static final String TRANSFORMER = "transformer";

    /** With fewer steps than these each one counts. */
    private static final int FEW_STEPS = 10;

    /** The largest edge we accept; beyond it one evaluation takes tens of minutes and tens of gigabytes. */
    private static final int MAX_EDGE = 2048;

    private static final int MAX_IMAGES = 64;

    private final Checkpoint checkpoint;
    private final Engine engine;
    private final Vae vae;
    private final SchedulerConfig scheduler;
    private final LatentGeometry latents;
    private final Defaults defaults;
    private final Capabilities capabilities;

    /**
     * What is usual for a family.
     *
     * @param size the edge of a picture in pixels
     * @param patch latent pixels of a token along each axis
     * @param maxEdge the longest edge in pixels that its transformer takes
     * @param steps denoising steps
     * @param guidanceScale the guidance scale
     * @param strength the strength with an input picture, masked or not
     */
    record Usual(int size, int patch, int maxEdge, int steps, double guidanceScale, double strength) {}

    TransformerFamily(Checkpoint checkpoint, Engine engine, Vae vae, Usual usual, Set<String> options) {
        this(
                checkpoint,
                engine,
                vae,
                new LatentGeometry(vae.config().latentChannels(), vae.config().scaleFactor()),
                usual,
                options,
                0);
    }

    /**
     * @param latents how pictures and latents lie over each other, where they do not as the autoencoder has them
     * @param references how many reference pictures are taken
     */
    TransformerFamily(
            Checkpoint checkpoint,
            Engine engine,
            Vae vae,
            LatentGeometry latents,
            Usual usual,
            Set<String> options,
            int references) {
        this.checkpoint = checkpoint;
        this.engine = engine;
        this.vae = vae;
        this.scheduler = scheduler(checkpoint.require("scheduler"));
        this.latents = latents;
        ConfigFile own = checkpoint.recommendations();
        this.defaults = new Defaults(
                own.positive("steps", usual.steps()),
                own.atLeastZero("guidance_scale", usual.guidanceScale()),
                0,
                usual.strength(),
                usual.strength());
        this.capabilities = capabilities(sizes(own, usual), options, references);
    }

    /** The same model; what was changed about its parts is the caller's. */
    TransformerFamily(TransformerFamily other) {
        this.checkpoint = other.checkpoint;
        this.engine = other.engine;
        this.vae = other.vae;
        this.scheduler = other.scheduler;
        this.latents = other.latents;
        this.defaults = other.defaults;
        this.capabilities = other.capabilities;
    }

    /** The autoencoder of a checkpoint, whose latents must have {@code channels} channels. */
    static Vae vae(Checkpoint checkpoint, int channels, List<String> remarks) {
        return vae(checkpoint, "AutoencoderKL", channels, remarks);
    }

    /** The same of a class of autoencoders. */
    static Vae vae(Checkpoint checkpoint, String className, int channels, List<String> remarks) {
        Part part = checkpoint.require("vae");
        ConfigFile config = part.config();
        VaeConfig.requireSupported(config, className);
        remarks.addAll(VaeConfig.remarks(config));
        VaeConfig read = VaeConfig.read(config);
        if (read.latentChannels() != channels) {
            throw config.wrong("latent_channels", "the transformer's, " + channels + ",");
        }
        return new Vae(read, part, part);
    }

    /** Refuses parts of classes that the family has no network for. */
    static void requireClasses(Checkpoint checkpoint, Map<String, Set<String>> classes) {
        classes.forEach((name, wanted) -> {
            String found = checkpoint.part(name).map(Part::declaredClass).orElse("");
            if (!found.isEmpty() && !wanted.contains(found)) {
                throw new ModelLoadException(checkpoint.index().file() + ": \"" + name + "\" must be "
                        + String.join(" or ", wanted.stream().sorted().toList()) + " but was " + found + " (of a "
                        + checkpoint.pipelineClass() + ")");
            }
        });
    }

    /** The transformer's weights with adapters over them. */
    static WeightSource adapted(Checkpoint checkpoint, WeightSource weights, Adaptation adaptation) {
        return adaptation.touches(TRANSFORMER)
                ? weights.over(
                        () -> adaptation.over(
                                TRANSFORMER, checkpoint.require(TRANSFORMER).weights()),
                        adaptation.identity(TRANSFORMER))
                : weights;
    }

    private static SchedulerConfig scheduler(Part part) {
        String usual = "FlowMatchEulerDiscreteScheduler";
        if (part.isFolder()) {
            return SchedulerConfig.read(part.file("scheduler_config.json"), usual);
        }
        Map<String, JsonNode> keys = part.config().values();
        keys.remove("_class_name");
        return SchedulerConfig.of(part.config().text("_class_name", usual), keys);
    }

    private SizeRule sizes(ConfigFile own, Usual usual) {
        int step = latents.factor() * usual.patch();
        int usualEdge = usual.size() / step * step;
        ImageSize size = new ImageSize(own.positive("width", usualEdge), own.positive("height", usualEdge));
        SizeRule sizes = SizeRule.multiplesOf(step, step, Math.min(MAX_EDGE, usual.maxEdge()) / step * step, size);
        if (!sizes.accepts(size)) {
            throw new ModelLoadException(checkpoint.folder()
                    + ": the usual size (sample_size of transformer/config.json,"
                    + " or width and height of triptych.json) must be " + sizes.describe() + " but was " + size);
        }
        return sizes;
    }

    @Override
    public final Optional<String> integerObstacle() {
        return engine.integerObstacle();
    }

    /** Thresholds as published for such models; those of few steps gain from nothing but fewer. */
    @Override
    public Map<String, String> shortcuts(Speed speed, int steps) {
        return switch (steps < FEW_STEPS ? Speed.EXACT : speed) {
            case EXACT -> Map.of();
            case BALANCED -> Map.of(LoopOptions.EASY_CACHE, "0.1");
            case FAST -> Map.of(LoopOptions.EASY_CACHE, "0.2");
        };
    }

    private static Capabilities capabilities(SizeRule sizes, Set<String> options, int references) {
        Set<String> all = new TreeSet<>(options);
        all.addAll(LoopOptions.KEYS);
        all.add(LoopOptions.FIRST_BLOCK_CACHE);
        all.addAll(NoiseOptions.KEYS);
        all.addAll(AdapterOptions.KEYS);
        all.add(PromptOptions.SYNTAX);
        all.addAll(PictureOptions.WITHOUT_WINDOWS);
        Capabilities.Builder capabilities = Capabilities.builder();
        if (references > 0) {
            capabilities.inputs(InputRole.REFERENCE, InputRule.plain(references));
        }
        return capabilities
                .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE,
                        Parameter.STRENGTH)
                .emptyPrompt(true)
                .maxImagesPerCall(MAX_IMAGES)
                .maxInputs(1)
                .sizes(sizes)
                .maxPromptCharacters(PromptTexts.MAX_CHARACTERS)
                .options(LocalErrors.PROVIDER, all)
                .deterministicSeeds(true)
                .previews(true)
                .costClass(CostClass.FREE)
                .build();
    }

    final Checkpoint checkpoint() {
        return checkpoint;
    }

    final Engine engine() {
        return engine;
    }

    final Vae vae() {
        return vae;
    }

    /** The names of all parts that are checked or counted for the revision. */
    abstract Set<String> parts();

    /** Keys of the configs that have no effect. */
    abstract List<String> keyRemarks();

    @Override
    public final String model() {
        return checkpoint.name();
    }

    @Override
    public final String revision() {
        return checkpoint.fingerprint(parts());
    }

    @Override
    public final Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public final Defaults defaults() {
        return defaults;
    }

    @Override
    public final SchedulerConfig scheduler() {
        return scheduler;
    }

    @Override
    public final LatentGeometry latents() {
        return latents;
    }

    @Override
    public final boolean seesMask() {
        return false;
    }

    @Override
    public final boolean plansStrength() {
        return false;
    }

    @Override
    public final boolean makesBegunSteps() {
        return true;
    }

    @Override
    public final boolean splitsDenoising() {
        return false;
    }

    @Override
    public final List<String> remarks() {
        List<String> remarks = new ArrayList<>(checkpoint.remarks());
        remarks.addAll(keyRemarks());
        return List.copyOf(remarks);
    }

    @Override
    public final void open() {
        for (String name : parts()) {
            boolean hasWeights = name.startsWith("text_encoder") || name.equals(TRANSFORMER);
            if (hasWeights) {
                checkpoint.part(name).ifPresent(Part::weights);
            }
        }
        vae.check();
    }

    /** The transformer, for pictures of {@code size} in latent space. */
    abstract CutTransformer transformer(LatentSize size);

    /** What steers the transformer beside guidance; {@code network} itself where nothing does. */
    Denoiser guided(Denoiser network, LatentSize size) {
        return network;
    }

    @Override
    public final Denoiser denoiser(LatentSize size) {
        return guided(transformer(size).whole(), size);
    }

    @Override
    public final Denoiser cachedDenoiser(LatentSize size, Function<FirstBlockDenoiser, Denoiser> cache) {
        return guided(cache.apply(transformer(size).cut()), size);
    }

    @Override
    public LatentCodec codec() {
        return new VaeCodec(engine, vae);
    }

    @Override
    public final Optional<LatentCodec> tinyCodec() {
        return checkpoint.part(TinyCodec.PART).map(part -> TinyCodec.open(engine, part, vae.config()));
    }
}
