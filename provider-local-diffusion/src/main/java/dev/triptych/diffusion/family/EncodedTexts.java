package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.prompt.TextChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs Stable Diffusion's text encoders over the chunks of a text. With one encoder: the last hidden state, normalised.
 * XL: the last but one hidden state of each, and the second's pooled text of the first chunk.
 */
final class EncodedTexts {

    private final Engine engine;
    private final StableDiffusionParts parts;
    private final int clipSkip;
    private final Cancellation cancellation;

    EncodedTexts(Engine engine, StableDiffusionParts parts, int clipSkip, Cancellation cancellation) {
        this.engine = engine;
        this.parts = parts;
        this.clipSkip = clipSkip;
        this.cancellation = cancellation;
    }

    /**
     * An encoded text.
     *
     * @param states of each encoder, [1, tokens, width], chunk behind chunk, weighted
     * @param pooled the text as one vector, [1, width], without weights; empty where there is but one encoder
     */
    record Encoded(List<Tensor> states, Optional<Tensor> pooled) {}

    /** What the encoders make of {@code side}. */
    Encoded encode(PromptPlan.Side side) {
        int last = parts.texts().size() - 1;
        Optional<ClipTextEncoder.Projected> projected = parts.isXl() && !side.zeros()
                ? Optional.of(encoder(last)
                        .projected(engine, side.texts().get(last).get(0).ids(), clipSkip + 1, cancellation))
                : Optional.empty();
        List<Tensor> states = new ArrayList<>();
        for (int i = 0; i <= last; i++) {
            Optional<Tensor> first =
                    i == last ? projected.map(ClipTextEncoder.Projected::hiddenState) : Optional.empty();
            states.add(states(encoder(i), side.texts().get(i), side.zeros(), first));
        }
        return new Encoded(
                states,
                parts.isXl()
                        ? projected.map(ClipTextEncoder.Projected::textEmbeds).or(() -> Optional.of(nothingPooled()))
                        : Optional.empty());
    }

    private Tensor nothingPooled() {
        return new Tensor(new long[] {1, parts.pooledWidth()}, new float[parts.pooledWidth()]);
    }

    /** {@code first} is the state of the first chunk, where it is known. */
    private Tensor states(ClipTextEncoder encoder, List<TextChunk> chunks, boolean zeros, Optional<Tensor> first) {
        int width = encoder.config().hiddenSize();
        int tokens = chunks.stream().mapToInt(TextChunk::length).sum();
        float[] all = new float[tokens * width];
        int offset = 0;
        for (int i = 0; i < chunks.size(); i++) {
            TextChunk chunk = chunks.get(i);
            if (i > 0 || !zeros) {
                Tensor state = i == 0 && first.isPresent() ? first.get() : state(encoder, chunk.ids());
                float[] values = state.values().clone();
                chunk.weigh(values);
                System.arraycopy(values, 0, all, offset, values.length);
            }
            offset += chunk.length() * width;
        }
        return new Tensor(new long[] {1, tokens, width}, all);
    }

    private Tensor state(ClipTextEncoder encoder, int[] ids) {
        return parts.isXl()
                ? encoder.hiddenState(engine, ids, clipSkip + 1, cancellation)
                : encoder.embeddings(engine, ids, clipSkip, cancellation);
    }

    private ClipTextEncoder encoder(int index) {
        return parts.texts().get(index).encoder();
    }
}
