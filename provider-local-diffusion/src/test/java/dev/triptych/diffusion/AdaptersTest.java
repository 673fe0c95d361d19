package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRAs and textual inversions in requests: what is painted, what is loaded, what is said. */
class AdaptersTest {

    private static final String QUERY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
    private static final String TEXT = "lora_te_text_model_encoder_layers_0_self_attn_q_proj";

    @TempDir
    Path folder;

    /** A LoRA for U-Net and text encoder of tiny-sd1. */
    private Path lora(String name, float size) {
        return new SafetensorsWriter()
                .floats(QUERY + ".lora_up.weight", filled(16, size), 16, 1)
                .floats(QUERY + ".lora_down.weight", filled(16, 1), 1, 16)
                .floats(TEXT + ".lora_up.weight", filled(32, size), 32, 1)
                .floats(TEXT + ".lora_down.weight", filled(32, 1), 1, 32)
                .write(folder.resolve(name + ".safetensors"));
    }

    private Path embedding(String name, int width) {
        return new SafetensorsWriter()
                .floats("emb_params", filled(2 * width, 0.5f), 2, width)
                .write(folder.resolve(name + ".safetensors"));
    }

    private static float[] filled(int length, float size) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = size * (i % 3 - 0.7f);
        }
        return values;
    }

    private static LocalSettings settings() {
        return LocalSettings.bundled()
                .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .withDevice("cpu");
    }

    private static LocalDiffusionGenerator generator(LocalSettings settings) {
        return LocalDiffusionGenerator.builder().settings(settings).build();
    }

    private static ImageRequest.Builder request(String prompt) {
        return ImageRequest.builder().prompt(prompt).seed(3).steps(2).size(64, 64);
    }

    private static ImageRequest with(String lora) {
        return request("a castle").option("local.lora", lora).build();
    }

    @Test
    void aLoraChangesThePictureAndSwitchingLoadsNothingElse() {
        LocalSettings settings = settings().withLora("pixel", lora("pixel", 0.3f));
        try (LocalDiffusionGenerator generator = generator(settings)) {
            ImageResult plain = generator.generate(request("a castle").build());
            List<String> loaded = new ArrayList<>();
            ImageResult unetAlone = generator.generate(with("pixel:1:0"), listening(loaded));
            List<String> again = new ArrayList<>();
            ImageResult same = generator.generate(with("pixel:1:0"), listening(again));
            ImageResult both = generator.generate(with("pixel"));

            assertThat(unetAlone.image()).isNotEqualTo(plain.image());
            assertThat(both.image()).isNotEqualTo(unetAlone.image());
            assertThat(same.image()).isEqualTo(unetAlone.image());
            assertThat(loaded).containsExactly("U-Net");
            assertThat(again).isEmpty();
        }
    }

    @Test
    void aLoraWithoutStrengthCostsNothing() {
        Path nowhere = folder.resolve("nowhere.safetensors");
        LocalSettings settings = settings().withLora("pixel", new Lora(nowhere, 0));
        try (LocalDiffusionGenerator generator = generator(settings)) {
            ImageResult plain = generator.generate(request("a castle").build());
            List<String> loaded = new ArrayList<>();

            ImageResult off = generator.generate(with("pixel"), listening(loaded));

            assertThat(loaded).isEmpty();
            assertThat(off.image().width()).isEqualTo(64);
            assertThat(off.execution().effectiveRequest().options())
                    .containsEntry("local.lora", "pixel:0.0:0.0")
                    .doesNotContainKey("local.lora-hashes");
            assertThat(plain.warnings()).isEmpty();
        }
    }

    @Test
    void whatPaintedIsWrittenDownAndPaintsAgain() throws Exception {
        LocalSettings settings = settings()
                .withLora("pixel", new Lora(lora("pixel", 0.3f), 0.5))
                .withEmbedding("<it>", embedding("it", 32));
        ImageRequest request =
                request("a castle in <it> style").option("local.lora", "pixel").build();
        try (LocalDiffusionGenerator generator = generator(settings)) {
            ImageResult made = generator.generate(request);
            Provenance provenance = Provenance.read(made.image().bytes()).orElseThrow();
            Map<String, String> options = made.execution().effectiveRequest().options();
            ImageRequest again = provenance.request(sha256 -> {
                throw new AssertionError("there is no input");
            });

            assertThat(options).containsEntry("local.lora", "pixel:0.5:0.5");
            assertThat(options.get("local.lora-hashes")).matches("pixel=[0-9a-f]{16}");
            assertThat(options.get("local.embedding-hashes")).matches("<it>=[0-9a-f]{16}");
            assertThat(again.options()).containsAllEntriesOf(options);
            assertThat(generator.generate(again).image()).isEqualTo(made.image());
            String parameters = PngText.read(made.image().bytes()).get(GenerationParameters.PNG_KEYWORD);
            assertThat(parameters).contains("Lora hashes: \"pixel: ", "TI hashes: \"<it>: ");
        }
    }

    @Test
    void otherContentsUnderTheSameNameAreNoticed() {
        ImageRequest request = with("pixel");
        String before;
        try (LocalDiffusionGenerator generator = generator(settings().withLora("pixel", lora("pixel", 0.3f)))) {
            before = Objects.requireNonNull(generator.pinned(request).options().get("local.lora-hashes"));
            assertThat(generator.pinned(request("a castle").build()))
                    .isEqualTo(request("a castle").build());
        }
        try (LocalDiffusionGenerator generator = generator(settings().withLora("pixel", lora("pixel", 0.4f)))) {
            String after = generator.pinned(request).options().get("local.lora-hashes");
            ImageRequest pinned =
                    request.toBuilder().option("local.lora-hashes", before).build();

            assertThat(after).isNotEqualTo(before);
            assertThatThrownBy(() -> generator.generate(pinned))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("option local.lora-hashes must name the files that are configured, \"" + after
                            + "\", but was \"" + before + "\": they are other files");
        }
    }

    @Test
    void anUnknownNameIsOneErrorWithTheNearest() {
        LocalSettings settings =
                settings().withLora("pixel", lora("pixel", 0.3f)).withLora("ink", lora("ink", 0.3f));
        try (LocalDiffusionGenerator generator = generator(settings)) {
            assertThatThrownBy(() -> generator.generate(with("pixle")))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option local.lora: a LoRA must be one of the configured but was \"pixle\"; the nearest of 2 are"
                                    + " pixel, ink");
        }
        try (LocalDiffusionGenerator generator = generator(settings())) {
            assertThatThrownBy(() -> generator.generate(with("pixel")))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option local.lora: a LoRA must be one of the configured but was \"pixel\", and none is configured"
                                    + " (loras: in triptych.yaml, --lora FILE on the command line)");
        }
    }

    @Test
    void warnsOfWhatIsNotInTheModel() {
        Path file = new SafetensorsWriter()
                .floats(QUERY + ".lora_up.weight", filled(16, 1), 16, 1)
                .floats(QUERY + ".lora_down.weight", filled(16, 1), 1, 16)
                .floats("lora_unet_elsewhere.diff_b", new float[1], 1)
                .write(folder.resolve("part.safetensors"));
        try (LocalDiffusionGenerator generator = generator(settings().withLora("part", file))) {
            assertThat(generator.generate(with("part")).warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly(
                            "LoRA part has 1 modules that are not in the model and have no effect: lora_unet_elsewhere");
        }
    }

    @Test
    void anEmbeddingCountsOnlyWhereItsWordIs() {
        LocalSettings settings =
                settings().withEmbedding("<it>", embedding("it", 32)).withEmbedding("<wide>", embedding("wide", 40));
        try (LocalDiffusionGenerator generator = generator(settings);
                LocalDiffusionGenerator without = generator(settings())) {
            ImageRequest plain = request("a castle").build();
            ImageRequest word = request("a castle in <IT> style").build();

            assertThat(generator.generate(plain).image())
                    .isEqualTo(without.generate(plain).image());
            assertThat(generator.generate(word).image())
                    .isNotEqualTo(without.generate(word).image());
            assertThatThrownBy(() -> generator.generate(request("<wide>").build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage("textual inversion <wide> (" + folder.resolve("wide.safetensors")
                            + "), 2 vectors of 40, must fit a"
                            + " text encoder of the model, tiny-sd1, but none has embeddings of that length");
        }
    }

    private static GenerationContext listening(List<String> loaded) {
        return GenerationContext.builder()
                .listener(event -> {
                    if (event instanceof GenerationEvent.Loading loading) {
                        loaded.add(loading.what());
                    }
                })
                .build();
    }
}
