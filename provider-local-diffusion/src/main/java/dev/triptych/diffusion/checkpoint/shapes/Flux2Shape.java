package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** The config of a {@code Flux2Transformer2DModel} from the shapes of its tensors. */
public final class Flux2Shape {

    private static final String FIRST = "transformer_blocks.0.";

    private Flux2Shape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        int head = Math.max(1, shapes.rows(FIRST + "attn.norm_q.weight"));
        int width = Math.max(1, shapes.rows("x_embedder.weight"));
        ObjectNode known = Shapes.object();
        known.put("_class_name", "Flux2Transformer2DModel");
        known.put("in_channels", shapes.columns("x_embedder.weight"));
        known.put("num_layers", shapes.count("transformer_blocks."));
        known.put("num_single_layers", shapes.count("single_transformer_blocks."));
        known.put("attention_head_dim", head);
        known.put("num_attention_heads", width / head);
        known.put("joint_attention_dim", shapes.columns("context_embedder.weight"));
        known.put("mlp_ratio", (double) shapes.columns(FIRST + "ff.linear_out.weight") / width);
        known.put(
                "timestep_guidance_channels", shapes.columns("time_guidance_embed.timestep_embedder.linear_1.weight"));
        known.put("guidance_embeds", shapes.has("time_guidance_embed.guidance_embedder.linear_1.weight"));
        ObjectNode usual = Shapes.object();
        usual.put("patch_size", 1);
        usual.put("eps", 1e-6);
        usual.put("rope_theta", 2000);
        usual.putArray("axes_dims_rope").add(32).add(32).add(32).add(32);
        return new NetworkShape(known, usual, "attention_head_dim");
    }
}
