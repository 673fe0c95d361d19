package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * The config of a {@code ControlNetModel} from the shapes of its tensors: that of the U-Net whose first half it has,
 * and the widths of the convolutions that read the control picture.
 */
public final class ControlnetShape {

    private static final String HINT = "controlnet_cond_embedding.";

    private ControlnetShape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        NetworkShape half = UnetShape.of(byName);
        Shapes shapes = new Shapes(byName);
        ObjectNode known = half.known().deepCopy();
        known.put("_class_name", "ControlNetModel");
        known.remove(List.of("out_channels", "conv_out_kernel", "up_block_types"));
        known.put("conditioning_channels", shapes.columns(HINT + "conv_in.weight"));
        ArrayNode widths = known.putArray("conditioning_embedding_out_channels");
        widths.add(shapes.rows(HINT + "conv_in.weight"));
        for (int i = 1; i < shapes.count(HINT + "blocks."); i += 2) {
            widths.add(shapes.rows(HINT + "blocks." + i + ".weight"));
        }
        return new NetworkShape(known, half.usual(), half.mark());
    }
}
