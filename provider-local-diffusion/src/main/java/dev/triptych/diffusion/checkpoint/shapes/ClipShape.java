package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * The config of a {@code CLIPTextModel} from the shapes of its tensors. A head has 64 channels. OpenAI's tower, the
 * narrow one, has the quick approximation of GELU; OpenCLIP's wider ones have GELU itself.
 */
public final class ClipShape {

    private static final int HEAD = 64;
    private static final int OPENAI_WIDTH = 768;
    private static final int END_OF_TEXT = 49407;

    private ClipShape() {}

    /** Reads the shapes, by the names of transformers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        int width = shapes.columns("text_model.embeddings.token_embedding.weight");
        ObjectNode config = Shapes.object();
        config.put("model_type", "clip_text_model");
        config.put("vocab_size", shapes.rows("text_model.embeddings.token_embedding.weight"));
        config.put("max_position_embeddings", shapes.rows("text_model.embeddings.position_embedding.weight"));
        config.put("hidden_size", width);
        config.put("intermediate_size", shapes.rows("text_model.encoder.layers.0.mlp.fc1.weight"));
        config.put("num_hidden_layers", shapes.count("text_model.encoder.layers."));
        if (shapes.has("text_projection.weight")) {
            config.put("projection_dim", shapes.rows("text_projection.weight"));
        }
        ObjectNode usual = Shapes.object();
        usual.put("num_attention_heads", Math.max(1, width / HEAD));
        usual.put("hidden_act", width <= OPENAI_WIDTH ? "quick_gelu" : "gelu");
        usual.put("eos_token_id", END_OF_TEXT);
        usual.put("projection_dim", width);
        return new NetworkShape(config, usual, "hidden_size");
    }
}
