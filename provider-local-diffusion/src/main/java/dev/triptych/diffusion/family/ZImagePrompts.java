package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Family.PromptWish;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.qwen.QwenEncoder;
import dev.triptych.diffusion.network.zimage.ZImageTransformer;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How Z-Image reads a prompt and encodes it: Qwen's last layer but one, for the text's own tokens. Reference: diffusers
 * 0.42, {@code encode_prompt} of pipelines/z_image/pipeline_z_image.py.
 */
final class ZImagePrompts implements PromptEncoder {

    static final Set<String> OPTIONS = Set.of(PromptOptions.MAX_SEQUENCE_LENGTH);

    /** As many by default, as in the reference. */
    private static final int MAX_LENGTH = 512;

    private final Engine engine;
    private final ZImageParts parts;

    ZImagePrompts(Engine engine, ZImageParts parts) {
        this.engine = engine;
        this.parts = parts;
    }

    PromptPlan plan(PromptWish wish, boolean guides, Options options, Notices notices) {
        PlainTexts texts = new PlainTexts(wish.evaluations(), options, notices);
        int length = options.wholeNumber(PromptOptions.MAX_SEQUENCE_LENGTH, 1, MAX_LENGTH)
                .orElse(MAX_LENGTH);
        Timeline<PromptPlan.Side> positive = read(texts, wish.request().prompt(), "prompt", length);
        Optional<Timeline<PromptPlan.Side>> negative = Optional.empty();
        String unwanted = wish.request().negativePrompt();
        if (guides) {
            negative = Optional.of(read(texts, unwanted, "negativePrompt", length));
        } else if (!unwanted.isEmpty()) {
            notices.ignored("negativePrompt", "negativePrompt has no effect without guidance, whose scale is above 0");
        }
        return new PromptPlan(List.of(new PromptPlan.Part(1, positive)), negative, 0, OptionalDouble.empty());
    }

    private Timeline<PromptPlan.Side> read(PlainTexts texts, String text, String field, int length) {
        PlainTexts.Text read = texts.read(text, field);
        return read.text()
                .map(now -> new PromptPlan.Side(
                        List.of(List.of(texts.qwen(parts.qwen(), now, field, length))), List.of(), false));
    }

    /** The networks that encode {@code prompt}. */
    List<Load> loads(PromptPlan prompt) {
        return List.of(new Load(parts.qwen().encoder(), QwenEncoder.shape(prompt.tokens())));
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        return new ConditioningPlan(
                prompt.positive().stream()
                        .map(part -> part.text().map(side -> encode(side, cancellation)))
                        .toList(),
                prompt.negative().map(text -> text.map(side -> encode(side, cancellation))));
    }

    private Conditioning encode(PromptPlan.Side side, Cancellation cancellation) {
        int[] ids = side.texts().get(0).get(0).ids();
        return Conditioning.of(Map.of(
                ZImageTransformer.TEXT, parts.qwen().encoder().embeddings(engine, ids, ids.length, cancellation)));
    }
}
