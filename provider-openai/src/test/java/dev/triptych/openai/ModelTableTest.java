package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import java.time.LocalDate;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTableTest {

    private static Capabilities of(String model) {
        return ModelTable.profileOf(model).capabilities().build();
    }

    @ParameterizedTest
    @CsvSource({
        "dall-e-2, 10, 1, 1000",
        "dall-e-3, 1, 0, 4000",
        "gpt-image-1, 10, 16, 32000",
        "gpt-image-1-mini, 10, 16, 32000",
        "gpt-image-1.5, 10, 16, 32000",
        "chatgpt-image-latest, 10, 16, 32000",
        "gpt-image-2, 10, 16, 32000",
        "gpt-image-2.5-sunburst, 10, 16, 32000",
        "gpt-image-2.5-flare, 10, 16, 32000",
        "gpt-image-2.6-sunburst, 10, 16, 32000",
        "gpt-image-2.6-flare, 10, 16, 32000"
    })
    void knowsHowMany(String model, int images, int inputs, int promptCharacters) {
        Capabilities capabilities = of(model);

        assertThat(ModelTable.profileOf(model).known()).isTrue();
        assertThat(capabilities.maxImagesPerCall()).isEqualTo(images);
        assertThat(capabilities.maxInputs()).isEqualTo(inputs);
        assertThat(capabilities.maxPromptCharacters()).hasValue(promptCharacters);
    }

    @ParameterizedTest
    @CsvSource({
        "dall-e-2, 2026-05-12",
        "dall-e-3, 2026-05-12",
        "gpt-image-1, 2026-10-23",
        "gpt-image-1-mini, 2026-12-01",
        "gpt-image-1.5, 2026-12-01",
        "chatgpt-image-latest, 2026-12-01"
    })
    void knowsTheDayOfItsEnd(String model, LocalDate day) {
        assertThat(ModelTable.profileOf(model).ends()).contains(day);
    }

    @Test
    void knowsNoEndOfTheLiveOnes() {
        assertThat(ModelTable.profileOf("gpt-image-2").ends()).isEmpty();
        assertThat(ModelTable.profileOf("gpt-image-2.6-flare").ends()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-image-2-2026-04-21", "gpt-image-2.5-flare-2026-09-08", "gpt-image-1.5-2025-12-16"})
    void knowsADatedSnapshotByItsName(String model) {
        assertThat(ModelTable.profileOf(model).known()).isTrue();
    }

    @Test
    void knowsTheSizesOfEach() {
        assertThat(of("dall-e-2").sizes().fixed())
                .containsExactlyInAnyOrder(ImageSize.square(256), ImageSize.square(512), ImageSize.square(1024));
        assertThat(of("dall-e-3").sizes().accepts(new ImageSize(1792, 1024))).isTrue();
        assertThat(of("gpt-image-1").sizes().accepts(new ImageSize(1024, 1536))).isTrue();
        assertThat(of("gpt-image-1").sizes().accepts(new ImageSize(1792, 1024))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "1536, 864, true",
        "3840, 2160, true",
        "1024, 1024, true",
        "512, 512, false",
        "3840, 2176, false",
        "1000, 1000, false",
        "3840, 1264, false",
        "1536, 512, true"
    })
    void takesAnySizeOfTheNewerOnesWithinBounds(int width, int height, boolean accepted) {
        assertThat(of("gpt-image-2").sizes().accepts(new ImageSize(width, height)))
                .isEqualTo(accepted);
    }

    @Test
    void knowsWhatEachHonours() {
        assertThat(of("dall-e-2").operations()).contains(Operation.VARIATION, Operation.INPAINTING);
        assertThat(of("dall-e-3").operations()).containsExactly(Operation.TEXT_TO_IMAGE);
        assertThat(of("dall-e-3").styles()).containsExactlyInAnyOrder("vivid", "natural");
        assertThat(of("gpt-image-2.6-flare").operations())
                .containsExactlyInAnyOrder(Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE, Operation.INPAINTING);
        assertThat(of("gpt-image-1").qualities()).doesNotContain("xhigh");
        assertThat(of("gpt-image-2.5-flare").qualities()).contains("xhigh", "max");
        assertThat(of("gpt-image-2").backgrounds()).doesNotContain("transparent");
        assertThat(of("gpt-image-2.5-flare").backgrounds()).contains("transparent");
        assertThat(of("gpt-image-2.6-flare").outputFormats()).contains("gif");
        assertThat(of("gpt-image-2.5-flare").outputFormats()).doesNotContain("gif");
    }

    @Test
    void isPrintedALineAModel() {
        assertThat(ModelTable.described())
                .startsWith("as of 2026-11-30")
                .contains(
                        "openai  dall-e-3  1 a call, 0 inputs  1024x1024 or 1792x1024 or 1024x1792  ends 2026-05-12",
                        "openai  gpt-image-2.6-flare  10 a call, 16 inputs  edges that are multiples of 16 from 16 to"
                                + " 3840, 655360 to 8294400 pixels, at most 3:1  $5/$8/$30 a million tokens",
                        "xai  grok-imagine-image-2.0  10 a call, 3 inputs  shapes 1:1 4:3 3:4 3:2 2:3 16:9 9:16 2:1 1:2"
                                + " at 1k 2k  $0.04 (usual), $0.04 (1k), $0.06 (2k) a picture",
                        "together  any model  4 a call, 0 inputs  edges that are multiples of 8 from 64 to 1792");
    }

    @Test
    void promisesNoSeedStepsOrGuidanceAnywhere() {
        for (ModelProfile profile : ModelTable.profiles()) {
            assertThat(profile.capabilities().build().honoured())
                    .as(profile.id())
                    .doesNotContainAnyElementsOf(Set.of(
                            Parameter.SEED,
                            Parameter.STEPS,
                            Parameter.GUIDANCE_SCALE,
                            Parameter.NEGATIVE_PROMPT,
                            Parameter.STRENGTH));
        }
    }

    @Test
    void offersInputFidelityWhereTheApiTakesIt() {
        assertThat(of("gpt-image-1.5").knowsOption("openai.input-fidelity")).isTrue();
        assertThat(of("gpt-image-2").knowsOption("openai.input-fidelity")).isFalse();
        assertThat(of("gpt-image-2").knowsOption("openai.response-format")).isFalse();
        assertThat(of("dall-e-3").knowsOption("openai.response-format")).isTrue();
        assertThat(of("gpt-image-2").knowsOption("openai.extra.anything")).isTrue();
    }
}
