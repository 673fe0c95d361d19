package dev.triptych.diffusion.family;

import dev.triptych.ImageRequest;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.zimage.ZImageTransformer;
import dev.triptych.diffusion.scheduler.FlowShift;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Z-Image: one transformer over picture and text, told the text by Qwen3. Its guidance scale counts from 0, where there
 * is none: v₊ + g·(v₊ − v₋). The rules are those of diffusers 0.42, pipelines/z_image.
 */
final class ZImage extends TransformerFamily {

    /** Its pipelines in model_index.json. */
    static final Set<String> PIPELINES = Set.of("ZImagePipeline", "ZImageImg2ImgPipeline", "ZImageInpaintPipeline");

    static final Set<String> OPTIONS = ZImagePrompts.OPTIONS;

    private static final Set<String> PARTS = Set.of(TRANSFORMER, "vae", "text_encoder", "tokenizer", "scheduler");

    /** Latent pixels of a token along each axis. */
    private static final int PATCH = 2;

    /** Steps and guidance of Z-Image-Turbo, which people have; Z-Image itself wants 28 to 50 and 3 to 5. */
    private static final Usual USUAL = new Usual(1024, PATCH, Integer.MAX_VALUE, 8, 0, 0.6);

    private static final double MAX_SHIFT = 1.15;

    private final ZImageParts parts;
    private final ZImagePrompts prompts;

    private ZImage(Checkpoint checkpoint, Engine engine, ZImageParts parts) {
        super(checkpoint, engine, parts.vae(), USUAL, OPTIONS);
        this.parts = parts;
        this.prompts = new ZImagePrompts(engine, parts);
    }

    private ZImage(ZImage other, ZImageParts parts) {
        super(other);
        this.parts = parts;
        this.prompts = new ZImagePrompts(engine(), parts);
    }

    static ZImage open(Checkpoint checkpoint, Engine engine) {
        return new ZImage(checkpoint, engine, ZImageParts.read(checkpoint));
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
        return guidanceScale > 0;
    }

    /** v₊ + g·(v₊ − v₋) = v₋ + (1 + g)·(v₊ − v₋). */
    @Override
    public OptionalDouble steering(double guidanceScale, ImageRequest request, Options options) {
        return guides(guidanceScale) ? OptionalDouble.of(1 + guidanceScale) : OptionalDouble.empty();
    }

    @Override
    public FlowTimes times(SchedulerConfig config, LatentSize size, int steps) {
        int tokens = (size.height() / PATCH) * (size.width() / PATCH);
        return FlowTimes.even(FlowShift.bySize(config, tokens, MAX_SHIFT));
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
        loads.add(new Load(parts.transformer(), ZImageTransformer.shape(size.height(), size.width(), prompt.tokens())));
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
        return new ZImage(this, parts.inIntegers(engine()));
    }

    @Override
    public Family with(Adaptation adaptation, List<Embedding> embeddings) {
        return new ZImage(this, parts.with(checkpoint(), adaptation));
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

    /** The network predicts the way to the picture, the scheduler wants the way to the noise. */
    @Override
    CutTransformer transformer(LatentSize size) {
        long[] shape = {1, size.channels(), size.height(), size.width()};
        return (input, moment, text, part, cancellation) -> {
            Tensor told = Objects.requireNonNull(text.tensors().get(ZImageTransformer.TEXT));
            Map<String, Tensor> outputs = parts.transformer()
                    .predict(engine(), new Tensor(shape, input), moment.timestep(), told, part, cancellation);
            float[] towardsPicture = CutTransformer.prediction(outputs);
            for (int i = 0; i < towardsPicture.length; i++) {
                towardsPicture[i] = -towardsPicture[i];
            }
            return outputs;
        };
    }
}
