package dev.triptych.diffusion.network.qwen;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Rotary;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Optional;

/**
 * The graph of Qwen3's first layers as transformers 5.24 computes them (models/qwen3/modeling_qwen3.py), up to the last
 * whose output is wanted.
 *
 * <p>Inputs: {@code inputs_embeds} [1, tokens, hiddenSize], {@code cosines} and {@code sines} [tokens, headSize / 2],
 * {@code mask} [1, 1, tokens, tokens], which is added to the scores. Output: {@code hidden_states} [1, tokens,
 * hiddenSize · taken], the outputs of the layers taken, beside each other.
 */
final class QwenGraph {

    private final QwenConfig config;
    private final Layers layers;
    private final int tokens;

    private QwenGraph(QwenConfig config, Weights weights, int tokens) {
        this.config = config;
        this.layers = new Layers("qwen3", weights);
        this.tokens = tokens;
    }

    /**
     * Builds the graph for one length.
     *
     * @param taken which layers' outputs are wanted, counted from 1, ascending
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(QwenConfig config, Weights weights, List<Integer> taken, int tokens) {
        return new QwenGraph(config, weights, tokens).build(taken);
    }

    private ModelGraph build(List<Integer> taken) {
        Value x = layers.input("inputs_embeds", ElementType.FLOAT, 1, tokens, config.hiddenSize());
        Value cosines = layers.input("cosines", ElementType.FLOAT, tokens, config.headSize() / 2);
        Value sines = layers.input("sines", ElementType.FLOAT, tokens, config.headSize() / 2);
        Value mask = layers.input("mask", ElementType.FLOAT, 1, 1, tokens, tokens);
        Optional<Value> all = Optional.empty();
        for (int i = 0; i < taken.get(taken.size() - 1); i++) {
            String layer = "layers." + i + ".";
            Value attended = attention(norm(x, layer + "input_layernorm"), layer + "self_attn.", cosines, sines, mask);
            x = layers.add(x, attended);
            x = layers.add(x, feedForward(norm(x, layer + "post_attention_layernorm"), layer + "mlp."));
            if (taken.contains(i + 1)) {
                Value output = x;
                all = Optional.of(
                        all.map(before -> layers.concatLast(before, output)).orElse(output));
            }
        }
        layers.output("hidden_states", all.orElseThrow());
        return layers.finish();
    }

    private Value norm(Value x, String prefix) {
        return RmsNorm.of(layers, x, prefix + ".weight", config.epsilon());
    }

    private Value attention(Value x, String prefix, Value cosines, Value sines, Value mask) {
        Value q = turned(x, prefix + "q", config.heads(), cosines, sines);
        Value k = turned(x, prefix + "k", config.keyHeads(), cosines, sines);
        Value v = layers.matrix(x, prefix + "v_proj", (long) config.keyHeads() * config.headSize());
        float scale = (float) (1 / Math.sqrt(config.headSize()));
        Value attended = Attention.biased(layers, q, k, v, config.heads(), config.keyHeads(), scale, mask);
        return layers.matrix(attended, prefix + "o_proj", config.hiddenSize());
    }

    /** Queries or keys, each head normalised and then turned to its position. */
    private Value turned(Value x, String prefix, int heads, Value cosines, Value sines) {
        Value all = layers.matrix(x, prefix + "_proj", (long) heads * config.headSize());
        Value normal = RmsNorm.ofHeads(layers, all, prefix + "_norm.weight", heads, config.epsilon());
        return Rotary.turned(layers, normal, cosines, sines, Rotary.Pairs.HALVES);
    }

    private Value feedForward(Value x, String prefix) {
        return FeedForward.gated(
                layers,
                x,
                "silu",
                prefix + "gate_proj",
                prefix + "up_proj",
                prefix + "down_proj",
                config.intermediateSize());
    }
}
