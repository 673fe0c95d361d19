package dev.triptych.diffusion.network.t5;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.ReferenceTensors;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class T5EncoderTest {

    @ParameterizedTest
    @ValueSource(strings = {"sd3", "sd35", "flux-schnell", "flux-dev"})
    void encodesAsTheReference(String set) {
        ReferenceTensors golden = ReferenceTensors.open("expected/" + set + ".safetensors");
        String part = set.startsWith("sd3") ? "text_encoder_3" : "text_encoder_2";
        Part encoderPart = Part.at(ReferenceTensors.path("checkpoints/tiny-" + set + "/" + part));
        T5Encoder encoder =
                new T5Encoder("text encoder", T5Config.read(encoderPart.config()), WeightSource.of(encoderPart));
        List<Double> errors = new ArrayList<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int text = 0; text < 4; text++) {
                Tensor found = encoder.embeddings(engine, golden.ids("t5.ids", text), new Cancellation());
                errors.add(golden.error("t5.last_hidden_state", text, found.values()));
            }
        }

        assertThat(errors).allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }
}
