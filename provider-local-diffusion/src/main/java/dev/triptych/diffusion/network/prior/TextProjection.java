package dev.triptych.diffusion.network.prior;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What unCLIP's decoder is told of an image embedding and a text: the embedding joins the time, and becomes tokens
 * before the text's. Ramesh et al. (2022), section 2.1. Reference: diffusers 0.42,
 * pipelines/deprecated/unclip/text_proj.py. Immutable.
 *
 * <p>Graph: {@code image_embeds} and {@code text_embeds} [1, embeddingSize], {@code encoder_hidden_states} [1, tokens,
 * embeddingSize] to {@code context} [1, extraTokens + tokens, contextWidth] and {@code class_labels} [1, timeWidth].
 */
public final class TextProjection implements Network {

    private static final String CONTEXT = "context";
    private static final String CLASS = "class_labels";
    private static final String UNGUIDED = "learned_classifier_free_guidance_embeddings";
    private static final float EPSILON = 1e-5f;

    private final TextProjectionConfig config;
    private final int tokens;
    private final Part part;

    /** @param tokens the text's tokens */
    public TextProjection(TextProjectionConfig config, int tokens, Part part) {
        this.config = config;
        this.tokens = tokens;
        this.part = part;
    }

    /**
     * What the decoder is told.
     *
     * @param context [1, extraTokens + tokens, contextWidth]: the picture's tokens, then the text's
     * @param label [1, timeWidth], added to the time's vector
     */
    public record Projected(Tensor context, Tensor label) {}

    /** The config. */
    public TextProjectionConfig config() {
        return config;
    }

    /** The embedding that stands for no picture in particular, [embeddingSize]: for the pass without guidance. */
    public float[] unguided() {
        return part.weights().require(UNGUIDED, config.embeddingSize()).values();
    }

    /**
     * Projects an embedding and a text.
     *
     * @param image the picture's embedding, [embeddingSize]
     * @param textEmbeds [1, embeddingSize]
     * @param hiddenStates [1, tokens, embeddingSize]
     * @throws ModelLoadException if the weights cannot be loaded
     */
    public Projected project(
            Engine engine, float[] image, Tensor textEmbeds, Tensor hiddenStates, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of(
                "image_embeds", new Tensor(new long[] {1, config.embeddingSize()}, image),
                "text_embeds", textEmbeds,
                "encoder_hidden_states", hiddenStates);
        Map<String, Tensor> outputs = engine.run(this, Shape.none(), feeds, Set.of(CONTEXT, CLASS), cancellation);
        return new Projected(Objects.requireNonNull(outputs.get(CONTEXT)), Objects.requireNonNull(outputs.get(CLASS)));
    }

    @Override
    public ModelGraph graph(Shape shape) {
        Layers layers = new Layers("text_proj", part.weights());
        long size = config.embeddingSize();
        long width = config.contextWidth();
        long extra = config.extraTokens();
        Value image = layers.input("image_embeds", ElementType.FLOAT, 1, size);
        Value text = layers.input("text_embeds", ElementType.FLOAT, 1, size);
        Value states = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, tokens, size);
        layers.output(
                CLASS,
                layers.add(
                        layers.linear(image, "clip_image_embeddings_project_to_time_embeddings", config.timeWidth()),
                        layers.linear(text, "embedding_proj", config.timeWidth())));
        // Token k takes the values extra · j + k of the product, for each j.
        Value product = layers.linear(image, "clip_extra_context_tokens_proj", extra * width);
        String turned = layers.graph()
                .node(
                        "Transpose",
                        List.of(layers.reshape(product, 1, width, extra).name()),
                        Attribute.ofList("perm", 0, 2, 1));
        Value projected = layers.linear(states, "encoder_hidden_states_proj", width);
        Value normal = layers.layerNorm(
                        projected, layers.zerosLike(projected), "text_encoder_hidden_states_norm", EPSILON)
                .value();
        layers.output(CONTEXT, layers.concatTokens(new Value(turned, 1, extra, width), normal));
        return layers.finish();
    }

    @Override
    public String label() {
        return "text projection";
    }

    @Override
    public String source() {
        return part.location().toString();
    }

    @Override
    public String identity() {
        return "text projection " + part.location() + " " + config + " " + tokens;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }
}
