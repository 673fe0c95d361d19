package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts in A1111's syntax, and long ones, in requests: what is painted, and what is refused. */
class PromptSyntaxTest {

    private static final String QUERY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
    private static final String TEXT = "lora_te_text_model_encoder_layers_0_self_attn_q_proj";
    private static final String SYNTAX = "local.prompt-syntax";

    @TempDir
    static Path folder;

    private final LocalSettings settings = LocalSettings.bundled()
            .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
            .withDevice("cpu")
            .withLora("pixel", lora());
    private final LocalDiffusionGenerator generator = generator(settings);

    private static Path lora() {
        return new SafetensorsWriter()
                .floats(QUERY + ".lora_up.weight", filled(16), 16, 1)
                .floats(QUERY + ".lora_down.weight", filled(16), 1, 16)
                .floats(TEXT + ".lora_up.weight", filled(32), 32, 1)
                .floats(TEXT + ".lora_down.weight", filled(32), 1, 32)
                .write(folder.resolve("pixel.safetensors"));
    }

    private static float[] filled(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i % 3 - 0.7f;
        }
        return values;
    }

    private static LocalDiffusionGenerator generator(LocalSettings settings) {
        return LocalDiffusionGenerator.builder().settings(settings).build();
    }

    private static ImageRequest.Builder request(String prompt) {
        return ImageRequest.builder().prompt(prompt).seed(3).steps(2).size(64, 64);
    }

    private static ImageRequest.Builder written(String prompt) {
        return request(prompt).option(SYNTAX, "a1111");
    }

    /** The picture without what is written beside it. */
    private static byte[] pixels(ImageResult result) {
        return Pixels.decode(result.image().bytes()).rgb();
    }

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void aLoraInThePromptIsTheOneOfTheOptionWithItsStrengthsTurnedRound() {
        ImageResult inPrompt =
                generator.generate(written("a castle<lora:pixel:0.5:0.8>").build());
        ImageResult named = generator.generate(
                written("a castle<lora:pixel:te=0.5:unet=0.8>").build());
        ImageResult byOption = generator.generate(
                written("a castle").option("local.lora", "pixel:0.8:0.5").build());
        ImageResult without = generator.generate(written("a castle").build());

        assertThat(pixels(inPrompt))
                .isEqualTo(pixels(byOption))
                .isEqualTo(pixels(named))
                .isNotEqualTo(pixels(without));
    }

    @Test
    void whatWasDoneCanBeDoneAgainAndHasItsFilesInTheKey() {
        ImageRequest asked = written("a (castle:1.3)<lora:pixel>").build();
        ImageResult first = generator.generate(asked);
        ImageRequest effective = first.execution().effectiveRequest();
        ImageResult again = generator.generate(effective);

        assertThat(effective.options()).containsKey("local.lora-hashes").doesNotContainKey("local.lora");
        assertThat(pixels(again)).isEqualTo(pixels(first));
        assertThat(generator.pinned(asked).options().get("local.lora-hashes"))
                .isEqualTo(effective.options().get("local.lora-hashes"));
    }

    @Test
    void theSettingCountsWhereARequestDoesNotSay() {
        try (LocalDiffusionGenerator web = generator(settings.withPromptSyntax("a1111"))) {
            ImageRequest unsaid = request("a (castle:1.5)").build();

            ImageResult result = web.generate(unsaid);

            assertThat(pixels(result))
                    .isEqualTo(
                            pixels(generator.generate(written("a (castle:1.5)").build())))
                    .isNotEqualTo(pixels(generator.generate(unsaid)));
            assertThat(result.execution().effectiveRequest().options()).containsEntry(SYNTAX, "a1111");
            assertThat(web.pinned(unsaid).options()).containsEntry(SYNTAX, "a1111");
            ImageRequest plain =
                    request("a (castle:1.5)").option(SYNTAX, "plain").build();
            assertThat(pixels(web.generate(plain))).isEqualTo(pixels(generator.generate(unsaid)));
        }
    }

    @Test
    void aPromptOfTwoHundredTokensGoesWithAShortNegativeOne() {
        String longOne = "castle ".repeat(199);
        ImageRequest plain = request(longOne + "dog").negativePrompt("a b c").build();

        ImageResult cut = generator.generate(plain);
        ImageResult whole = generator.generate(request(longOne + "dog")
                .negativePrompt("a b c")
                .option("local.long-prompts", "true")
                .build());
        ImageResult written = generator.generate(
                written(longOne + "dog").negativePrompt("a b c").build());

        assertThat(cut.warnings()).extracting(GenerationWarning::field).contains("prompt");
        assertThat(whole.warnings()).isEmpty();
        assertThat(pixels(whole)).isEqualTo(pixels(written)).isNotEqualTo(pixels(cut));
    }

    @Test
    void whatCannotBeDoneIsRefusedWithoutQuotingThePrompt() {
        assertRefused(
                written("a <lora:secret>"),
                "prompt: <lora:…> must name one of the configured LoRAs but names another; the nearest of 1 is pixel");
        assertRefused(
                written("a <lora:pixel:secret>"),
                "prompt: a strength in <lora:…> must be a number from -100 to 100 but was not");
        assertRefused(
                written("a <lora:pixel:1:1:secret>"),
                "prompt: <lora:…> must have a name and up to two strengths, te and unet, but has more");
        assertRefused(
                written("a <lora:pixel>").option("local.lora", "pixel"),
                "prompt: <lora:…> must name each LoRA once, and none of option local.lora, but names pixel again");
        assertRefused(
                written("a AND b").guidanceScale(1),
                "prompt must be one text without classifier-free guidance but was 2 with AND between them: guidanceScale"
                        + " above 1 guides, where a model can be guided");
        assertRefused(
                request("a").option(SYNTAX, "comfy"),
                "option local.prompt-syntax: must be plain or a1111 but was \"comfy\"");
        assertRefused(
                request("a").option("local.long-prompts", "yes"),
                "option local.long-prompts: must be true or false but was \"yes\"");
        assertThatThrownBy(() -> settings.withPromptSyntax("comfy"))
                .hasMessage("promptSyntax must be plain or a1111 but was \"comfy\"");
    }

    private void assertRefused(ImageRequest.Builder request, String message) {
        assertThatThrownBy(() -> generator.generate(request.build()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    @Test
    void networksOfOtherKindsAreLeftOutWithAWarning() {
        ImageResult result =
                generator.generate(written("a castle<hypernet:x:1>").build());

        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .containsExactly("a network in the prompt has no effect: only <lora:…> is known");
        assertThat(pixels(result))
                .isEqualTo(pixels(generator.generate(written("a castle").build())));
    }

    @Test
    void theSignsOfTheSyntaxAreNoWordsWithoutAPicture() throws IOException {
        Path knowing = GoldenCheckpoints.copy("tiny-sd1", folder.resolve("knowing"));
        Files.writeString(knowing.resolve("words.json"), """
                {"known": ["castle", "hot air balloon", "snow"], "plain": ["a"], "near": {"cabin": "castle"}}
                """);
        Path taught = new SafetensorsWriter()
                .floats("emb_params", filled(32), 1, 32)
                .write(folder.resolve("taught.safetensors"));
        try (LocalDiffusionGenerator generator =
                generator(settings.withCheckpoint(knowing).withEmbedding("<style>", taught))) {
            String known = "a <style> (castle:1.3) BREAK hot (air) balloon<lora:pixel:0.5> AND [snow:castle:0.5] :0.8";
            String lacking = "a (castle:1.3) BREAK [yeti:cabin:0.5]";

            assertThat(generator.generate(written(known).build()).warnings()).isEmpty();
            assertThat(generator.generate(written(lacking).build()).warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly("the checkpoint has no picture for: yeti, cabin (near: castle)");
            assertThat(generator.generate(request(lacking).build()).warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly("the checkpoint has no picture for: break, yeti, cabin (near: castle)");
        }
    }
}
