package dev.triptych.diffusion.network.clip;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * CLIP's text tower, with its projection where there is one. Immutable; weights are opened with the first evaluation.
 */
public final class ClipTextEncoder implements Network {

    private static final String TOKENS = "tokens";
    private static final String SKIP = "skipped layers";
    private static final String EMBEDDINGS = "embeddings";
    private static final String HIDDEN_STATE = "hidden_state";
    private static final String POOLED = "pooled";
    private static final String TEXT_EMBEDS = "text_embeds";

    private final String label;
    private final ClipTextConfig config;
    private final boolean projected;
    private final String source;
    private final Supplier<Weights> weights;
    private final Optional<Path> onnx;
    private final String variant;
    private final Optional<Weight> moreTokens;

    /**
     * A text tower.
     *
     * @param label what messages call it
     * @param projected whether there is a {@code text_projection}
     */
    public ClipTextEncoder(String label, ClipTextConfig config, boolean projected, Part part) {
        this(label, config, projected, part.location().toString(), part::weights, part.onnx(), "", Optional.empty());
    }

    /** A text tower over {@code weights}, which are opened when they are needed. */
    public ClipTextEncoder(
            String label, ClipTextConfig config, boolean projected, String source, Supplier<Weights> weights) {
        this(label, config, projected, source, weights, Optional.empty(), "", Optional.empty());
    }

    private ClipTextEncoder(
            String label,
            ClipTextConfig config,
            boolean projected,
            String source,
            Supplier<Weights> weights,
            Optional<Path> onnx,
            String variant,
            Optional<Weight> moreTokens) {
        this.label = label;
        this.config = config;
        this.projected = projected;
        this.source = source;
        this.weights = weights;
        this.onnx = onnx;
        this.variant = variant;
        this.moreTokens = moreTokens;
    }

    /**
     * The same tower over other weights of the same shapes, such as patched ones.
     *
     * @param otherWeights opened when a graph is built
     * @param otherVariant what tells them from the checkpoint's own
     */
    public ClipTextEncoder over(Supplier<Weights> otherWeights, String otherVariant) {
        return new ClipTextEncoder(label, config, projected, source, otherWeights, onnx, otherVariant, moreTokens);
    }

    /**
     * The same tower with more tokens than its vocabulary has.
     *
     * @param rows the embeddings of the ids from the vocabulary's size on, [rows, hiddenSize]
     */
    public ClipTextEncoder withMoreTokens(Weight rows) {
        return new ClipTextEncoder(label, config, projected, source, weights, onnx, variant, Optional.of(rows));
    }

    /** The network that reads {@code tokenIds}: without the further tokens, where none of them is one. */
    public Network reader(int[] tokenIds) {
        return forTokens(tokenIds);
    }

    private ClipTextEncoder forTokens(int[] tokenIds) {
        boolean plain = Arrays.stream(tokenIds).allMatch(id -> id < config.vocabularySize());
        return plain && moreTokens.isPresent()
                ? new ClipTextEncoder(label, config, projected, source, weights, onnx, variant, Optional.empty())
                : this;
    }

    /**
     * A hidden state, and the whole text as one vector.
     *
     * @param hiddenState [1, tokens, hiddenSize], not normalised
     * @param textEmbeds [1, projectionSize], not normalised
     */
    public record Projected(Tensor hiddenState, Tensor textEmbeds) {}

    /** The config. */
    public ClipTextConfig config() {
        return config;
    }

    /**
     * The embeddings of a text, normalised by the final layer norm.
     *
     * @param tokenIds the ids, padded; at most as many as the tower has positions
     * @param skip how many of the last layers to leave out, from 0
     * @return [1, tokens, hiddenSize]
     */
    public Tensor embeddings(Engine engine, int[] tokenIds, int skip, Cancellation cancellation) {
        return one(run(engine, tokenIds, skip, Set.of(EMBEDDINGS), cancellation), EMBEDDINGS);
    }

    /**
     * A hidden state without the final norm.
     *
     * @param skip how many of the last layers to leave out: 1 for the last but one
     * @return [1, tokens, hiddenSize]
     */
    public Tensor hiddenState(Engine engine, int[] tokenIds, int skip, Cancellation cancellation) {
        return one(run(engine, tokenIds, skip, Set.of(HIDDEN_STATE), cancellation), HIDDEN_STATE);
    }

    /** A hidden state without the final norm, and the projection of the whole text. */
    public Projected projected(Engine engine, int[] tokenIds, int skip, Cancellation cancellation) {
        Map<String, Tensor> outputs = run(engine, tokenIds, skip, Set.of(HIDDEN_STATE, TEXT_EMBEDS), cancellation);
        return new Projected(one(outputs, HIDDEN_STATE), one(outputs, TEXT_EMBEDS));
    }

    /** The whole text as one vector: the last hidden state at its end, normalised, [1, hiddenSize]. */
    public Tensor pooled(Engine engine, int[] tokenIds, Cancellation cancellation) {
        return one(run(engine, tokenIds, 0, Set.of(POOLED), cancellation), POOLED);
    }

    /**
     * All of a text.
     *
     * @param embeddings its tokens, normalised by the final layer norm, [1, tokens, hiddenSize]
     * @param textEmbeds the projection of the whole, [1, projectionSize], not normalised
     */
    public record Whole(Tensor embeddings, Tensor textEmbeds) {}

    /** The embeddings of a text's tokens, and the projection of the whole. */
    public Whole whole(Engine engine, int[] tokenIds, Cancellation cancellation) {
        Map<String, Tensor> outputs = run(engine, tokenIds, 0, Set.of(EMBEDDINGS, TEXT_EMBEDS), cancellation);
        return new Whole(one(outputs, EMBEDDINGS), one(outputs, TEXT_EMBEDS));
    }

    /** The projection of the whole text, [projectionSize], not normalised. */
    public float[] textEmbeds(Engine engine, int[] tokenIds, Cancellation cancellation) {
        return one(run(engine, tokenIds, 0, Set.of(TEXT_EMBEDS), cancellation), TEXT_EMBEDS)
                .values();
    }

    /** The shape of the graph for {@code tokens} ids that leaves out the last {@code skip} layers. */
    public static Shape shape(int tokens, int skip) {
        return Shape.none().with(TOKENS, tokens).with(SKIP, skip);
    }

    private Map<String, Tensor> run(
            Engine engine, int[] tokenIds, int skip, Set<String> outputs, Cancellation cancellation) {
        if (onnx.isPresent() && skip > 0) {
            throw new ModelLoadException(
                    onnx.get() + " is a ready-made text encoder: clip skip must be 0 but was " + skip);
        }
        return engine.run(
                forTokens(tokenIds),
                shape(tokenIds.length, skip),
                Map.of("input_ids", ids(tokenIds)),
                outputs,
                cancellation);
    }

    /** Token ids as an input [1, tokens], after a look that the vocabulary has them all. */
    private Tensor ids(int[] tokenIds) {
        long known = config.vocabularySize()
                + moreTokens.map(rows -> rows.dims().get(0)).orElse(0L);
        float[] ids = new float[tokenIds.length]; // Exact up to 2^24.
        for (int i = 0; i < ids.length; i++) {
            if (tokenIds[i] < 0 || tokenIds[i] >= known) {
                throw new ModelLoadException(source + ": a token id must be below the text encoder's vocab_size, "
                        + config.vocabularySize() + ", but was " + tokenIds[i]
                        + ": tokenizer and text encoder do not belong together");
            }
            ids[i] = tokenIds[i];
        }
        return new Tensor(new long[] {1, ids.length}, ids);
    }

    private static Tensor one(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name));
    }

    /** Files of transformers 4 put {@code text_model.} before the tower's names, those of 5 do not. */
    public static String newName(String name) {
        return name.startsWith("text_model.") ? name.substring("text_model.".length()) : name;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public String identity() {
        return lineage() + variant + moreTokens.map(Weight::identity).orElse("");
    }

    @Override
    public String lineage() {
        return "clip text " + source + " " + config;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return ClipTextGraph.build(
                config,
                weights.get().renamed(ClipTextEncoder::newName),
                moreTokens,
                shape.get(TOKENS),
                shape.get(SKIP),
                projected);
    }

    @Override
    public Optional<Path> readyMade() {
        return onnx;
    }

    /** Exports have one input, the ids. */
    @Override
    public String feedFor(Port input) {
        return "input_ids";
    }

    @Override
    public String outputFor(String ours, Collection<Port> outputs) {
        return outputs.stream()
                .filter(output -> output.axes() == 3)
                .map(Port::name)
                .filter(name -> name.equals("last_hidden_state"))
                .findFirst()
                .or(() -> outputs.stream()
                        .filter(output -> output.axes() == 3)
                        .map(Port::name)
                        .sorted()
                        .findFirst())
                .orElseThrow(() -> new ModelLoadException("the " + label + " must have an output of 3 axes but has "
                        + outputs.stream().map(Port::name).sorted().toList()));
    }
}
