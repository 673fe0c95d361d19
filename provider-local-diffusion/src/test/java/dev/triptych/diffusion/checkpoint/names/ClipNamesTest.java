package dev.triptych.diffusion.checkpoint.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClipNamesTest {

    @Test
    void aFusedProjectionUnderTransformersNamesIsTakenApart() {
        Map<String, Weight> tensors = new LinkedHashMap<>();
        String layer = "cond_stage_model.1.text_model.encoder.layers.0.self_attn.";
        put(tensors, layer + "in_proj.weight", List.of(6L, 1L), 1, 2, 3, 4, 5, 6);
        put(tensors, layer + "in_proj.bias", List.of(6L), 6, 5, 4, 3, 2, 1);
        put(tensors, layer + "out_proj.bias", List.of(1L), 9);
        put(tensors, "cond_stage_model.1.text_model.text_projection", List.of(2L, 2L), 1, 2, 3, 4);
        Weights file = Weights.of(tensors, "file", "1");

        Weights clip = ClipNames.pieces(file.shapes(), "cond_stage_model.1.").of(file);

        String at = "text_model.encoder.layers.0.self_attn.";
        assertThat(clip.names())
                .containsExactlyInAnyOrder(
                        at + "q_proj.weight",
                        at + "k_proj.weight",
                        at + "v_proj.weight",
                        at + "q_proj.bias",
                        at + "k_proj.bias",
                        at + "v_proj.bias",
                        at + "out_proj.bias",
                        "text_projection.weight");
        assertThat(clip.require(at + "k_proj.weight", 2, 1).values()).containsExactly(3, 4);
        assertThat(clip.require(at + "v_proj.bias", 2).values()).containsExactly(2, 1);
        assertThat(clip.require("text_projection.weight", 2, 2).values()).containsExactly(1, 3, 2, 4);
    }

    private static void put(Map<String, Weight> tensors, String name, List<Long> dims, float... values) {
        tensors.put(name, new MemoryWeight(name, dims, "file", name, values::clone));
    }
}
