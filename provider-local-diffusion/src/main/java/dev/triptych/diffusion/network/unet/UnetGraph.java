package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.UnaryOperator;

/**
 * The graph of a {@code UNet2DConditionModel} as diffusers 0.36 computes it (models/unets/unet_2d_condition.py), or of
 * a {@code UNet2DModel} (unet_2d.py), which reads no prompt.
 *
 * <p>Inputs: {@code sample} [1, inChannels, height, width], {@code timestep} [1, 1], {@code encoder_hidden_states} [1,
 * tokens, textWidth], and by the config {@code timestep_cond} [1, conditionChannels], {@code class_labels},
 * {@code text_embeds} [1, pooled], {@code time_ids} [1, ids] and {@code attention_mask} [1, tokens]; by the shape what
 * {@link AdapterFeatures}, {@link ControlResiduals} and {@link ImageAttention} take. Output: {@code out_sample} [1,
 * outChannels, height, width]; where they are asked for, {@link AttentionMaps} too.
 */
final class UnetGraph {

    static final String HEIGHT = "height";
    static final String WIDTH = "width";
    static final String TOKENS = "tokens";
    static final String TIME_IDS = "time ids";
    static final String ADAPTER_FEATURES = "adapter features";
    static final String CONTROL_RESIDUALS = "control residuals";

    private UnetGraph() {}

    /**
     * Builds the graph for one shape.
     *
     * @param changes what is computed otherwise
     * @param layers an empty graph over the weights
     * @param adapters how many IP-Adapters there are; their tensors stand among the weights
     * @param shape height and width in latent pixels; tokens: 77, or a multiple for a long prompt; time ids: how many;
     *     features of T2I-Adapters: how many; residuals of ControlNets: 1 where there are; the tokens of each
     *     IP-Adapter's pictures
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(UnetConfig config, UnetChanges changes, Layers layers, int adapters, Shape shape) {
        UnetHalf half = UnetHalf.build(config, changes, layers, adapters, shape, UnaryOperator.identity());
        ControlResiduals residuals = new ControlResiduals(layers, shape.get(CONTROL_RESIDUALS) > 0);
        Deque<Value> skips = new ArrayDeque<>();
        half.skips().forEach(skip -> skips.push(residuals.addedTo(skip)));
        Value x = changes.isShallow() ? half.bottom() : residuals.addedTo(half.bottom());
        UnetBlocks blocks = half.blocks();
        int last = config.up().size() - 1;
        for (int level = last - half.deepest(); level <= last; level++) {
            x = blocks.up(x, level, level < last, skips);
        }
        x = layers.activation(blocks.norm(x, "conv_norm_out"), config.activation());
        layers.output("out_sample", layers.convolution(x, "conv_out", config.outChannels(), config.outKernel()));
        blocks.maps().write(shape.get(HEIGHT), shape.get(WIDTH));
        return layers.finish();
    }
}
