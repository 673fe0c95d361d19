package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.clip.ClipLayers.Summands;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of a {@code CLIPVisionModelWithProjection} as transformers 4.57 computes it (models/clip/modeling_clip.py):
 * Dosovitskiy et al. 2020, with a normalisation before the first layer.
 *
 * <p>Input: {@code pixel_values} [1, 3, imageSize, imageSize], red, green and blue, normalised as the checkpoint's
 * {@code preprocessor_config.json} says. Outputs: {@code image_embeds} [1, projectionSize], not normalised;
 * {@code hidden_states} [1, 1 + patches, hiddenSize], what the last layer reads (transformers'
 * {@code hidden_states[-2]}).
 */
final class ClipVisionGraph {

    private static final String ROOT = "vision_model.";

    private final ClipVisionConfig config;
    private final Layers layers;
    private final ClipLayers transformer;
    private final long hidden;

    private ClipVisionGraph(ClipVisionConfig config, Weights weights) {
        this.config = config;
        this.layers = new Layers("image_encoder", weights);
        this.transformer = new ClipLayers(layers, config.transformer(), false);
        this.hidden = config.transformer().hiddenSize();
    }

    /**
     * Builds the graph.
     *
     * @param weights those of a {@code CLIPModel} or {@code CLIPVisionModelWithProjection}
     * @param projectionSize the length of the embedding
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(ClipVisionConfig config, Weights weights, int projectionSize) {
        return new ClipVisionGraph(config, weights).build(projectionSize);
    }

    private ModelGraph build(int projectionSize) {
        Value start = transformer.norm(embeddings(), ROOT + "pre_layrnorm").value(); // [sic]
        Summands state = new Summands(start, layers.zerosLike(start));
        int last = config.transformer().layers() - 1;
        for (int i = 0; i <= last; i++) {
            String prefix = ROOT + "encoder.layers." + i;
            Layers.Normalised first = transformer.norm(state, prefix + ".layer_norm1");
            if (i == last) {
                layers.output("hidden_states", first.sum());
            }
            state = transformer.apply(first, prefix);
        }
        Summands ofClass = new Summands(firstToken(state.x()), firstToken(state.residual()));
        Value pooled = transformer.norm(ofClass, ROOT + "post_layernorm").value();
        Value projected = layers.matrix(pooled, "visual_projection", projectionSize);
        layers.output("image_embeds", layers.reshape(projected, 1, projectionSize));
        return layers.finish();
    }

    /** The class token and one token for each patch, row by row; and the embeddings of their positions. */
    private Summands embeddings() {
        Value pixels = layers.input("pixel_values", ElementType.FLOAT, 1, 3, config.imageSize(), config.imageSize());
        Value patches = layers.convolutionWithoutBias(
                pixels, ROOT + "embeddings.patch_embedding", hidden, config.patchSize(), config.patchSize());
        Value classToken =
                layers.reshape(layers.weights().floats(ROOT + "embeddings.class_embedding", hidden), 1, 1, hidden);
        Value tokens = layers.concatTokens(classToken, layers.toSequence(patches));
        Value positions = layers.weights().floats(ROOT + "embeddings.position_embedding.weight", tokens.dim(1), hidden);
        return new Summands(tokens, layers.reshape(positions, tokens.dims()));
    }

    private Value firstToken(Value sequence) {
        return layers.tokens(sequence, 0, 1);
    }
}
