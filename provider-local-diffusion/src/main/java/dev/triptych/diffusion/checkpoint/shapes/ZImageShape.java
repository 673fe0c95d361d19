package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** The config of a {@code ZImageTransformer2DModel} from the shapes of its tensors. */
public final class ZImageShape {

    private static final String PATCHES = "all_x_embedder.2-1.weight";
    private static final int PATCH = 2;

    private ZImageShape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        int width = shapes.rows(PATCHES);
        int head = Math.max(1, shapes.rows("layers.0.attention.norm_q.weight"));
        ObjectNode known = Shapes.object();
        known.put("_class_name", "ZImageTransformer2DModel");
        known.put("in_channels", shapes.columns(PATCHES) / (PATCH * PATCH));
        known.put("dim", width);
        known.put("cap_feat_dim", shapes.columns("cap_embedder.1.weight"));
        known.put("n_layers", shapes.count("layers."));
        known.put("n_refiner_layers", shapes.count("noise_refiner."));
        known.put("n_heads", width / head);
        known.put("n_kv_heads", shapes.rows("layers.0.attention.to_k.weight") / head);
        known.put("qk_norm", shapes.has("layers.0.attention.norm_q.weight"));
        known.putArray("all_patch_size").add(PATCH);
        known.putArray("all_f_patch_size").add(1);
        ObjectNode usual = Shapes.object();
        usual.put("norm_eps", 1e-5);
        usual.put("rope_theta", 256.0);
        usual.put("t_scale", 1000.0);
        usual.putArray("axes_dims").add(32).add(48).add(48);
        usual.putArray("axes_lens").add(1536).add(512).add(512);
        return new NetworkShape(known, usual, "dim");
    }
}
