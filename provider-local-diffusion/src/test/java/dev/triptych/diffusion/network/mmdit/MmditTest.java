package dev.triptych.diffusion.network.mmdit;

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

class MmditTest {

    @ParameterizedTest
    @ValueSource(strings = {"sd3", "sd35"})
    void predictsAsTheReference(String set) {
        ReferenceTensors golden = ReferenceTensors.open("expected/" + set + ".safetensors");
        Part part = Part.at(ReferenceTensors.path("checkpoints/tiny-" + set + "/transformer"));
        Mmdit mmdit = new Mmdit(MmditConfig.read(part.config()), WeightSource.of(part));
        Map<String, Double> errors = new LinkedHashMap<>();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String time : List.of("1000", "500", "20")) {
                String name = "transformer.out.t" + time;
                errors.put(name, error(golden, mmdit, engine, name, Float.parseFloat(time), List.of()));
            }
            String skipped = "transformer.skip-layers-1-2.out.t500";
            if (golden.has(skipped)) {
                errors.put(skipped, error(golden, mmdit, engine, skipped, 500, List.of(1, 2)));
            }
        }

        assertThat(errors.values())
                .as(errors.toString())
                .allSatisfy(error -> assertThat(error).isLessThan(1e-4));
    }

    private static double error(
            ReferenceTensors golden, Mmdit mmdit, Engine engine, String name, float time, List<Integer> leftOut) {
        double worst = 0;
        for (int picture = 0; picture < 2; picture++) {
            Map<String, Tensor> told = Map.of(
                    Mmdit.TEXT, golden.tensor("transformer.context", picture),
                    Mmdit.POOLED, golden.tensor("transformer.pooled", picture));
            Tensor sample = golden.tensor("transformer.sample", picture);
            float[] found = CutPredictions.checked(
                    block -> mmdit.predict(engine, sample, time, told, leftOut, block, new Cancellation()));
            worst = Math.max(worst, golden.error(name, picture, found));
        }
        return worst;
    }
}
