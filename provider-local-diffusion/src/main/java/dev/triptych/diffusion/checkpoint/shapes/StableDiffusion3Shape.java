package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * The config of an {@code SD3Transformer2DModel} from the shapes of its tensors. The length of a head is in them only
 * where queries and keys are normalised; else it is 64.
 */
public final class StableDiffusion3Shape {

    private static final String FIRST = "transformer_blocks.0.";
    private static final int HEAD = 64;

    private StableDiffusion3Shape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        int width = shapes.rows("pos_embed.proj.weight");
        int patch = Math.max(1, shapes.axis("pos_embed.proj.weight", 2));
        int layers = shapes.count("transformer_blocks.");
        boolean normalised = shapes.has(FIRST + "attn.norm_q.weight");
        ObjectNode known = Shapes.object();
        known.put("_class_name", "SD3Transformer2DModel");
        known.put("in_channels", shapes.columns("pos_embed.proj.weight"));
        known.put("out_channels", shapes.rows("proj_out.weight") / (patch * patch));
        known.put("patch_size", patch);
        known.put("num_layers", layers);
        known.put("joint_attention_dim", shapes.columns("context_embedder.weight"));
        known.put("caption_projection_dim", shapes.rows("context_embedder.weight"));
        known.put("pooled_projection_dim", shapes.columns("time_text_embed.text_embedder.linear_1.weight"));
        known.put("pos_embed_max_size", (int) Math.round(Math.sqrt(shapes.axis("pos_embed.pos_embed", 1))));
        ArrayNode dual = known.putArray("dual_attention_layers");
        for (int layer = 0; layer < layers; layer++) {
            if (shapes.anyStarts("transformer_blocks." + layer + ".attn2.")) {
                dual.add(layer);
            }
        }
        ObjectNode usual = Shapes.object();
        usual.put("sample_size", 128);
        if (normalised) {
            known.put("qk_norm", "rms_norm");
        } else {
            known.putNull("qk_norm");
        }
        int head = normalised ? Math.max(1, shapes.rows(FIRST + "attn.norm_q.weight")) : HEAD;
        ObjectNode heads = normalised ? known : usual;
        heads.put("attention_head_dim", head);
        heads.put("num_attention_heads", width / head);
        return new NetworkShape(known, usual, "caption_projection_dim");
    }
}
