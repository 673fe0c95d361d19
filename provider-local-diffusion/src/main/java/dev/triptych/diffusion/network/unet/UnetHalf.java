package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The first half of a U-Net, part of a graph: its inputs, the way down, and the bottom. A U-Net goes up from here; a
 * ControlNet tells what it found.
 */
public final class UnetHalf {

    private final UnetBlocks blocks;
    private final List<Value> skips;
    private final Value bottom;
    private final int deepest;

    private UnetHalf(UnetBlocks blocks, List<Value> skips, Value bottom, int deepest) {
        this.blocks = blocks;
        this.skips = List.copyOf(skips);
        this.bottom = bottom;
        this.deepest = deepest;
    }

    /**
     * Adds the first half of the U-Net of {@code config}, with the inputs {@code sample}, {@code timestep} and what the
     * config asks for.
     *
     * @param shape as {@link Unet#shape} gives it
     * @param first what becomes of what the first convolution gives, [1, channels, height, width]
     */
    public static UnetHalf build(UnetConfig config, Layers layers, Shape shape, UnaryOperator<Value> first) {
        return build(config, UnetChanges.NONE, layers, 0, shape, first);
    }

    static UnetHalf build(
            UnetConfig config,
            UnetChanges changes,
            Layers layers,
            int adapters,
            Shape shape,
            UnaryOperator<Value> first) {
        Value text = config.isUnconditional()
                ? new Value("", 1, 0, 0) // read by nobody
                : layers.input(
                        "encoder_hidden_states",
                        ElementType.FLOAT,
                        layers.pictures(),
                        shape.get(UnetGraph.TOKENS),
                        config.textWidth());
        Value time = new TimeEmbedding(config, layers, shape).build(text);
        Value prompt = config.textProjection()
                ? layers.linear(text, "encoder_hid_proj", config.down().get(0).crossAttentionDim())
                : text;
        UnetBlocks blocks = new UnetBlocks(
                config,
                layers,
                prompt,
                time,
                new ImageAttention(layers, adapters, (int) prompt.dim(2), shape),
                new AdapterFeatures(layers, shape.get(UnetGraph.ADAPTER_FEATURES)),
                changes);
        Value sample = layers.input(
                "sample",
                ElementType.FLOAT,
                layers.pictures(),
                config.inChannels(),
                shape.get(UnetGraph.HEIGHT),
                shape.get(UnetGraph.WIDTH));
        if (config.centerInput()) {
            sample = layers.affine(sample, 2, -1);
        }
        Deque<Value> skips = new ArrayDeque<>();
        Value x = first.apply(
                layers.convolution(sample, "conv_in", config.down().get(0).channels(), config.inKernel()));
        skips.push(x);
        int last = config.down().size() - 1;
        int deepest = changes.isShallow() ? changes.cut().get().block() : last;
        for (int level = 0; level <= deepest; level++) {
            x = blocks.down(x, level, level < last, skips);
        }
        if (config.middle().isPresent() && !changes.isShallow()) {
            x = blocks.middle(x, config.middle().get());
        }
        List<Value> inOrder = new ArrayList<>(skips);
        Collections.reverse(inOrder);
        return new UnetHalf(blocks, inOrder, x, deepest);
    }

    /** What the way up will meet again, in the order of the way down. */
    public List<Value> skips() {
        return skips;
    }

    /** What comes out at the bottom. */
    public Value bottom() {
        return bottom;
    }

    /** The deepest level that it reaches: the last one, where nothing is left out. */
    int deepest() {
        return deepest;
    }

    /** The blocks to go up with. */
    UnetBlocks blocks() {
        return blocks;
    }
}
