package dev.triptych.diffusion.network.rrdb;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
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
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * An upscaler: residual-in-residual dense blocks, then two enlargements by two (Wang et al., "ESRGAN", 2018;
 * XPixelGroup/ BasicSR, {@code basicsr/archs/rrdbnet_arch.py}). Those for less than four times begin by folding pixels
 * into channels. Widths and depths are read off the weights. Immutable.
 */
public final class Rrdb implements Network {

    private static final float SLOPE = 0.2f;
    private static final float RESIDUAL = 0.2f;
    private static final int ENLARGEMENT = 4;
    private static final int COLOURS = 3;

    private final Weights weights;
    private final int fold;
    private final int channels;
    private final int growth;
    private final int blocks;

    private Rrdb(Weights weights) {
        this.weights = weights;
        List<Long> first = dims("conv_first.weight");
        this.channels = Math.toIntExact(first.get(0));
        long inputs = first.get(1);
        this.fold = inputs == COLOURS ? 1 : inputs == 4 * COLOURS ? 2 : inputs == 16 * COLOURS ? 4 : 0;
        if (fold == 0) {
            throw new ModelLoadException(weights.source() + ": tensor conv_first.weight must take 3, 12 or 48 channels"
                    + " but takes " + inputs);
        }
        this.growth = Math.toIntExact(dims("body.0.rdb1.conv1.weight").get(0));
        int count = 0;
        while (weights.has("body." + count + ".rdb1.conv1.weight")) {
            count++;
        }
        this.blocks = count;
    }

    private List<Long> dims(String name) {
        List<Long> dims = weights.tensor(name).orElseThrow().dims();
        if (dims.size() != 4) {
            throw new ModelLoadException(
                    weights.source() + ": tensor " + name + " must have 4 axes but has the shape " + dims);
        }
        return dims;
    }

    /**
     * The upscaler in {@code file}: safetensors, or a pickle such as {@code RealESRGAN_x4plus.pth}.
     *
     * @throws ModelLoadException if the file is damaged or holds something else
     */
    public static Rrdb open(Path file) {
        return of(Weights.open(List.of(file), file.toString()));
    }

    /** The upscaler of these weights. */
    static Rrdb of(Weights weights) {
        return new Rrdb(RrdbNames.of(weights));
    }

    /** How many times as large pictures become, along each edge: 1, 2 or 4. */
    public int scale() {
        return ENLARGEMENT / fold;
    }

    /** What both edges must be multiples of. */
    public int fold() {
        return fold;
    }

    /**
     * A picture enlarged.
     *
     * @param pixels [1, 3, height, width] in [0, 1], both edges multiples of {@link #fold()}
     * @return [3, height · scale, width · scale], about in [0, 1]
     */
    public float[] enlarge(Engine engine, Tensor pixels, Cancellation cancellation) {
        Shape shape = Shape.of((int) pixels.shape()[2], (int) pixels.shape()[3]);
        return Objects.requireNonNull(
                        engine.run(this, shape, Map.of("pixels", pixels), Set.of("enlarged"), cancellation)
                                .get("enlarged"))
                .values();
    }

    @Override
    public String label() {
        return "upscaler";
    }

    @Override
    public String source() {
        return weights.source();
    }

    @Override
    public String identity() {
        return "rrdb " + weights.identity();
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.MOMENTARY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        Layers layers = new Layers("rrdb", weights);
        Value x = layers.input("pixels", ElementType.FLOAT, 1, COLOURS, shape.get("height"), shape.get("width"));
        Value first = layers.convolution(folded(layers, x), "conv_first", channels, 3);
        x = first;
        for (int i = 0; i < blocks; i++) {
            x = block(layers, x, "body." + i);
        }
        x = layers.add(layers.convolution(x, "conv_body", channels, 3), first);
        for (String up : List.of("conv_up1", "conv_up2")) {
            x = layers.resize(x, 2 * x.dim(2), 2 * x.dim(3));
            x = activated(layers, layers.convolution(x, up, channels, 3));
        }
        x = activated(layers, layers.convolution(x, "conv_hr", channels, 3));
        layers.output("enlarged", layers.convolution(x, "conv_last", COLOURS, 3));
        return layers.finish();
    }

    /** Each square of pixels as channels, in torch's order: colour, row, column. */
    private Value folded(Layers layers, Value x) {
        if (fold == 1) {
            return x;
        }
        long height = x.dim(2) / fold;
        long width = x.dim(3) / fold;
        Value split = layers.reshape(x, 1, COLOURS, height, fold, width, fold);
        String moved =
                layers.graph().node("Transpose", List.of(split.name()), Attribute.ofList("perm", 0, 1, 3, 5, 2, 4));
        return layers.reshape(
                new Value(moved, 1, COLOURS, fold, fold, height, width),
                1,
                (long) COLOURS * fold * fold,
                height,
                width);
    }

    private Value block(Layers layers, Value input, String prefix) {
        Value x = input;
        for (int i = 1; i <= 3; i++) {
            x = dense(layers, x, prefix + ".rdb" + i);
        }
        return layers.add(layers.affine(x, RESIDUAL, 0), input);
    }

    /** Each convolution sees the block's input and what all before it made. */
    private Value dense(Layers layers, Value input, String prefix) {
        Value seen = input;
        for (int i = 1; i <= 4; i++) {
            Value made = activated(layers, layers.convolution(seen, prefix + ".conv" + i, growth, 3));
            seen = layers.concatChannels(seen, made);
        }
        Value made = layers.convolution(seen, prefix + ".conv5", channels, 3);
        return layers.add(layers.affine(made, RESIDUAL, 0), input);
    }

    private static Value activated(Layers layers, Value x) {
        return x.like(layers.graph().node("LeakyRelu", List.of(x.name()), Attribute.of("alpha", SLOPE)));
    }
}
