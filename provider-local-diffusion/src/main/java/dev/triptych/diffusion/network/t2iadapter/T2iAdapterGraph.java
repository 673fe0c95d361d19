package dev.triptych.diffusion.network.t2iadapter;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapterConfig.Block;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapterConfig.Kind;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;

/**
 * The graph of a {@code T2IAdapter} as diffusers 0.36 computes it (models/adapter.py): Mou et al., "T2I-Adapter"
 * (2023).
 *
 * <p>Input: {@code picture} [1, inChannels, height, width] in [0, 1]. Outputs: {@code feature.0} … [1, channels,
 * height, width], one of each block.
 */
final class T2iAdapterGraph {

    private final T2iAdapterConfig config;
    private final Layers layers;

    private T2iAdapterGraph(T2iAdapterConfig config, Weights weights) {
        this.config = config;
        this.layers = new Layers("t2i_adapter", weights);
    }

    /**
     * Builds the graph for one shape.
     *
     * @param shape height and width in pixels, multiples of the config's downscale factor
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(T2iAdapterConfig config, Weights weights, Shape shape) {
        return new T2iAdapterGraph(config, weights).build(shape.get("height"), shape.get("width"));
    }

    /** The output for the feature {@code index}. */
    static String feature(int index) {
        return "feature." + index;
    }

    private ModelGraph build(int height, int width) {
        Value x = folded(layers.input("picture", ElementType.FLOAT, 1, config.inChannels(), height, width));
        if (config.kind() != Kind.LIGHT) {
            x = layers.convolution(x, "adapter.conv_in", config.channels().get(0), 3);
        }
        List<Block> blocks = config.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            x = block(x, "adapter.body." + i, blocks.get(i));
            layers.output(feature(i), x);
        }
        return layers.finish();
    }

    /** The pixels of each square as channels: channel c · f² + y · f + x, as torch's {@code PixelUnshuffle} has it. */
    private Value folded(Value picture) {
        long factor = config.downscaleFactor();
        long height = picture.dim(2) / factor;
        long width = picture.dim(3) / factor;
        Value squares = layers.reshape(picture, 1, picture.dim(1), height, factor, width, factor);
        String channels =
                layers.graph().node("Transpose", List.of(squares.name()), Attribute.ofList("perm", 0, 1, 3, 5, 2, 4));
        return layers.reshape(
                new Value(channels, 1, picture.dim(1), factor, factor, height, width),
                1,
                picture.dim(1) * factor * factor,
                height,
                width);
    }

    private Value block(Value input, String prefix, Block block) {
        boolean light = config.kind() == Kind.LIGHT;
        long inner = light ? block.out() / 4 : block.out();
        Value x = block.halves() ? halved(input) : input;
        if (light || block.in() != block.out()) {
            x = layers.convolution(x, prefix + ".in_conv", inner, 1);
        }
        for (int i = 0; i < config.residualBlocks(); i++) {
            String resnet = prefix + ".resnets." + i;
            Value hidden = layers.activation(layers.convolution(x, resnet + ".block1", inner, 3), "relu");
            x = layers.add(layers.convolution(hidden, resnet + ".block2", inner, light ? 3 : 1), x);
        }
        return light ? layers.convolution(x, prefix + ".out_conv", block.out(), 1) : x;
    }

    /** The mean of each four pixels; of an odd edge the last mean is of those that are there. */
    private Value halved(Value x) {
        String y = layers.graph()
                .node(
                        "AveragePool",
                        List.of(x.name()),
                        Attribute.ofList("kernel_shape", 2, 2),
                        Attribute.ofList("strides", 2, 2),
                        Attribute.of("ceil_mode", 1));
        return new Value(y, 1, x.dim(1), (x.dim(2) + 1) / 2, (x.dim(3) + 1) / 2);
    }
}
