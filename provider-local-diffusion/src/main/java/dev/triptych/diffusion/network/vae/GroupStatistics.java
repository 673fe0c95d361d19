package dev.triptych.diffusion.network.vae;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the group normalisations of an autoencoder take mean and variance from. A picture that is worked on in tiles
 * looks the same in each only if all tiles are normalised alike: with the numbers of the whole picture, as a smaller
 * copy of it tells them, instead of each tile's own. Not thread-safe: it serves one graph.
 *
 * <p>All numbers of a graph stand in one vector: for each normalisation in the order of the graph its means, a group
 * each, then its variances.
 */
abstract class GroupStatistics {

    /** The vector's name, as an input or as an output. */
    static final String NAME = "group_statistics";

    /** The normalisation of {@code x}, a picture, without scale and shift of the layer {@code prefix}. */
    abstract Value normalised(Layers layers, Value x, String prefix, int groups, float epsilon);

    /** Adds what the graph tells beside its result. */
    void finish(Layers layers) {}

    /** Each layer its own, as ever. */
    static GroupStatistics own() {
        return new GroupStatistics() {
            @Override
            Value normalised(Layers layers, Value x, String prefix, int groups, float epsilon) {
                return layers.groupNorm(x, prefix, groups, epsilon);
            }
        };
    }

    /** Each layer its own, and told as an output. */
    static GroupStatistics told() {
        return new Told();
    }

    /** Those of an input, {@code count} numbers. */
    static GroupStatistics given(int count) {
        return new Given(count);
    }

    private static final class Told extends GroupStatistics {
        private final List<Value> numbers = new ArrayList<>();

        @Override
        Value normalised(Layers layers, Value x, String prefix, int groups, float epsilon) {
            Value grouped = layers.reshape(x, groups, x.dim(1) / groups * x.dim(2) * x.dim(3));
            Value mean = mean(layers, grouped);
            Value centred = grouped.like(layers.graph().node("Sub", List.of(grouped.name(), mean.name())));
            numbers.add(layers.reshape(mean, groups));
            numbers.add(layers.reshape(mean(layers, layers.multiply(centred, centred)), groups));
            return layers.groupNorm(x, prefix, groups, epsilon);
        }

        private static Value mean(Layers layers, Value rows) {
            String mean = layers.graph()
                    .node("ReduceMean", List.of(rows.name(), layers.graph().constant(1)), Attribute.of("keepdims", 1));
            return new Value(mean, rows.dim(0), 1);
        }

        @Override
        void finish(Layers layers) {
            String all = layers.graph()
                    .node("Concat", numbers.stream().map(Value::name).toList(), Attribute.of("axis", 0));
            layers.output(
                    NAME,
                    new Value(
                            all, numbers.stream().mapToLong(each -> each.dim(0)).sum()));
        }
    }

    private static final class Given extends GroupStatistics {
        private final int count;
        private Value all = new Value("", 0);
        private long next;

        Given(int count) {
            this.count = count;
        }

        /** {@code x · scale + shift} for each channel: two passes over the picture. */
        @Override
        Value normalised(Layers layers, Value x, String prefix, int groups, float epsilon) {
            if (next == 0) {
                all = layers.input(NAME, ElementType.FLOAT, count);
            }
            long channels = x.dim(1);
            Value mean = perChannel(layers, take(layers, groups), channels);
            Value variance = layers.affine(take(layers, groups), 1, epsilon);
            Value deviation = perChannel(layers, layers.unary("Sqrt", variance), channels);
            Value weight = layers.weights().perChannel(prefix + ".weight", channels);
            Value bias = layers.weights().perChannel(prefix + ".bias", channels);
            Value scale = weight.like(layers.graph().node("Div", List.of(weight.name(), deviation.name())));
            Value moved = layers.multiply(scale, mean);
            Value shift = bias.like(layers.graph().node("Sub", List.of(bias.name(), moved.name())));
            return layers.add(layers.multiply(x, scale), shift);
        }

        private Value take(Layers layers, int groups) {
            String part = layers.graph()
                    .node(
                            "Slice",
                            List.of(
                                    all.name(),
                                    layers.graph().constant(next),
                                    layers.graph().constant(next + groups)));
            next += groups;
            return new Value(part, groups);
        }

        /** A number for each group as one for each channel, [channels, 1, 1]. */
        private static Value perChannel(Layers layers, Value perGroup, long channels) {
            long groups = perGroup.dim(0);
            Value column = layers.reshape(perGroup, groups, 1);
            String repeated = layers.graph()
                    .node("Expand", List.of(column.name(), layers.graph().constant(groups, channels / groups)));
            return layers.reshape(new Value(repeated, groups, channels / groups), channels, 1, 1);
        }
    }
}
