package dev.triptych.diffusion.family;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * unCLIP, the algorithm of DALL·E 2 (Ramesh et al., "Hierarchical Text-Conditional Image Generation with CLIP Latents",
 * 2022), in the form of Karlo: a text's CLIP embedding becomes a picture's, that becomes a small picture, and that the
 * picture. A picture to vary gives the embedding itself. The rules are those of diffusers 0.42,
 * pipelines/deprecated/unclip.
 */
final class UnClip implements Family {

    /** Pipelines whose checkpoints are of this family. */
    static final Set<String> PIPELINES = Set.of("UnCLIPPipeline", "UnCLIPImageVariationPipeline");

    static final String PRIOR_STEPS = "local.prior-steps";
    static final String PRIOR_GUIDANCE = "local.prior-guidance";
    static final String SUPER_RES_STEPS = "local.super-res-steps";

    static final Set<String> OPTIONS = Set.of(
            PRIOR_STEPS,
            PRIOR_GUIDANCE,
            SUPER_RES_STEPS,
            LoopOptions.SCHEDULER,
            LoopOptions.SPEED,
            LoopOptions.PRECISION,
            LoopOptions.CONVOLUTION,
            PictureOptions.PREVIEW_EVERY);

    private static final int MAX_IMAGES = 64;
    private static final int FEWEST_STEPS = 2;
    private static final double MOST_GUIDANCE = 1000;

    private static final List<String> WITH_WEIGHTS = List.of(
            "text_encoder", "prior", "text_proj", "decoder", "super_res_first", "super_res_last", "image_encoder");

    private static final Set<String> PARTS = Set.of(
            "tokenizer",
            "text_encoder",
            "prior",
            "prior_scheduler",
            "text_proj",
            "decoder",
            "decoder_scheduler",
            "super_res_first",
            "super_res_last",
            "super_res_scheduler",
            "image_encoder",
            "feature_extractor");

    private final Checkpoint checkpoint;
    private final UnClipParts parts;
    private final UnClipPrompts prompts;
    private final UnClipPhases phases;
    private final LatentGeometry geometry;
    private final LatentSize small;
    private final Defaults defaults;
    private final Capabilities capabilities;

    private UnClip(Checkpoint checkpoint, Engine engine) {
        this.checkpoint = checkpoint;
        this.parts = UnClipParts.read(checkpoint);
        this.prompts = new UnClipPrompts(engine, parts);
        UnetConfig decoder = parts.decoder().config();
        this.geometry = new LatentGeometry(decoder.inChannels(), 1);
        this.small = new LatentSize(decoder.inChannels(), edge("decoder"), edge("decoder"));
        ImageSize size = new ImageSize(edge("super_res_first"), edge("super_res_first"));
        this.phases = new UnClipPhases(engine, parts, small, geometry.of(size));
        ConfigFile own = checkpoint.recommendations();
        this.defaults = new Defaults(own.positive("steps", 25), own.atLeastZero("guidance_scale", 8), 0, 1, 1);
        this.capabilities = capabilities(size);
    }

    static UnClip open(Checkpoint checkpoint, Engine engine) {
        return new UnClip(checkpoint, engine);
    }

    private int edge(String part) {
        return checkpoint.require(part).config().positive("sample_size", 64);
    }

    private Capabilities capabilities(ImageSize size) {
        Capabilities.Builder builder = Capabilities.builder();
        if (parts.prior().isPresent()) {
            builder.operations(Operation.VARIATION, Operation.IMAGE_TO_IMAGE);
        } else {
            builder.onlyOperations(Operation.VARIATION, Operation.IMAGE_TO_IMAGE);
        }
        return builder.honours(Parameter.SIZE, Parameter.SEED, Parameter.STEPS, Parameter.GUIDANCE_SCALE)
                .emptyPrompt(true)
                .maxImagesPerCall(MAX_IMAGES)
                .maxInputs(1)
                .sizes(SizeRule.oneOf(size))
                .maxPromptCharacters(PromptTexts.MAX_CHARACTERS)
                .options(LocalErrors.PROVIDER, OPTIONS)
                .deterministicSeeds(true)
                .previews(true)
                .costClass(CostClass.FREE)
                .build();
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
        return parts.decoderScheduler();
    }

    @Override
    public LatentGeometry latents() {
        return geometry;
    }

    @Override
    public boolean seesMask() {
        return false;
    }

    @Override
    public boolean plansStrength() {
        return false;
    }

    @Override
    public boolean guides(double guidanceScale) {
        return guidanceScale > 1;
    }

    @Override
    public boolean splitsDenoising() {
        return false;
    }

    @Override
    public boolean varies() {
        return true;
    }

    @Override
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>(checkpoint.remarks());
        remarks.addAll(parts.remarks());
        return List.copyOf(remarks);
    }

    @Override
    public void check(ImageRequest request) {
        if (request.inputs(InputRole.START).isEmpty()) {
            return;
        }
        VariedPicture.refuseStrength(request);
        if (parts.pictures().isEmpty()) {
            throw LocalErrors.unsupported(
                    "an input picture needs the vision tower, which this checkpoint lacks: give it"
                            + " with --component image_encoder=DIR");
        }
    }

    @Override
    public PromptPlan plan(PromptWish wish, Options options, Notices notices) {
        Optional<Pixels> picture = VariedPicture.of(wish.request());
        return prompts.plan(wish, guides(wish, options), picture, options, notices);
    }

    /** One answer for both guided loops: each makes both passes where one of their scales is above 1. */
    private boolean guides(PromptWish wish, Options options) {
        return guides(wish.guidanceScale()) || (hasPrior(wish) && guides(priorGuidance(options)));
    }

    private boolean hasPrior(PromptWish wish) {
        return parts.prior().isPresent()
                && wish.request().inputs(InputRole.START).isEmpty();
    }

    private double priorGuidance(Options options) {
        return options.number(PRIOR_GUIDANCE, 0, MOST_GUIDANCE)
                .orElse(checkpoint.recommendations().atLeastZero("prior_guidance_scale", 4));
    }

    @Override
    public Optional<Cascade> cascade(PromptWish wish, int steps, Options options, Notices notices) {
        refuseOtherScheduler(options);
        List<Cascade.Loop> loops = new ArrayList<>();
        Map<String, String> effective = new TreeMap<>();
        if (hasPrior(wish)) {
            UnClipParts.Prior prior = parts.prior().orElseThrow();
            int priorSteps = steps(PRIOR_STEPS, "prior_steps", 25, prior.scheduler(), options);
            double scale = priorGuidance(options);
            loops.add(new Cascade.Loop(phases.prior(prior), prior.scheduler(), priorSteps, scale));
            effective.put(PRIOR_STEPS, Integer.toString(priorSteps));
            effective.put(PRIOR_GUIDANCE, Double.toString(scale));
        } else {
            tellUnused(PRIOR_STEPS, options, notices);
            tellUnused(PRIOR_GUIDANCE, options, notices);
        }
        if (steps < FEWEST_STEPS) {
            throw LocalErrors.unsupported("steps must be at least " + FEWEST_STEPS + " but was " + steps);
        }
        loops.add(new Cascade.Loop(phases.decoder(), parts.decoderScheduler(), steps, wish.guidanceScale()));
        int superResSteps = steps(SUPER_RES_STEPS, "super_res_steps", 7, parts.superResolutionScheduler(), options);
        loops.add(new Cascade.Loop(phases.superResolution(), parts.superResolutionScheduler(), superResSteps, 1));
        effective.put(SUPER_RES_STEPS, Integer.toString(superResSteps));
        return Optional.of(new Cascade(loops, effective));
    }

    private int steps(String option, String recommendation, int usual, SchedulerConfig scheduler, Options options) {
        return options.wholeNumber(option, FEWEST_STEPS, scheduler.trainSteps())
                .orElse(checkpoint.recommendations().positive(recommendation, usual));
    }

    private static void tellUnused(String option, Options options, Notices notices) {
        if (options.has(option)) {
            notices.ignored("options." + option, option + " has no effect with a picture to vary");
        }
    }

    private void refuseOtherScheduler(Options options) {
        String own = parts.decoderScheduler().className();
        options.text(LoopOptions.SCHEDULER).filter(name -> !name.equals(own)).ifPresent(name -> {
            throw LocalErrors.unsupported("option " + LoopOptions.SCHEDULER + " must be " + own
                    + ", because no other knows the variance that unCLIP's networks predict, but was \"" + name + "\"");
        });
    }

    @Override
    public void open() {
        WITH_WEIGHTS.forEach(name -> checkpoint.part(name).ifPresent(Part::weights));
    }

    @Override
    public List<Load> loads(PromptPlan prompt, LatentSize size, boolean encodes, boolean decodes) {
        List<Load> loads = new ArrayList<>();
        loads.add(prompts.load(prompt));
        if (prompt.pictures().isEmpty()) {
            parts.prior().ifPresent(prior -> loads.add(new Load(prior.network(), Shape.none())));
        } else {
            parts.pictures().ifPresent(pictures -> loads.add(pictures.load()));
        }
        loads.add(new Load(parts.projection(), Shape.none()));
        int tokens = prompt.tokens() + parts.projection().config().extraTokens();
        loads.add(new Load(parts.decoder(), Unet.shape(small.height(), small.width(), tokens, 0)));
        loads.add(new Load(parts.first(), Unet.shape(size.height(), size.width(), 0, 0)));
        loads.add(new Load(parts.last(), Unet.shape(size.height(), size.width(), 0, 0)));
        return loads;
    }

    @Override
    public Modules modules() {
        throw new ModelLoadException(checkpoint.folder() + " is an unCLIP model, for which there is no kind of LoRA");
    }

    /** Nobody gets here: {@link #modules} and {@link #takes} refuse what could be put over it. */
    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return this;
    }

    @Override
    public boolean takes(Embedding embedding) {
        return false;
    }

    @Override
    public PromptEncoder promptEncoder() {
        return prompts;
    }

    /** The decoder's, without guidance; a picture is painted by the {@link #cascade}. */
    @Override
    public Denoiser denoiser(LatentSize size) {
        return phases.decoder().denoiser(1);
    }

    @Override
    public LatentCodec codec() {
        return new PixelCodec();
    }
}
