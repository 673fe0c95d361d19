package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How unCLIP reads a prompt: CLIP's embedding of the text, the states of its tokens, and which of them count; beside
 * them, where a picture is to be varied, the embedding of the picture. What guidance steers away from is the empty
 * text. Reference: diffusers 0.42, pipelines/deprecated/unclip, {@code _encode_prompt} and {@code _encode_image}.
 */
final class UnClipPrompts implements PromptEncoder {

    static final String TEXT_EMBEDS = "text_embeds";
    static final String HIDDEN_STATES = "encoder_hidden_states";
    static final String MASK = "attention_mask";
    static final String IMAGE_EMBEDS = "image_embeds";

    private final Engine engine;
    private final UnClipParts parts;

    UnClipPrompts(Engine engine, UnClipParts parts) {
        this.engine = engine;
        this.parts = parts;
    }

    /** @param picture to vary; the prompt is not read then */
    PromptPlan plan(
            Family.PromptWish wish, boolean guides, Optional<Pixels> picture, Options options, Notices notices) {
        PromptTexts texts = new PromptTexts(List.of(parts.tokenizer()), wish.evaluations(), options, notices);
        String prompt = wish.request().prompt();
        if (picture.isPresent() && !prompt.isBlank()) {
            notices.ignored("prompt", "prompt has no effect with a picture to vary");
        }
        PromptPlan.Part part = new PromptPlan.Part(1, side(texts, picture.isPresent() ? "" : prompt));
        return new PromptPlan(
                List.of(part),
                guides ? Optional.of(side(texts, "")) : Optional.empty(),
                0,
                OptionalDouble.empty(),
                picture.stream().toList());
    }

    private static Timeline<PromptPlan.Side> side(PromptTexts texts, String text) {
        return texts.read(text, "prompt", "").map(read -> new PromptPlan.Side(read, List.of(), false));
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        Optional<Tensor> picture = prompt.pictures().stream()
                .findFirst()
                .map(given -> parts.pictures().orElseThrow().embedding(engine, given, cancellation));
        Timeline<Conditioning> shown = prompt.positive().get(0).text().map(side -> {
            Map<String, Tensor> tensors = encode(side, cancellation);
            picture.ifPresent(embedding -> tensors.put(IMAGE_EMBEDS, embedding));
            return Conditioning.of(tensors);
        });
        return new ConditioningPlan(
                List.of(shown),
                prompt.negative().map(text -> text.map(side -> Conditioning.of(encode(side, cancellation)))));
    }

    private Map<String, Tensor> encode(PromptPlan.Side side, Cancellation cancellation) {
        int[] ids = side.texts().get(0).get(0).ids();
        ClipTextEncoder.Whole whole = parts.textEncoder().whole(engine, ids, cancellation);
        Map<String, Tensor> tensors = new HashMap<>();
        tensors.put(TEXT_EMBEDS, whole.textEmbeds());
        tensors.put(HIDDEN_STATES, whole.embeddings());
        tensors.put(MASK, mask(ids));
        return tensors;
    }

    /** 1 from the start token to the end token, which has the largest id; 0 for the padding behind. */
    private static Tensor mask(int[] ids) {
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            end = ids[i] > ids[end] ? i : end;
        }
        float[] mask = new float[ids.length];
        Arrays.fill(mask, 0, end + 1, 1);
        return new Tensor(new long[] {1, ids.length}, mask);
    }

    /** The network that encodes the texts of {@code prompt}. */
    Family.Load load(PromptPlan prompt) {
        TextChunk chunk = prompt.positive().get(0).text().at(0).texts().get(0).get(0);
        return new Family.Load(parts.textEncoder().reader(chunk.ids()), ClipTextEncoder.shape(chunk.length(), 0));
    }
}
