package dev.triptych.diffusion.network.ipadapter;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Map;

/**
 * The sizes of an image projection, which have no config: read off the shapes of its tensors.
 *
 * @param input the length of what it reads
 * @param output the length of the tokens that it gives
 * @param tokens how many it gives of a picture; 0 where it gives as many as it reads
 * @param hidden the width in which a Plus one computes; the output's width else
 * @param layers of a Plus one; else 0
 */
record ImageProjectionSize(int input, int output, int tokens, int hidden, int layers) {

    static ImageProjectionSize of(ImageProjectionKind kind, Weights weights) {
        Map<String, List<Long>> shapes = weights.shapes();
        Shapes read = new Shapes(weights.source(), shapes);
        return switch (kind) {
            case PLAIN -> {
                int output = read.axis("norm.weight", 0);
                int rows = read.axis("proj.weight", 0);
                yield new ImageProjectionSize(read.axis("proj.weight", 1), output, rows / output, output, 0);
            }
            case FULL -> {
                int output = read.axis("proj.3.weight", 0);
                yield new ImageProjectionSize(read.axis("proj.0.weight", 1), output, 0, output, 0);
            }
            case PLUS -> {
                int layers = 0;
                while (shapes.containsKey("layers." + layers + ".0.to_q.weight")) {
                    layers++;
                }
                yield new ImageProjectionSize(
                        read.axis("proj_in.weight", 1),
                        read.axis("norm_out.weight", 0),
                        read.axis("latents", 1),
                        read.axis("latents", 2),
                        layers);
            }
        };
    }

    private record Shapes(String source, Map<String, List<Long>> shapes) {

        int axis(String name, int axis) {
            List<Long> shape = shapes.getOrDefault(name, List.of());
            if (shape.size() <= axis || shape.get(axis) < 1) {
                throw new ModelLoadException(source + " must hold image_proj." + name + " with " + (axis + 1)
                        + " axes or more but "
                        + (shapes.containsKey(name) ? "it has the shape " + shape : "does not"));
            }
            return Math.toIntExact(shape.get(axis));
        }
    }
}
