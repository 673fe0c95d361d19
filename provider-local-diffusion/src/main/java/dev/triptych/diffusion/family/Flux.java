package dev.triptych.diffusion.family;

import dev.triptych.ImageRequest;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.flux.FluxTransformer;
import dev.triptych.diffusion.scheduler.FlowShift;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * FLUX.1: a transformer over 16 latent channels in squares of four, told the text by T5 and CLIP's pooled text. The
 * guidance scale is an input of the network where it is guidance-distilled (dev), and means nothing where it is not
 * (schnell); {@code local.true-guidance} with a negative prompt means a second pass. The rules are those of diffusers
 * 0.42, pipelines/flux.
 */
final class Flux extends TransformerFamily {

    /** Its pipelines in model_index.json. */
    static final Set<String> PIPELINES = Set.of("FluxPipeline", "FluxImg2ImgPipeline", "FluxInpaintPipeline");

    static final Set<String> OPTIONS = FluxPrompts.OPTIONS;

    private static final Set<String> PARTS =
            Set.of(TRANSFORMER, "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler");

    /** Latent pixels of a token along each axis. */
    private static final int PATCH = 2;

    private static final int USUAL_EDGE = 1024;
    private static final double MAX_SHIFT = 1.15;

    private final FluxParts parts;
    private final FluxPrompts prompts;

    private Flux(Checkpoint checkpoint, Engine engine, FluxParts parts) {
        super(checkpoint, engine, parts.vae(), usual(parts), OPTIONS);
        this.parts = parts;
        this.prompts = new FluxPrompts(engine, parts);
    }

    private Flux(Flux other, FluxParts parts) {
        super(other);
        this.parts = parts;
        this.prompts = new FluxPrompts(engine(), parts);
    }

    static Flux open(Checkpoint checkpoint, Engine engine) {
        return new Flux(checkpoint, engine, FluxParts.read(checkpoint));
    }

    /** Without guidance embedded it is distilled for few steps. */
    private static Usual usual(FluxParts parts) {
        boolean isGuided = parts.transformer().config().guidance();
        return new Usual(USUAL_EDGE, PATCH, Integer.MAX_VALUE, isGuided ? 28 : 4, isGuided ? 3.5 : 0, 0.6);
    }

    @Override
    Set<String> parts() {
        return PARTS;
    }

    @Override
    List<String> keyRemarks() {
        return parts.remarks();
    }

    /** Not by the scale: that is embedded, where it is anything. */
    @Override
    public boolean guides(double guidanceScale) {
        return false;
    }

    @Override
    public OptionalDouble steering(double guidanceScale, ImageRequest request, Options options) {
        double scale = FluxPrompts.trueGuidance(options);
        return scale > 1 && !request.negativePrompt().isEmpty() ? OptionalDouble.of(scale) : OptionalDouble.empty();
    }

    @Override
    public FlowTimes times(SchedulerConfig config, LatentSize size, int steps) {
        int tokens = (size.height() / PATCH) * (size.width() / PATCH);
        return FlowTimes.even(FlowShift.bySize(config, tokens, MAX_SHIFT));
    }

    @Override
    public PromptPlan plan(PromptWish wish, Options options, Notices notices) {
        boolean guides = steering(wish.guidanceScale(), wish.request(), options).isPresent();
        return prompts.plan(wish, guides, options, notices);
    }

    @Override
    public List<Load> loads(PromptPlan prompt, LatentSize size, boolean encodes, boolean decodes) {
        List<Load> loads = new ArrayList<>(prompts.loads(prompt));
        if (encodes) {
            int factor = latents().factor();
            loads.add(new Load(vae().encoder(), Shape.of(size.height() * factor, size.width() * factor)));
        }
        loads.add(new Load(
                parts.transformer(), FluxTransformer.shape(size.height(), size.width(), FluxPrompts.tokens(prompt))));
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
        return new Flux(this, parts.inIntegers(engine()));
    }

    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return new Flux(this, parts.with(checkpoint(), adaptation, embeddings));
    }

    @Override
    public boolean takes(Embedding embedding) {
        return embedding
                .rows(parts.clip().part(), parts.clip().encoder().config().hiddenSize())
                .isPresent();
    }

    @Override
    public PromptEncoder promptEncoder() {
        return prompts;
    }

    @Override
    CutTransformer transformer(LatentSize size) {
        long[] shape = {1, size.channels(), size.height(), size.width()};
        return (input, moment, text, part, cancellation) -> parts.transformer()
                .predict(engine(), new Tensor(shape, input), moment.timestep(), text.tensors(), part, cancellation);
    }
}
