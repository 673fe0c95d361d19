package dev.triptych.diffusion.network.flux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.ReferenceTensors;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.layers.CutPredictions;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FluxTransformerTest {

    private static final int GRID = 4;
    private static final int CHANNELS = 16;
    private static final float[] GUIDANCE = {3.5f, 1.5f};

    @ParameterizedTest
    @ValueSource(strings = {"flux-schnell", "flux-dev"})
    void predictsAsTheReference(String set) {
        ReferenceTensors golden = ReferenceTensors.open("expected/" + set + ".safetensors");
        Part part = Part.at(ReferenceTensors.path("checkpoints/tiny-" + set + "/transformer"));
        FluxTransformer flux = new FluxTransformer(FluxConfig.read(part.config()), WeightSource.of(part));
        Map<String, Double> errors = new LinkedHashMap<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String time : List.of("1.0", "0.5", "0.02")) {
                for (int picture = 0; picture < 2; picture++) {
                    Map<String, Tensor> told = new HashMap<>();
                    told.put(FluxTransformer.TEXT, golden.tensor("encode.prompt_embeds", picture));
                    told.put(FluxTransformer.POOLED, golden.tensor("encode.pooled", picture));
                    if (flux.config().guidance()) {
                        told.put(FluxTransformer.GUIDANCE, new Tensor(new long[] {1, 1}, new float[] {GUIDANCE[picture]
                        }));
                    }
                    Tensor sample = new Tensor(
                            new long[] {1, CHANNELS, 2 * GRID, 2 * GRID},
                            unpacked(golden.floats("transformer.sample", picture)));
                    float timestep = Float.parseFloat(time) * 1000;
                    float[] found = CutPredictions.checked(
                            block -> flux.predict(engine, sample, timestep, told, block, new Cancellation()));
                    String name = "transformer.out.t" + time;
                    errors.merge(name, golden.error(name, picture, packed(found)), Math::max);
                }
            }
        }

        assertThat(errors.values())
                .as(errors.toString())
                .allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }

    @Test
    void predictsAsTheReferenceInTheCheckedInEvaluation() throws URISyntaxException {
        Path resources = Path.of(
                FluxTransformerTest.class.getResource("/golden/checkpoints").toURI());
        ReferenceTensors golden =
                ReferenceTensors.at(resources.resolveSibling("expected/flux-schnell-compact.safetensors"));
        Part part = Part.at(resources.resolve("tiny-flux-schnell/transformer"));
        FluxTransformer flux = new FluxTransformer(FluxConfig.read(part.config()), WeightSource.of(part));
        Map<String, Tensor> told = Map.of(
                FluxTransformer.TEXT, golden.tensor("encode.prompt_embeds", 0),
                FluxTransformer.POOLED, golden.tensor("encode.pooled", 0));
        Tensor sample = new Tensor(
                new long[] {1, CHANNELS, 2 * GRID, 2 * GRID}, unpacked(golden.floats("transformer.sample", 0)));
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] found =
                    CutPredictions.checked(block -> flux.predict(engine, sample, 500, told, block, new Cancellation()));

            assertThat(golden.error("transformer.out.t0.5", 0, packed(found))).isLessThan(1e-4);
        }
    }

    /** Tokens of channel, row and column as a picture. */
    private static float[] unpacked(float[] tokens) {
        float[] picture = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            picture[place(i)] = tokens[i];
        }
        return picture;
    }

    private static float[] packed(float[] picture) {
        float[] tokens = new float[picture.length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = picture[place(i)];
        }
        return tokens;
    }

    private static int place(int i) {
        int token = i / (4 * CHANNELS);
        int channel = i % (4 * CHANNELS) / 4;
        int row = 2 * (token / GRID) + i % 4 / 2;
        int column = 2 * (token % GRID) + i % 2;
        return (channel * 2 * GRID + row) * 2 * GRID + column;
    }
}
