package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** The config of an {@code AutoencoderTiny} from the shapes of its tensors: all known ones have the usual depths. */
public final class TinyVaeShape {

    private static final int LEVELS = 4;

    private TinyVaeShape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        ObjectNode config = Shapes.object();
        config.put("_class_name", "AutoencoderTiny");
        boolean decodes = shapes.has("decoder.layers.0.weight");
        int last = shapes.count("encoder.layers.") - 1;
        config.put(
                "latent_channels",
                decodes
                        ? shapes.columns("decoder.layers.0.weight")
                        : shapes.rows("encoder.layers." + last + ".weight"));
        int width = shapes.rows(decodes ? "decoder.layers.0.weight" : "encoder.layers.0.weight");
        for (int i = 0; i < LEVELS; i++) {
            config.withArray("encoder_block_out_channels").add(width);
            config.withArray("decoder_block_out_channels").add(width);
        }
        return new NetworkShape(config, Shapes.object(), "_class_name");
    }
}
