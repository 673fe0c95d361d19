package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * The config of a language model that serves as a text encoder, from the shapes of its tensors: Qwen3 where queries and
 * keys are normalised, Qwen2 where keys have a bias, else Llama or Mistral. The length of a head is in them for Qwen3
 * alone; the others have 128.
 */
public final class LanguageModelShape {

    private static final String FIRST = "model.layers.0.";
    private static final int HEAD = 128;

    private LanguageModelShape() {}

    /** Reads the shapes, by the names of transformers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        boolean third = shapes.has(FIRST + "self_attn.q_norm.weight");
        boolean second = shapes.has(FIRST + "self_attn.k_proj.bias");
        int head = third ? Math.max(1, shapes.rows(FIRST + "self_attn.q_norm.weight")) : HEAD;
        ObjectNode known = Shapes.object();
        known.put("model_type", third ? "qwen3" : second ? "qwen2" : "llama");
        known.put("vocab_size", shapes.rows("model.embed_tokens.weight"));
        known.put("hidden_size", shapes.columns("model.embed_tokens.weight"));
        known.put("intermediate_size", shapes.rows(FIRST + "mlp.gate_proj.weight"));
        known.put("num_hidden_layers", shapes.count("model.layers."));
        ObjectNode usual = Shapes.object();
        ObjectNode heads = third ? known : usual;
        heads.put("head_dim", head);
        heads.put("num_attention_heads", shapes.rows(FIRST + "self_attn.q_proj.weight") / head);
        heads.put("num_key_value_heads", shapes.rows(FIRST + "self_attn.k_proj.weight") / head);
        usual.put("hidden_act", "silu");
        usual.put("rms_norm_eps", 1e-6);
        usual.put("rope_theta", 1_000_000.0);
        return new NetworkShape(known, usual, "hidden_size");
    }
}
