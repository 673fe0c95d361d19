package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Single evaluations of U-Nets of unusual configurations agree with PyTorch, and those of XL and its refiner. */
class UnetVariantsTest {

    private static final double TOLERANCE = 1e-4;

    @Test
    void unusualConfigurationsAgree() throws IOException {
        Path golden = golden();
        SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/unet-variants.safetensors"));
        JsonNode description = new ObjectMapper()
                .readTree(golden.resolve("expected/unet-variants.json").toFile());
        assertThat(description.path("evaluations")).isNotEmpty();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (JsonNode evaluation : description.path("evaluations")) {
                String name = evaluation.path("name").asText();
                Unet unet = unet(golden.resolve(evaluation.path("folder").asText()));
                for (int i = 0; i < 2; i++) {
                    Map<String, Tensor> conditioning = new HashMap<>();
                    for (JsonNode input : evaluation.path("inputs")) {
                        String key = input.asText();
                        if (!key.equals("sample") && !key.equals("timestep")) {
                            conditioning.put(key, row(values, name + ".in." + key, i));
                        }
                    }
                    float timestep = values.floats(name + ".in.timestep")[i];
                    float[] out = unet.predict(
                            engine,
                            new Unet.Input(row(values, name + ".in.sample", i), timestep, conditioning),
                            new Cancellation());
                    assertThat(difference(out, row(values, name + ".out", i).values()))
                            .as(name)
                            .isLessThan(TOLERANCE);
                }
            }
        }
    }

    @Test
    void xlAndItsRefinerAgree() {
        Path golden = golden();
        for (String name : List.of("sdxl", "sdxl-refiner")) {
            SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/" + name + ".safetensors"));
            try (TestNetworks models = TestNetworks.open(golden.resolve("checkpoints/tiny-" + name))) {
                for (int t : new int[] {1, 500, 999}) {
                    for (int i = 0; i < 2; i++) {
                        Map<String, Tensor> conditioning = Map.of(
                                "encoder_hidden_states", row(values, "unet.context", i),
                                "text_embeds", row(values, "unet.text_embeds", i),
                                "time_ids", row(values, "unet.time_ids", i));
                        float[] out = models.unet()
                                .predict(
                                        models.engine(),
                                        new Unet.Input(row(values, "unet.sample", i), t, conditioning),
                                        new Cancellation());
                        assertThat(difference(
                                        out, row(values, "unet.out.t" + t, i).values()))
                                .as(name + " at " + t)
                                .isLessThan(TOLERANCE);
                    }
                }
            }
        }
    }

    private static Unet unet(Path folder) {
        Part part = Part.at(folder);
        UnetConfig.requireSupported(part.config());
        return new Unet(UnetConfig.read(part.config()), part);
    }

    /** One row of a tensor, as a batch of one. */
    private static Tensor row(SafetensorsFile file, String name, int row) {
        float[] all = file.floats(name);
        long[] shape = file.tensor(name).orElseThrow().dims().stream()
                .mapToLong(Long::longValue)
                .toArray();
        int length = all.length / (int) shape[0];
        if (shape.length == 1) {
            return new Tensor(new long[] {1, 1}, new float[] {all[row]});
        }
        shape[0] = 1;
        return new Tensor(shape, Arrays.copyOfRange(all, row * length, (row + 1) * length));
    }

    /** The largest difference, relative to the largest expected value. */
    private static double difference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        return difference / largest;
    }

    private static Path golden() {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full set of reference values is not on this machine");
        return full.get();
    }
}
