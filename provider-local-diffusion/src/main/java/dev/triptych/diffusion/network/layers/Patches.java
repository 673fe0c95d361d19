package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import java.util.List;

/** Pictures as tokens of square patches, row by row, and back. Stateless. */
public final class Patches {

    private Patches() {}

    /** How the values of a patch follow each other in a token. */
    public enum Order {
        /** Channel, then row, then column. */
        CHANNEL_FIRST,
        /** Row, then column, then channel. */
        CHANNEL_LAST
    }

    /** [1, channels, height, width] as [1, tokens, size² · channels]. */
    public static Value toTokens(Layers layers, Value picture, long size, Order order) {
        long channels = picture.dim(1);
        long rows = picture.dim(2) / size;
        long columns = picture.dim(3) / size;
        Value apart = layers.reshape(picture, channels, rows, size, columns, size);
        String moved = order == Order.CHANNEL_FIRST
                ? transposed(layers, apart, 1, 3, 0, 2, 4)
                : transposed(layers, apart, 1, 3, 2, 4, 0);
        long width = size * size * channels;
        return layers.reshape(new Value(moved, rows * columns, width), 1, rows * columns, width);
    }

    /**
     * [1, tokens, size² · channels] as [1, channels, height, width].
     *
     * @param grid a value whose axes 2 and 3 are as long as the rows and columns of patches
     */
    public static Value toPicture(Layers layers, Value tokens, long size, Value grid, Order order) {
        return toPicture(layers, tokens, size, grid.dim(2), grid.dim(3), order);
    }

    /** The same of {@code rows} rows of patches. */
    public static Value toPicture(Layers layers, Value tokens, long size, long rows, long columns, Order order) {
        long channels = Layers.last(tokens) / (size * size);
        String moved = order == Order.CHANNEL_FIRST
                ? transposed(layers, layers.reshape(tokens, rows, columns, channels, size, size), 2, 0, 3, 1, 4)
                : transposed(layers, layers.reshape(tokens, rows, columns, size, size, channels), 4, 0, 2, 1, 3);
        long height = rows * size;
        long width = columns * size;
        return layers.reshape(new Value(moved, channels, height, width), 1, channels, height, width);
    }

    private static String transposed(Layers layers, Value x, long... axes) {
        return layers.graph().node("Transpose", List.of(x.name()), Attribute.ofList("perm", axes));
    }
}
