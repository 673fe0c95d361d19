package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.Cancellation;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the denoiser is told about prompts in A1111's syntax: the reference's embeddings, token by token. */
class WeightedPromptsTest {

    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path temp;

    @Test
    void equalTheReference() throws IOException {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the whole reference set is not on this machine");
        Path expected = full.get().resolve("expected");
        SafetensorsFile values = SafetensorsFile.open(expected.resolve("emphasis.safetensors"));
        JsonNode description =
                new ObjectMapper().readTree(expected.resolve("emphasis.json").toFile());
        List<String> wrong = new ArrayList<>();
        int compared = 0;
        try (Engine engine = new Engine(new EngineOptions(1, "cpu", false, temp))) {
            for (JsonNode wanted : description.path("cases")) {
                String checkpoint = wanted.path("checkpoint").asText("checkpoints/tiny-sd1");
                Family family = Family.of(Checkpoint.open(full.get().resolve(checkpoint)), engine);
                List<String> texts = new ArrayList<>();
                wanted.path("texts").forEach(text -> texts.add(text.asText()));
                for (int i = 0; i < texts.size(); i++) {
                    String name = wanted.path("case").asText() + ".text" + i;
                    Conditioning text = encoded(family, texts.get(i));
                    compare(values, name + ".context", text, "encoder_hidden_states", wrong);
                    if (values.tensor(name + ".pooled").isPresent()) {
                        compare(values, name + ".pooled", text, "text_embeds", wrong);
                    }
                    compared++;
                }
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(compared).isGreaterThan(40);
    }

    /** As a negative prompt, which knows neither AND nor a weight at its end: the texts have been divided. */
    private static Conditioning encoded(Family family, String text) {
        PromptPlan plan = family.plan(
                new Family.PromptWish(
                        ImageRequest.builder().prompt("").negativePrompt(text).build(), ImageSize.square(64), 7, 5),
                new Options(Map.of(PromptOptions.SYNTAX, "a1111")),
                new Notices(NegotiationMode.ADAPT));
        return family.promptEncoder()
                .encode(plan, new Cancellation())
                .at(0)
                .unconditional()
                .orElseThrow();
    }

    private static void compare(
            SafetensorsFile values, String name, Conditioning text, String tensor, List<String> wrong) {
        float[] expected = values.floats(name);
        Tensor found = Objects.requireNonNull(text.tensors().get(tensor));
        assertThat(found.values().length).as(name).isEqualTo(expected.length);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(expected[i] - found.values()[i]));
        }
        if (!(worst <= TOLERANCE)) {
            wrong.add(name + " differs by " + worst);
        }
    }
}
