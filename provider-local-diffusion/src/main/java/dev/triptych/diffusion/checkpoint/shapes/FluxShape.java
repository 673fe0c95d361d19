package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** The config of a {@code FluxTransformer2DModel} from the shapes of its tensors. */
public final class FluxShape {

    private static final String FIRST = "transformer_blocks.0.";

    private FluxShape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        int head = Math.max(1, shapes.rows(FIRST + "attn.norm_q.weight"));
        int in = shapes.columns("x_embedder.weight");
        int out = shapes.rows("proj_out.weight");
        ObjectNode known = Shapes.object();
        known.put("_class_name", "FluxTransformer2DModel");
        known.put("in_channels", in);
        if (out != in) {
            known.put("out_channels", out);
        }
        known.put("num_layers", shapes.count("transformer_blocks."));
        known.put("num_single_layers", shapes.count("single_transformer_blocks."));
        known.put("attention_head_dim", head);
        known.put("num_attention_heads", shapes.rows("x_embedder.weight") / head);
        known.put("joint_attention_dim", shapes.columns("context_embedder.weight"));
        known.put("pooled_projection_dim", shapes.columns("time_text_embed.text_embedder.linear_1.weight"));
        known.put("guidance_embeds", shapes.has("time_text_embed.guidance_embedder.linear_1.weight"));
        ObjectNode usual = Shapes.object();
        usual.put("patch_size", 1);
        usual.putArray("axes_dims_rope").add(16).add(56).add(56);
        return new NetworkShape(known, usual, "attention_head_dim");
    }
}
