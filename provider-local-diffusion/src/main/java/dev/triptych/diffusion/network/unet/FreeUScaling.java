package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetChanges.FreeU;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.util.List;
import java.util.Optional;

/**
 * FreeU before each residual block of the two deepest levels on the way up. Reference: diffusers 0.36,
 * {@code apply_freeu} and {@code fourier_filter} of utils/torch_utils.py.
 *
 * <p>The filter scales the bins 0 and −1 of both axes of a picture's Fourier transform and keeps the real part. With
 * H×W pixels, that is {@code x + (s − 1) / HW · Σ (cos θ ⟨x, cos θ⟩ + sin θ ⟨x, sin θ⟩)} over the four bins (u, v),
 * with {@code θ = 2π (u · row / H + v · column / W)}: two products with one small matrix instead of a transform.
 */
final class FreeUScaling {

    private final Layers layers;
    private final Optional<FreeU> weights;

    FreeUScaling(Layers layers, Optional<FreeU> weights) {
        this.layers = layers;
        this.weights = weights;
    }

    /** What comes from below, on the level {@code level} of the way up. */
    Value backbone(Value x, int level) {
        if (weights.isEmpty() || level > 1) {
            return x;
        }
        float weight = level == 0 ? weights.get().backbone1() : weights.get().backbone2();
        long half = x.dim(1) / 2;
        Value scaled = layers.affine(layers.channels(x, 0, half), weight, 0);
        return layers.concatChannels(scaled, layers.channels(x, half, x.dim(1) - half));
    }

    /** What comes from the way down, on the level {@code level} of the way up. */
    Value skip(Value x, int level) {
        if (weights.isEmpty() || level > 1) {
            return x;
        }
        float weight = level == 0 ? weights.get().skip1() : weights.get().skip2();
        int height = (int) x.dim(2);
        int width = (int) x.dim(3);
        float[] waves = waves(height, width);
        int pixels = height * width;
        long count = waves.length / pixels;
        GraphBuilder graph = layers.graph();
        Value flat = layers.reshape(x, x.dim(0), x.dim(1), pixels);
        String basis = graph.constant(List.of((long) pixels, count), waves);
        String parts = graph.node("MatMul", List.of(flat.name(), basis));
        String low = graph.node(
                GraphBuilder.MICROSOFT,
                "FusedMatMul",
                List.of(parts, basis),
                Attribute.of("transB", 1),
                Attribute.of("alpha", (weight - 1) / pixels));
        return layers.reshape(layers.add(flat, flat.like(low)), x.dims());
    }

    /** The cosines and sines of the four bins, [pixels, waves]; sines that are 0 everywhere are left out. */
    static float[] waves(int height, int width) {
        int[] rows = height > 1 ? new int[] {0, -1} : new int[] {0};
        int[] columns = width > 1 ? new int[] {0, -1} : new int[] {0};
        int count = 2 * rows.length * columns.length - 1;
        float[] waves = new float[height * width * count];
        for (int pixel = 0; pixel < height * width; pixel++) {
            int at = pixel * count;
            int y = pixel / width;
            int x = pixel % width;
            for (int u : rows) {
                for (int v : columns) {
                    double angle = 2 * Math.PI * ((double) u * y / height + (double) v * x / width);
                    waves[at++] = (float) Math.cos(angle);
                    if (u != 0 || v != 0) {
                        waves[at++] = (float) Math.sin(angle);
                    }
                }
            }
        }
        return waves;
    }
}
