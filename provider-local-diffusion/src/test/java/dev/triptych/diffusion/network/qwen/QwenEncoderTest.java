package dev.triptych.diffusion.network.qwen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.ReferenceTensors;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QwenEncoderTest {

    @ParameterizedTest
    @CsvSource({"z-image, 1, 1", "z-image, 3, -2", "flux2-klein, 9, 9", "flux2-klein-base, 27, 27"})
    void encodesAsTheReferenceInItsInnerLayers(String set, int layer, String name) {
        ReferenceTensors golden = ReferenceTensors.open("expected/" + set + ".safetensors");
        Part part = Part.at(ReferenceTensors.path("checkpoints/tiny-" + set + "/text_encoder"));
        QwenEncoder encoder =
                new QwenEncoder("text encoder", QwenConfig.read(part.config()), List.of(layer), WeightSource.of(part));
        Map<Integer, Double> errors = new LinkedHashMap<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int text = 0; text < 4; text++) {
                int[] mask = golden.ids("qwen.mask", text);
                Tensor found = encoder.embeddings(
                        engine,
                        golden.ids("qwen.ids", text),
                        Arrays.stream(mask).sum(),
                        new Cancellation());
                errors.put(text, golden.error("qwen.hidden_states." + name, text, found.values()));
            }
        }

        assertThat(errors.values())
                .as(errors.toString())
                .allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }
}
