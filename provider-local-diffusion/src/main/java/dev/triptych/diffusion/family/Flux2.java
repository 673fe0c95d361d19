package dev.triptych.diffusion.family;

import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.flux2.Flux2Transformer;
import dev.triptych.diffusion.scheduler.FlowShift;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * FLUX.2 klein: a transformer over 32 latent channels in squares of four, told the text by three layers of Qwen3, and
 * shown reference pictures as tokens of their own. An input picture without a strength is a reference; with one, or
 * with a mask, it is drawn over. The distilled kind makes one pass, the base kind is guided. The rules are those of
 * diffusers 0.42, pipelines/flux2/pipeline_flux2_klein.py and …_inpaint.py; what guidance steers away from may be told,
 * which is {@code ""} there.
 */
final class Flux2 extends TransformerFamily {

    /** Its pipelines in model_index.json. */
    static final Set<String> PIPELINES = Set.of("Flux2KleinPipeline", "Flux2KleinInpaintPipeline");

    static final Set<String> OPTIONS = Flux2Prompts.OPTIONS;

    private static final Set<String> PARTS = Set.of(TRANSFORMER, "vae", "text_encoder", "tokenizer", "scheduler");

    private static final Usual DISTILLED = new Usual(1024, 1, Integer.MAX_VALUE, 4, 1, 0.8);
    private static final Usual BASE = new Usual(1024, 1, Integer.MAX_VALUE, 50, 4, 0.8);

    private final Flux2Parts parts;
    private final Flux2Prompts prompts;

    private Flux2(Checkpoint checkpoint, Engine engine, Flux2Parts parts) {
        super(
                checkpoint,
                engine,
                parts.vae(),
                new LatentGeometry(
                        parts.transformer().config().channels(),
                        parts.vae().config().scaleFactor() * Flux2Codec.SQUARE),
                parts.distilled() ? DISTILLED : BASE,
                OPTIONS,
                MAX_REFERENCES);
        this.parts = parts;
        this.prompts = new Flux2Prompts(engine, parts);
    }

    private Flux2(Flux2 other, Flux2Parts parts) {
        super(other);
        this.parts = parts;
        this.prompts = new Flux2Prompts(engine(), parts);
    }

    static Flux2 open(Checkpoint checkpoint, Engine engine) {
        return new Flux2(checkpoint, engine, Flux2Parts.read(checkpoint));
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
        return !parts.distilled() && guidanceScale > 1;
    }

    @Override
    public boolean tells(ImageRequest request) {
        return ReferencePictures.isReference(request);
    }

    /** The first reference's, as it is shown. */
    @Override
    public Optional<ImageSize> sizeOf(ImageRequest request) {
        return ReferencePictures.of(request).stream()
                .findFirst()
                .map(picture -> new ImageSize(picture.width(), picture.height()))
                .filter(capabilities().sizes()::accepts);
    }

    @Override
    public FlowTimes times(SchedulerConfig config, LatentSize size, int steps) {
        return FlowTimes.even(FlowShift.bySizeAndSteps(size.height() * size.width(), steps));
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
        loads.add(new Load(
                parts.transformer(),
                Flux2Transformer.shape(size.height(), size.width(), prompt.tokens(), prompts.referenceTokens(prompt))));
        if (decodes) {
            loads.add(new Load(
                    vae().decoder(), Shape.of(size.height() * Flux2Codec.SQUARE, size.width() * Flux2Codec.SQUARE)));
        }
        return loads;
    }

    @Override
    public Modules modules() {
        return parts.modules(checkpoint());
    }

    @Override
    public Family inIntegers() {
        return new Flux2(this, parts.inIntegers(engine()));
    }

    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return new Flux2(this, parts.with(checkpoint(), adaptation));
    }

    /** A textual inversion teaches CLIP. */
    @Override
    public boolean takes(Embedding embedding) {
        return false;
    }

    @Override
    public PromptEncoder promptEncoder() {
        return prompts;
    }

    @Override
    public LatentCodec codec() {
        return new Flux2Codec(engine(), vae(), parts.vaePart());
    }

    @Override
    CutTransformer transformer(LatentSize size) {
        long[] shape = {1, size.channels(), size.height(), size.width()};
        return (input, moment, text, part, cancellation) -> parts.transformer()
                .predict(
                        engine(),
                        new Tensor(shape, input),
                        moment.timestep(),
                        Flux2Prompts.text(text),
                        Flux2Prompts.references(text),
                        part,
                        cancellation);
    }
}
