package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.KnownWords;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.DeepDenoiser;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.clip.SafetyChecker;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetChanges;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.weights.IntegerCache;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Stable Diffusion 1, 2, XL, the XL refiner, and what was distilled or pruned from them: a U-Net in the latent space of
 * an autoencoder, steered by one or two CLIP text encoders. The rules are those of diffusers 0.36,
 * pipelines/stable_diffusion, pipelines/stable_diffusion_xl and pipelines/latent_consistency_models.
 *
 * <p>Guidance above 1 means a second pass; a guidance-distilled U-Net (LCM) takes the guidance scale as an input
 * instead.
 */
final class StableDiffusion implements Family {

    /** The largest edge we accept; beyond it one U-Net call takes minutes and tens of gigabytes. */
    private static final int MAX_EDGE = 2048;

    /** Pictures of one request, one after the other. */
    private static final int MAX_IMAGES = 64;

    /** With fewer steps than these each one counts. */
    private static final int FEW_STEPS = 10;

    /** Takes the place of a scheduler that is not known, with a warning. */
    private static final String USUAL_SCHEDULER = "EulerDiscreteScheduler";

    private static final int SIZE_AND_CROP_AND_TARGET = 6;
    private static final int SIZE_AND_CROP_AND_SCORE = 5;

    /** Parts that are checked or counted for the revision. */
    private static final Set<String> PARTS = Set.of(
            "unet",
            "vae",
            "vae_encoder",
            "vae_decoder",
            "text_encoder",
            "text_encoder_2",
            TinyCodec.PART,
            "tokenizer",
            "tokenizer_2",
            "scheduler",
            "image_normalizer",
            "image_noising_scheduler",
            "image_encoder");

    static final Set<String> ALL_OPTIONS = options(true, false, true);

    private final Checkpoint checkpoint;
    private final Engine engine;
    private final StableDiffusionParts parts;
    private final StableDiffusionPrompts prompts;
    private final SchedulerConfig scheduler;
    private final LatentGeometry latents;
    private final Defaults defaults;
    private final Capabilities capabilities;
    private final Optional<KnownWords> words;
    private final PicturePrompts pictures;
    private final List<ControlPicture> controls;
    private final boolean guess;
    private final Optional<AttentionListener> listener;

    private StableDiffusion(Checkpoint checkpoint, Engine engine) {
        this.checkpoint = checkpoint;
        this.engine = engine;
        this.parts = StableDiffusionParts.read(checkpoint);
        this.prompts = new StableDiffusionPrompts(
                engine, parts, numbers(), checkpoint.index().flag("force_zeros_for_empty_prompt", parts.isXl()));
        this.latents = new LatentGeometry(
                parts.vae().config().latentChannels(), parts.vae().config().scaleFactor());
        SchedulerConfig own = scheduler(checkpoint.require("scheduler"));
        // Latent consistency and XL pipelines take the scheduler's config as it is.
        this.scheduler = plansStrength() || parts.isXl() ? own : own.repairedForStableDiffusion();
        this.defaults = readDefaults();
        this.capabilities = capabilities(sizes());
        this.words = KnownWords.read(checkpoint.folder());
        this.pictures = new PicturePrompts(engine, List.of());
        this.controls = List.of();
        this.guess = false;
        this.listener = Optional.empty();
    }

    /**
     * {@code other} with other parts of the same kind and sizes, looking at {@code pictures}, steered by
     * {@code controls}, telling {@code listener} where it looks.
     */
    private StableDiffusion(
            StableDiffusion other,
            StableDiffusionParts parts,
            PicturePrompts pictures,
            List<ControlPicture> controls,
            boolean guess,
            Optional<AttentionListener> listener) {
        this.checkpoint = other.checkpoint;
        this.engine = other.engine;
        this.parts = parts;
        this.prompts = other.prompts.over(parts);
        this.scheduler = other.scheduler;
        this.latents = other.latents;
        this.defaults = other.defaults;
        this.capabilities = other.capabilities;
        this.words = other.words;
        this.pictures = pictures;
        this.controls = List.copyOf(controls);
        this.guess = guess;
        this.listener = listener;
    }

    private static SchedulerConfig scheduler(Part part) {
        if (part.isFolder()) {
            return SchedulerConfig.read(part.file("scheduler_config.json"), USUAL_SCHEDULER);
        }
        Map<String, JsonNode> keys = part.config().values();
        keys.remove("_class_name");
        return SchedulerConfig.of(part.config().text("_class_name", USUAL_SCHEDULER), keys);
    }

    static StableDiffusion open(Checkpoint checkpoint, Engine engine) {
        return new StableDiffusion(checkpoint, engine);
    }

    /** How many numbers the U-Net is told beside the pooled text: six for XL, five for its refiner, else none. */
    private int numbers() {
        if (!parts.isXl()) {
            return 0;
        }
        UnetConfig.Addition addition = parts.unet().config().addition();
        boolean scored = checkpoint.index().flag("requires_aesthetics_score", false);
        int expected = scored ? SIZE_AND_CROP_AND_SCORE : SIZE_AND_CROP_AND_TARGET;
        int wanted = parts.pooledWidth() + expected * addition.timeChannels();
        if (addition.inputs() != wanted) {
            boolean byScore = Math.abs(addition.inputs() - wanted) == addition.timeChannels();
            throw new ModelLoadException(checkpoint.require("unet").file("config.json")
                    + ": \"projection_class_embeddings_input_dim\" must be " + wanted
                    + ", the pooled text's width and " + expected + " times addition_time_embed_dim, but was "
                    + addition.inputs()
                    + (byScore ? ": requires_aesthetics_score in model_index.json is likely wrong" : ""));
        }
        return expected;
    }

    private Defaults readDefaults() {
        ConfigFile own = checkpoint.recommendations();
        boolean distilled = conditionChannels() > 0;
        return new Defaults(
                own.positive("steps", distilled ? 4 : varies() ? 20 : 25),
                own.atLeastZero("guidance_scale", distilled ? 8.5 : varies() ? 10 : parts.isXl() ? 5 : 7.5),
                own.atLeastZero("guidance_rescale", 0),
                parts.isXl() ? 0.3 : 0.8,
                parts.isXl() ? 0.9999 : 1);
    }

    private SizeRule sizes() {
        ConfigFile own = checkpoint.recommendations();
        int factor = latents.factor();
        ImageSize usual = new ImageSize(
                own.positive("width", parts.unet().config().sampleWidth().orElse(64) * factor),
                own.positive("height", parts.unet().config().sampleHeight().orElse(64) * factor));
        SizeRule sizes = SizeRule.multiplesOf(factor, factor, MAX_EDGE, usual);
        if (!sizes.accepts(usual)) {
            throw new ModelLoadException(checkpoint.folder() + ": the usual size (sample_size of unet/config.json, or"
                    + " width and height of triptych.json) must be " + sizes.describe() + " but was " + usual);
        }
        return sizes;
    }

    private Capabilities capabilities(SizeRule sizes) {
        Capabilities.Builder capabilities = Capabilities.builder();
        if (varies()) {
            capabilities.onlyOperations(Operation.VARIATION, Operation.IMAGE_TO_IMAGE);
        } else if (seesMask()) {
            capabilities.onlyOperations(Operation.INPAINTING);
        } else {
            capabilities.operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING);
        }
        return capabilities
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE)
                .honours(varies() ? new Parameter[0] : new Parameter[] {Parameter.STRENGTH})
                .emptyPrompt(true)
                .maxImagesPerCall(MAX_IMAGES)
                .maxInputs(1)
                .inputs(InputRole.CONTROL, InputRule.named(MAX_CONTROLS, Set.of()))
                .sizes(sizes)
                .maxPromptCharacters(PromptTexts.MAX_CHARACTERS)
                .options(LocalErrors.PROVIDER, ownOptions())
                .deterministicSeeds(true)
                .previews(true)
                .costClass(CostClass.FREE)
                .build();
    }

    private Set<String> ownOptions() {
        Set<String> options = new TreeSet<>(options(parts.isXl(), isRefiner(), splitsDenoising()));
        if (varies()) {
            options.add(PictureLabels.NOISE_LEVEL);
        }
        return options;
    }

    private static Set<String> options(boolean xl, boolean refiner, boolean splits) {
        Set<String> options = new TreeSet<>(LoopOptions.KEYS);
        options.addAll(StableDiffusionPrompts.OPTIONS);
        options.addAll(PromptOptions.KEYS);
        options.addAll(AdapterOptions.KEYS);
        options.addAll(ControlOptions.KEYS);
        options.addAll(SteeringOptions.KEYS);
        options.addAll(NoiseOptions.KEYS);
        options.addAll(PictureOptions.KEYS);
        if (xl) {
            options.addAll(StableDiffusionPrompts.XL_OPTIONS);
        }
        if (xl && !refiner) {
            options.addAll(StableDiffusionPrompts.TWO_PROMPTS);
        }
        if (refiner || xl) {
            options.addAll(StableDiffusionPrompts.REFINER_OPTIONS);
        }
        if (splits) {
            options.addAll(LoopOptions.SPLIT_KEYS);
        }
        return Set.copyOf(options);
    }

    /** The refiner has but the second of XL's text encoders. */
    private boolean isRefiner() {
        return parts.isXl() && parts.texts().size() == 1;
    }

    private int conditionChannels() {
        return parts.unet().config().time().conditionChannels().orElse(0);
    }

    @Override
    public String model() {
        return checkpoint.name();
    }

    @Override
    public String revision() {
        return checkpoint.fingerprint(PARTS);
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public Defaults defaults() {
        return defaults;
    }

    @Override
    public SchedulerConfig scheduler() {
        return scheduler;
    }

    @Override
    public LatentGeometry latents() {
        return latents;
    }

    @Override
    public boolean seesMask() {
        return parts.unet().config().inChannels() == 2 * parts.vae().config().latentChannels() + 1;
    }

    /** So do diffusers' latent consistency pipelines. */
    @Override
    public boolean plansStrength() {
        return checkpoint.pipelineClass().startsWith("LatentConsistencyModel");
    }

    @Override
    public boolean guides(double guidanceScale) {
        return guidanceScale > 1 && conditionChannels() == 0;
    }

    @Override
    public boolean splitsDenoising() {
        return parts.isXl();
    }

    @Override
    public boolean varies() {
        return parts.labels().isPresent();
    }

    @Override
    public void check(ImageRequest request) {
        if (varies()) {
            VariedPicture.refuseStrength(request);
            if (request.inputs(InputRole.START).isEmpty()) {
                throw LocalErrors.unsupported(
                        "an input picture must be given to Stable Diffusion 2.1-unCLIP, which varies it, but was not");
            }
        }
    }

    @Override
    public ConditioningPlan perPicture(ConditioningPlan text, NormalSource noise) {
        return parts.labels().map(labels -> labels.drawn(text, noise)).orElse(text);
    }

    @Override
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>(checkpoint.remarks());
        remarks.addAll(parts.remarks());
        checkpoint.part(SafetyChecker.PART).ifPresent(part -> remarks.add(SafetyChecker.NOT_RUN));
        return List.copyOf(remarks);
    }

    @Override
    public PromptPlan plan(PromptWish wish, Options options, Notices notices) {
        PromptPlan plan = prompts.plan(wish, guides(wish.guidanceScale()), conditionChannels() > 0, options, notices);
        words.flatMap(known -> known.warningFor(prompts.shown(wish, options, notices)))
                .ifPresent(notices::add);
        return varies()
                ? plan.withPictures(VariedPicture.of(wish.request()).stream().toList())
                : plan;
    }

    @Override
    public Map<String, String> effective(PromptPlan prompt) {
        Map<String, String> options = new TreeMap<>();
        options.put(StableDiffusionPrompts.CLIP_SKIP, Integer.toString(prompt.clipSkip()));
        parts.labels().ifPresent(labels -> options.put(PictureLabels.NOISE_LEVEL, labels.level(prompt)));
        return options;
    }

    @Override
    public void open() {
        for (String name : List.of("text_encoder", "text_encoder_2", "unet", "vae", "vae_encoder", "vae_decoder")) {
            checkpoint.part(name).filter(part -> part.onnx().isEmpty()).ifPresent(part -> {
                if (!name.startsWith("vae_")) {
                    part.weights();
                }
            });
        }
        parts.labels().ifPresent(PictureLabels::open);
        parts.vae().check();
    }

    @Override
    public List<Load> loads(PromptPlan prompt, LatentSize size, boolean encodes, boolean decodes) {
        List<Load> loads = new ArrayList<>(prompts.loads(prompt));
        parts.labels().ifPresent(labels -> loads.add(labels.load()));
        if (encodes) {
            loads.add(new Load(
                    parts.vae().encoder(),
                    Shape.of(size.height() * latents.factor(), size.width() * latents.factor())));
        }
        Shape unet = Unet.shape(size.height(), size.width(), prompt.tokens(), numbers());
        loads.addAll(pictures.loads());
        Shape steered = pictures.shape(unet);
        for (Steering steering : steerings(size)) {
            loads.addAll(steering.loads(unet));
            steered = steering.onto(steered);
        }
        loads.add(new Load(parts.unet(), steered));
        if (parts.unet().shallow().isPresent()) {
            loads.add(new Load(parts.unet().shallow().get(), steered));
        }
        if (decodes) {
            loads.add(new Load(parts.vae().decoder(), Shape.of(size.height(), size.width())));
        }
        return loads;
    }

    @Override
    public Modules modules() {
        return parts.modules(checkpoint);
    }

    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return new StableDiffusion(
                this, parts.with(checkpoint, adaptation, embeddings), pictures, controls, guess, listener);
    }

    /** A ready-made U-Net has no keys for pictures. */
    @Override
    public boolean looksAtPictures() {
        return parts.unet().readyMade().isEmpty();
    }

    @Override
    public Family lookingAt(List<PicturePrompt> prompts) {
        prompts.forEach(prompt -> prompt.adapter().requireFits(parts.unet()));
        PicturePrompts looked = new PicturePrompts(engine, prompts);
        return new StableDiffusion(this, parts.lookingAt(looked.keys()), looked, controls, guess, listener);
    }

    @Override
    public ControlModel control(String name, Path path) {
        if (parts.unet().readyMade().isPresent()) {
            throw new ModelLoadException(
                    parts.unet().readyMade().get() + " is a ready-made ONNX model, which no control picture can steer");
        }
        ControlModel control = ControlModel.open(
                name,
                path,
                checkpoint.require(StableDiffusionParts.UNET).config().root());
        if (control instanceof ControlModel.OfControlnet controlnet) {
            ControlnetSteering.requireFits(controlnet, parts.unet().config(), model());
        }
        if (control instanceof ControlModel.OfT2iAdapter adapter) {
            T2iAdapterSteering.requireFits(adapter, parts.unet(), model());
        }
        return control;
    }

    @Override
    public Family controlledBy(List<ControlPicture> steering, boolean guessing) {
        return new StableDiffusion(this, parts, pictures, steering, guessing, listener);
    }

    /** What steers the U-Net beside the prompt, for pictures of one size. */
    private List<Steering> steerings(LatentSize size) {
        List<Steering> steerings =
                new ArrayList<>(ControlnetSteering.of(engine, parts.unet().config(), controls, guess, size));
        steerings.addAll(T2iAdapterSteering.of(engine, parts.unet(), controls, size));
        return steerings;
    }

    /**
     * Those of few steps gain from nothing but fewer. The others as measured with the bundled checkpoint, 20 prompts of
     * 20 steps: README.md of this module.
     */
    @Override
    public Map<String, String> shortcuts(Speed speed, int steps) {
        boolean few = conditionChannels() > 0 || steps < FEW_STEPS;
        return switch (few ? Speed.EXACT : speed) {
            case EXACT -> Map.of();
            case BALANCED -> Map.of(LoopOptions.EASY_CACHE, "0.4");
            case FAST -> Map.of(LoopOptions.GUIDANCE_INTERVAL, "0.2-0.8", SteeringOptions.DEEP_CACHE, "4");
        };
    }

    @Override
    public Family changed(Options options) {
        UnetChanges changes = StableDiffusionChanges.read(parts.unet(), options);
        return changes.equals(UnetChanges.NONE)
                ? this
                : new StableDiffusion(
                        this, parts.with(parts.unet().changed(changes)), pictures, controls, guess, listener);
    }

    @Override
    public Optional<String> integerObstacle() {
        return parts.unet().readyMade().isPresent()
                ? Optional.of(parts.unet().readyMade().get().getFileName()
                        + " is a ready-made ONNX model, whose precision is its own")
                : engine.integerObstacle();
    }

    @Override
    public Family inIntegers() {
        IntegerCache cache = IntegerRules.cache(engine);
        Unet unet = parts.unet().converted(weights -> cache.over(weights, IntegerRules.UNET), " int8");
        return new StableDiffusion(this, parts.with(unet), pictures, controls, guess, listener);
    }

    @Override
    public boolean takes(Embedding embedding) {
        return parts.texts().stream()
                .anyMatch(text -> embedding
                        .rows(text.part(), text.encoder().config().hiddenSize())
                        .isPresent());
    }

    @Override
    public PromptEncoder promptEncoder() {
        return (plan, cancellation) -> pictures.shown(prompts.encode(plan, cancellation), cancellation);
    }

    @Override
    public Denoiser denoiser(LatentSize size) {
        return new UnetDenoiser(
                engine,
                parts.unet(),
                steered(size),
                listener,
                listener.isEmpty() && parts.unet().takesSeveral(engine));
    }

    @Override
    public Explained explained(AttentionListener told) {
        if (parts.unet().readyMade().isPresent()) {
            throw LocalErrors.unsupported("explain must be asked of a model whose attention can be read but "
                    + parts.unet().readyMade().get().getFileName() + " is a ready-made ONNX model");
        }
        Family family = new StableDiffusion(
                this, parts.with(parts.unet().mapped()), pictures, controls, guess, Optional.of(told));
        return new Explained(family, parts.texts().get(0).tokenizer());
    }

    @Override
    public Optional<DeepDenoiser> deepDenoiser(LatentSize size) {
        SteeredInput steered = steered(size);
        return parts.unet().shallow().map(shallow -> new DeepDenoiser() {
            @Override
            public Whole whole(float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation) {
                Unet.Whole whole =
                        parts.unet().predictWhole(engine, steered.of(input, moment, text, cancellation), cancellation);
                return new Whole(whole.prediction(), whole.deep());
            }

            @Override
            public float[] shallow(
                    Tensor deep, float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation) {
                return shallow.predictShallow(
                        engine, deep, steered.of(input, moment, text, cancellation), cancellation);
            }
        });
    }

    /** What the U-Net is told at each evaluation of a picture of {@code size}. */
    private SteeredInput steered(LatentSize size) {
        return new SteeredInput(parts.unet().config(), size, pictures, steerings(size));
    }

    @Override
    public LatentCodec codec() {
        return new VaeCodec(engine, parts.vae());
    }

    @Override
    public Optional<LatentCodec> tinyCodec() {
        return checkpoint
                .part(TinyCodec.PART)
                .map(part -> TinyCodec.open(engine, part, parts.vae().config()));
    }

    @Override
    public Optional<LatentColours> colours() {
        if (checkpoint.name().equals("bundled")
                && latents.channels() == LatentColours.BUNDLED.factors().size()) {
            return Optional.of(LatentColours.BUNDLED);
        }
        return parts.isXl() && latents.channels() == 4
                ? Optional.of(LatentColours.STABLE_DIFFUSION_XL)
                : LatentColours.usual(latents.channels());
    }
}
