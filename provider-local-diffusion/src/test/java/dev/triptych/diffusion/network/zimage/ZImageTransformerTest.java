package dev.triptych.diffusion.network.zimage;

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
import org.junit.jupiter.api.Test;

class ZImageTransformerTest {

    private static final long[] LATENTS = {1, 16, 8, 8};
    private static final int TEXT_WIDTH = 32;

    @Test
    void predictsAsTheReference() {
        ReferenceTensors golden = ReferenceTensors.open("expected/z-image.safetensors");
        Part part = Part.at(ReferenceTensors.path("checkpoints/tiny-z-image/transformer"));
        ZImageTransformer transformer = new ZImageTransformer(ZImageConfig.read(part.config()), WeightSource.of(part));
        List<Tensor> texts = List.of(text(golden, "prompt_embeds", 23), text(golden, "negative_prompt_embeds", 18));
        Map<String, Double> errors = new LinkedHashMap<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String time : List.of("0.0", "0.5", "0.98")) {
                for (int picture = 0; picture < 2; picture++) {
                    Tensor sample = new Tensor(LATENTS, golden.floats("transformer.sample", picture));
                    float timestep = 1000 - Float.parseFloat(time) * 1000;
                    Tensor text = texts.get(picture);
                    float[] found = CutPredictions.checked(
                            block -> transformer.predict(engine, sample, timestep, text, block, new Cancellation()));
                    String name = "transformer.out.t" + time;
                    errors.merge(name, golden.error(name, picture, found), Math::max);
                }
            }
        }

        assertThat(errors.values())
                .as(errors.toString())
                .allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }

    private static Tensor text(ReferenceTensors golden, String name, int tokens) {
        float[] values = new float[tokens * TEXT_WIDTH];
        for (int i = 0; i < tokens; i++) {
            float[] row = golden.floats("encode." + name, i);
            System.arraycopy(row, 0, values, i * TEXT_WIDTH, TEXT_WIDTH);
        }
        return new Tensor(new long[] {1, tokens, TEXT_WIDTH}, values);
    }
}
