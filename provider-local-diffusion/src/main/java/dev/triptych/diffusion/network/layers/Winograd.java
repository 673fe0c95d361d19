package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.KernelWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A 3×3 convolution by Winograd's minimal filtering: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
 * Networks", equations 8 and 12. Each tile of m × m results takes (m + 2)² products instead of 9 · m²:
 *
 * <pre>
 * Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A     g: a kernel, d: a tile of the picture with its surroundings, Y: a tile of results
 * </pre>
 *
 * The products of all channels are (m + 2)² products of matrices. What was measured on two cores, of the time of a
 * direct convolution: F(2×2) 0.53 with 1280 channels of 16², 0.55 with 640 of 32², 1.08 with 1280 of 8²; F(4×4) 0.51
 * with 320 of 64², 0.55 with 512 of 64², 0.48 with 512 of 128², 0.60 with 256 of 256², 0.95 with 128 of 512².
 * Differences are at most 1e-6 and 1e-5 of the largest result. Kernels take 16/9 and 4 times the memory.
 */
final class Winograd {

    /** Smaller products gain less than the transformations cost. */
    private static final long CHANNELS = 256;

    /** Of how many pixels each kind wants a picture at least. */
    private static final long PIXELS_2 = 256;

    private static final long PIXELS_4 = 4096;

    /** Transformed pictures are up to four times as large, and memory is not free: 128 MB before it. */
    private static final long ELEMENTS = 1 << 25;

    private static final Winograd F2 = new Winograd(
            2,
            new double[][] {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
            new double[][] {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
            new double[][] {{1, 1, 1, 0}, {0, 1, -1, -1}});

    private static final Winograd F4 = new Winograd(
            4,
            new double[][] {
                {4, 0, -5, 0, 1, 0},
                {0, -4, -4, 1, 1, 0},
                {0, 4, -4, -1, 1, 0},
                {0, -2, -1, 2, 1, 0},
                {0, 2, -1, -2, 1, 0},
                {0, 4, 0, -5, 0, 1}
            },
            new double[][] {
                {1 / 4.0, 0, 0},
                {-1 / 6.0, -1 / 6.0, -1 / 6.0},
                {-1 / 6.0, 1 / 6.0, -1 / 6.0},
                {1 / 24.0, 1 / 12.0, 1 / 6.0},
                {1 / 24.0, -1 / 12.0, 1 / 6.0},
                {0, 0, 1}
            },
            new double[][] {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}});

    private final int tile;
    private final int window;
    private final float[] inputs;
    private final float[] outputs;
    private final KernelWeight.Form kernels;

    /**
     * @param tile m
     * @param b Bᵀ
     * @param g G
     * @param a Aᵀ
     */
    private Winograd(int tile, double[][] b, double[][] g, double[][] a) {
        this.tile = tile;
        this.window = tile + 2;
        this.inputs = flat(twoDimensional(b));
        this.outputs = flat(twoDimensional(a));
        this.kernels =
                new KernelWeight.Form("F" + tile, rows(twoDimensional(g)), true, List.of((long) window * window));
    }

    /** The kind that is faster than a direct convolution of {@code x} to {@code out} channels, if there is one. */
    static Optional<Winograd> of(Value x, long out) {
        long pixels = x.dim(2) * x.dim(3);
        boolean isWorthIt = Math.min(x.dim(1), out) >= CHANNELS && Math.max(x.dim(1), out) * pixels <= ELEMENTS;
        if (!isWorthIt) {
            return Optional.empty();
        }
        if (pixels >= PIXELS_4) {
            return F4.divides(x) ? Optional.of(F4) : F2.ifItDivides(x);
        }
        return pixels >= PIXELS_2 ? F2.ifItDivides(x) : Optional.empty();
    }

    private Optional<Winograd> ifItDivides(Value x) {
        return divides(x) ? Optional.of(this) : Optional.empty();
    }

    private boolean divides(Value x) {
        return x.dim(2) % tile == 0 && x.dim(3) % tile == 0;
    }

    /** The convolution, without bias, as a value [1, out, height, width]. */
    Value convolution(Layers layers, Value x, String weight, long out) {
        GraphBuilder graph = layers.graph();
        long in = x.dim(1);
        long height = x.dim(2) / tile;
        long width = x.dim(3) / tile;
        long squares = (long) window * window;
        // Bᵀ d B of every tile: a convolution of each channel by itself with as many kernels as a window has elements.
        String windows = graph.node(
                "Conv",
                List.of(x.name(), forEachChannel(layers, in)),
                Attribute.of("group", in),
                Attribute.ofList("kernel_shape", window, window),
                Attribute.ofList("strides", tile, tile),
                Attribute.ofList("pads", 1, 1, 1, 1));
        Value byChannel =
                layers.reshape(new Value(windows, 1, in * squares, height, width), in, squares, height * width);
        String byElement = graph.node("Transpose", List.of(byChannel.name()), Attribute.ofList("perm", 1, 0, 2));
        Value kernel = layers.weights().kernels(weight, kernels, out, in, 3, 3);
        Value products =
                new Value(graph.node("MatMul", List.of(kernel.name(), byElement)), squares, out, height * width);
        Value stacked = layers.reshape(products, squares, out * height * width);
        String matrix = graph.constant(List.of((long) tile * tile, squares), outputs);
        Value tiles = layers.reshape(
                new Value(graph.node("MatMul", List.of(matrix, stacked.name()))),
                1,
                (long) tile * tile * out,
                height,
                width);
        return layers.depthToSpace(tiles, tile);
    }

    private String forEachChannel(Layers layers, long channels) {
        return layers.once("windows F" + tile + " of " + channels, () -> {
            String one =
                    layers.graph().constant(List.of((long) window * window, 1L, (long) window, (long) window), inputs);
            return layers.graph().node("Tile", List.of(one, layers.graph().constant(channels, 1, 1, 1)));
        });
    }

    /**
     * M ⊗ M: what multiplies a matrix by M from the left and by its transpose from the right, as vectors row by row.
     */
    private static double[][] twoDimensional(double[][] m) {
        int rows = m.length;
        int columns = m[0].length;
        double[][] product = new double[rows * rows][columns * columns];
        for (int row = 0; row < rows * rows; row++) {
            for (int column = 0; column < columns * columns; column++) {
                product[row][column] = m[row / rows][column / columns] * m[row % rows][column % columns];
            }
        }
        return product;
    }

    private static List<List<Float>> rows(double[][] matrix) {
        List<List<Float>> rows = new ArrayList<>();
        for (double[] row : matrix) {
            List<Float> floats = new ArrayList<>();
            for (double value : row) {
                floats.add((float) value);
            }
            rows.add(floats);
        }
        return rows;
    }

    private static float[] flat(double[][] matrix) {
        float[] flat = new float[matrix.length * matrix[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) matrix[i / matrix[0].length][i % matrix[0].length];
        }
        return flat;
    }
}
