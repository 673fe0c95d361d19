package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** The config of a {@code T5EncoderModel} from the shapes of its tensors. */
public final class T5Shape {

    private static final String ATTENTION = "encoder.block.0.layer.0.SelfAttention.";
    private static final String DENSE = "encoder.block.0.layer.1.DenseReluDense.";

    private T5Shape() {}

    /** Reads the shapes, by the names of transformers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        boolean gated = shapes.has(DENSE + "wi_0.weight");
        int heads = Math.max(1, shapes.columns(ATTENTION + "relative_attention_bias.weight"));
        ObjectNode known = Shapes.object();
        known.put("model_type", "t5");
        known.put("vocab_size", shapes.rows("shared.weight"));
        known.put("d_model", shapes.columns("shared.weight"));
        known.put("num_layers", shapes.count("encoder.block."));
        known.put("num_heads", heads);
        known.put("d_kv", shapes.rows(ATTENTION + "q.weight") / heads);
        known.put("d_ff", shapes.rows(DENSE + (gated ? "wi_0.weight" : "wi.weight")));
        known.put("is_gated_act", gated);
        known.put("feed_forward_proj", gated ? "gated-gelu" : "relu");
        known.put("relative_attention_num_buckets", shapes.rows(ATTENTION + "relative_attention_bias.weight"));
        ObjectNode usual = Shapes.object();
        usual.put("relative_attention_max_distance", 128);
        usual.put("layer_norm_epsilon", 1e-6);
        return new NetworkShape(known, usual, "d_model");
    }
}
