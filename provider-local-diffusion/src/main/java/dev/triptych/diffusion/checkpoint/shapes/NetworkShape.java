package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The config of a network as its tensors tell it. Immutable.
 *
 * <pre>{@code
 * NetworkShape shape = UnetShape.of(weights.shapes());
 * shape.config().path("cross_attention_dim").asInt(); // 768 for Stable Diffusion 1
 * }</pre>
 *
 * @param known what the shapes say
 * @param usual what networks of these shapes usually have where the shapes say nothing
 * @param mark the key by which two configs are of one architecture, so that one can say what the other does not
 */
public record NetworkShape(ObjectNode known, ObjectNode usual, String mark) {

    /** The whole config. */
    public ObjectNode config() {
        return over(usual);
    }

    /**
     * The whole config, with what the shapes do not tell from the config of the network in whose place this one comes,
     * if both have the same architecture.
     */
    public ObjectNode configLike(JsonNode replaced) {
        ObjectNode like = usual.deepCopy();
        if (!replaced.has(mark) || replaced.path(mark).equals(known.path(mark))) {
            for (Map.Entry<String, JsonNode> entry : replaced.properties()) {
                like.set(entry.getKey(), entry.getValue());
            }
        }
        return over(like);
    }

    private ObjectNode over(ObjectNode base) {
        ObjectNode config = base.deepCopy();
        known.properties().forEach(entry -> config.set(entry.getKey(), entry.getValue()));
        return config;
    }
}
