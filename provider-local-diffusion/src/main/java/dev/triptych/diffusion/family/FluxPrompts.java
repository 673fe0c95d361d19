package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Family.PromptWish;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.flux.FluxTransformer;
import dev.triptych.diffusion.network.t5.T5Encoder;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How FLUX.1 reads a prompt and encodes it: T5's tokens, and CLIP's last hidden state at the end of the text.
 * Reference: diffusers 0.42, {@code encode_prompt} of pipelines/flux/pipeline_flux.py.
 */
final class FluxPrompts implements PromptEncoder {

    /** What T5 reads; the prompt by default. */
    private static final String PROMPT_2 = "local.prompt-2";

    private static final String NEGATIVE_PROMPT_2 = "local.negative-prompt-2";

    /** The scale of classifier-free guidance, for which there must be a negative prompt; 1 = none, by default. */
    private static final String TRUE_GUIDANCE = "local.true-guidance";

    static final Set<String> OPTIONS =
            Set.of(PROMPT_2, NEGATIVE_PROMPT_2, TRUE_GUIDANCE, PromptOptions.MAX_SEQUENCE_LENGTH);

    /** Up to where T5 was trained; as many by default, as in the reference, though schnell was trained with 256. */
    private static final int MAX_LENGTH = 512;

    private static final double LARGEST_SCALE = 100;

    private final Engine engine;
    private final FluxParts parts;

    FluxPrompts(Engine engine, FluxParts parts) {
        this.engine = engine;
        this.parts = parts;
    }

    static double trueGuidance(Options options) {
        return options.number(TRUE_GUIDANCE, 1, LARGEST_SCALE).orElse(1);
    }

    PromptPlan plan(PromptWish wish, boolean guides, Options options, Notices notices) {
        tellWithoutEffect(wish, guides, options, notices);
        PlainTexts texts = new PlainTexts(wish.evaluations(), options, notices);
        int length = options.wholeNumber(PromptOptions.MAX_SEQUENCE_LENGTH, 2, MAX_LENGTH)
                .orElse(MAX_LENGTH);
        Timeline<PromptPlan.Side> positive = read(texts, wish.request().prompt(), "prompt", PROMPT_2, length);
        Optional<Timeline<PromptPlan.Side>> negative = guides
                ? Optional.of(read(texts, wish.request().negativePrompt(), "negativePrompt", NEGATIVE_PROMPT_2, length))
                : Optional.empty();
        return new PromptPlan(
                List.of(new PromptPlan.Part(1, positive)),
                negative,
                0,
                isGuided() ? OptionalDouble.of(wish.guidanceScale()) : OptionalDouble.empty());
    }

    private boolean isGuided() {
        return parts.transformer().config().guidance();
    }

    private void tellWithoutEffect(PromptWish wish, boolean guides, Options options, Notices notices) {
        boolean hasNegative = !wish.request().negativePrompt().isEmpty();
        if (hasNegative && !guides) {
            notices.ignored("negativePrompt", "negativePrompt has no effect without " + TRUE_GUIDANCE + " above 1");
        }
        if (trueGuidance(options) > 1 && !hasNegative) {
            notices.ignored("options." + TRUE_GUIDANCE, TRUE_GUIDANCE + " has no effect without a negative prompt");
        }
        if (!isGuided() && wish.guidanceScale() > 1) {
            notices.ignored("guidanceScale", "guidanceScale has no effect with this model, which has no guidance");
        }
    }

    private Timeline<PromptPlan.Side> read(PlainTexts texts, String text, String field, String second, int length) {
        PlainTexts.Text first = texts.read(text, field);
        PlainTexts.Text ofSecond = texts.readOption(second, first);
        boolean tells = !ofSecond.equals(first); // else T5 reads what CLIP cuts off
        return Timeline.together(List.of(first.text(), ofSecond.text()))
                .map(now -> new PromptPlan.Side(
                        List.of(
                                List.of(texts.clip(parts.clip().tokenizer(), now.get(0), first.field(), tells)),
                                List.of(texts.t5(parts.t5().tokenizer(), now.get(1), ofSecond.field(), length))),
                        List.of(),
                        false));
    }

    /** How many tokens the denoiser is told: T5's. */
    static int tokens(PromptPlan prompt) {
        return prompt.positive().get(0).text().at(0).texts().get(1).get(0).length();
    }

    /** The networks that encode {@code prompt}. */
    List<Load> loads(PromptPlan prompt) {
        int[] ids = prompt.positive().get(0).text().at(0).texts().get(0).get(0).ids();
        return List.of(
                new Load(parts.clip().encoder().reader(ids), ClipTextEncoder.shape(ids.length, 0)),
                new Load(parts.t5().encoder(), T5Encoder.shape(tokens(prompt))));
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        return new ConditioningPlan(
                prompt.positive().stream()
                        .map(part -> part.text().map(side -> encode(side, prompt.embeddedGuidance(), cancellation)))
                        .toList(),
                prompt.negative().map(text -> text.map(side -> encode(side, prompt.embeddedGuidance(), cancellation))));
    }

    private Conditioning encode(PromptPlan.Side side, OptionalDouble guidance, Cancellation cancellation) {
        Map<String, Tensor> told = new HashMap<>();
        int[] ids = side.texts().get(0).get(0).ids();
        told.put(FluxTransformer.POOLED, parts.clip().encoder().pooled(engine, ids, cancellation));
        told.put(
                FluxTransformer.TEXT,
                parts.t5()
                        .encoder()
                        .embeddings(engine, side.texts().get(1).get(0).ids(), cancellation));
        guidance.ifPresent(scale ->
                told.put(FluxTransformer.GUIDANCE, new Tensor(new long[] {1, 1}, new float[] {(float) scale})));
        return Conditioning.of(told);
    }
}
