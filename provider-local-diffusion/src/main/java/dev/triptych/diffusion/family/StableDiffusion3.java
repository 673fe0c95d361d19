package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.mmdit.Mmdit;
import dev.triptych.diffusion.network.mmdit.MmditConfig;
import dev.triptych.diffusion.scheduler.FlowShift;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Stable Diffusion 3 and 3.5: a transformer (MMDiT) over 16 latent channels, told the text by two CLIPs and T5.
 * Guidance above 1 means a second pass, skipped layers a third. The rules are those of diffusers 0.42,
 * pipelines/stable_diffusion_3.
 */
final class StableDiffusion3 extends TransformerFamily {

    /** Its pipelines in model_index.json. */
    static final Set<String> PIPELINES =
            Set.of("StableDiffusion3Pipeline", "StableDiffusion3Img2ImgPipeline", "StableDiffusion3InpaintPipeline");

    static final Set<String> OPTIONS = options(true);

    private static final Set<String> PARTS = Set.of(
            TRANSFORMER,
            "vae",
            "text_encoder",
            "text_encoder_2",
            "text_encoder_3",
            "tokenizer",
            "tokenizer_2",
            "tokenizer_3",
            "scheduler");

    /** The larger shift where a scheduler's class knows none. */
    private static final double MAX_SHIFT = 1.16;

    private final StableDiffusion3Parts parts;
    private final StableDiffusion3Prompts prompts;

    private StableDiffusion3(Checkpoint checkpoint, Engine engine, StableDiffusion3Parts parts) {
        super(checkpoint, engine, parts.vae(), usual(parts), options(parts.t5().isPresent()));
        this.parts = parts;
        this.prompts = new StableDiffusion3Prompts(engine, parts, defaults().steps());
    }

    private StableDiffusion3(StableDiffusion3 other, StableDiffusion3Parts parts) {
        super(other);
        this.parts = parts;
        this.prompts = new StableDiffusion3Prompts(engine(), parts, defaults().steps());
    }

    static StableDiffusion3 open(Checkpoint checkpoint, Engine engine) {
        return new StableDiffusion3(checkpoint, engine, StableDiffusion3Parts.read(checkpoint));
    }

    private static Usual usual(StableDiffusion3Parts parts) {
        MmditConfig config = parts.transformer().config();
        int factor = parts.vae().config().scaleFactor();
        int patch = config.patchSize();
        return new Usual(config.sampleSize() * factor, patch, config.positions() * patch * factor, 28, 7, 0.6);
    }

    private static Set<String> options(boolean hasT5) {
        Set<String> options = new TreeSet<>(StableDiffusion3Prompts.OPTIONS);
        if (hasT5) {
            options.addAll(StableDiffusion3Prompts.T5_OPTIONS);
        }
        return Set.copyOf(options);
    }

    @Override
    Set<String> parts() {
        return PARTS;
    }

    @Override
    List<String> keyRemarks() {
        return parts.remarks();
    }

    @Override
    public boolean guides(double guidanceScale) {
        return guidanceScale > 1;
    }

    @Override
    public FlowTimes times(SchedulerConfig config, LatentSize size, int steps) {
        int patch = parts.transformer().config().patchSize();
        int tokens = (size.height() / patch) * (size.width() / patch);
        return FlowTimes.ofScheduler(FlowShift.bySize(config, tokens, MAX_SHIFT));
    }

    @Override
    public PromptPlan plan(PromptWish wish, Options options, Notices notices) {
        return prompts.plan(wish, guides(wish.guidanceScale()), options, notices);
    }

    @Override
    public List<Load> loads(PromptPlan prompt, LatentSize size, boolean encodes, boolean decodes) {
        List<Load> loads = new ArrayList<>(prompts.loads(prompt));
        if (encodes) {
            int factor = latents().factor();
            loads.add(new Load(vae().encoder(), Shape.of(size.height() * factor, size.width() * factor)));
        }
        int tokens = StableDiffusion3Prompts.tokens(prompt);
        loads.add(new Load(parts.transformer(), Mmdit.shape(size.height(), size.width(), tokens, List.of())));
        SkippedLayers.of(prompt)
                .ifPresent(skipped -> loads.add(new Load(
                        parts.transformer(), Mmdit.shape(size.height(), size.width(), tokens, skipped.layers()))));
        if (decodes) {
            loads.add(new Load(vae().decoder(), Shape.of(size.height(), size.width())));
        }
        return loads;
    }

    @Override
    public Modules modules() {
        return parts.modules(checkpoint());
    }

    @Override
    public Family inIntegers() {
        return new StableDiffusion3(this, parts.inIntegers(engine()));
    }

    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return new StableDiffusion3(this, parts.with(checkpoint(), adaptation, embeddings));
    }

    @Override
    public boolean takes(Embedding embedding) {
        return parts.clips().stream()
                .anyMatch(clip -> embedding
                        .rows(clip.part(), clip.encoder().config().hiddenSize())
                        .isPresent());
    }

    @Override
    public PromptEncoder promptEncoder() {
        return prompts;
    }

    @Override
    CutTransformer transformer(LatentSize size) {
        long[] shape = {1, size.channels(), size.height(), size.width()};
        return (input, moment, text, part, cancellation) -> parts.transformer()
                .predict(
                        engine(),
                        new Tensor(shape, input),
                        moment.timestep(),
                        text.tensors(),
                        List.of(),
                        part,
                        cancellation);
    }

    @Override
    Denoiser guided(Denoiser network, LatentSize size) {
        long[] shape = {1, size.channels(), size.height(), size.width()};
        return SkippedLayers.guiding(
                network,
                (input, moment, told, skipped, cancellation) -> CutTransformer.prediction(parts.transformer()
                        .predict(
                                engine(),
                                new Tensor(shape, input),
                                moment.timestep(),
                                told,
                                skipped,
                                FirstBlock.WHOLE,
                                cancellation)));
    }

    @Override
    public Optional<LatentColours> colours() {
        return latents().channels()
                        == LatentColours.STABLE_DIFFUSION_3.factors().size()
                ? Optional.of(LatentColours.STABLE_DIFFUSION_3)
                : Optional.empty();
    }
}
