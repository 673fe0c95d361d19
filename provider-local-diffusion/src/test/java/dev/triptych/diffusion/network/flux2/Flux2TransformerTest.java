package dev.triptych.diffusion.network.flux2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.ReferenceTensors;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.layers.CutPredictions;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Flux2TransformerTest {

    private static final int GRID = 4;
    private static final int CHANNELS = 128;

    @ParameterizedTest
    @ValueSource(strings = {"flux2-klein", "flux2-klein-base"})
    void predictsAsTheReference(String set) {
        ReferenceTensors golden = ReferenceTensors.open("expected/" + set + ".safetensors");
        Part part = Part.at(ReferenceTensors.path("checkpoints/tiny-" + set + "/transformer"));
        Flux2Transformer transformer = new Flux2Transformer(Flux2Config.read(part.config()), WeightSource.of(part));
        Map<String, Double> errors = new LinkedHashMap<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String time : List.of("1.0", "0.5", "0.02")) {
                for (int picture = 0; picture < 2; picture++) {
                    Tensor sample = new Tensor(
                            new long[] {1, CHANNELS, GRID, GRID},
                            turned(golden.floats("transformer.sample", picture), CHANNELS));
                    float timestep = Float.parseFloat(time) * 1000;
                    Tensor text = golden.tensor("encode.prompt_embeds", picture);
                    float[] found = CutPredictions.checked(block ->
                            transformer.predict(engine, sample, timestep, text, List.of(), block, new Cancellation()));
                    String name = "transformer.out.t" + time;
                    errors.merge(name, golden.error(name, picture, turned(found, GRID * GRID)), Math::max);
                }
            }
        }

        assertThat(errors.values())
                .as(errors.toString())
                .allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }

    /** A matrix of so many columns, its columns as rows. */
    private static float[] turned(float[] matrix, int columns) {
        float[] turned = new float[matrix.length];
        int rows = matrix.length / columns;
        for (int i = 0; i < turned.length; i++) {
            turned[i % columns * rows + i / columns] = matrix[i];
        }
        return turned;
    }
}
