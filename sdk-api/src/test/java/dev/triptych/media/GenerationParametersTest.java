package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class GenerationParametersTest {

    @Test
    void writesTheFormOfTheWebUi() {
        assertThat(new GenerationParameters("a red fox\nin the snow", "blurry", settings()).format())
                .isEqualTo("""
                        a red fox
                        in the snow
                        Negative prompt: blurry
                        Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 42, Size: 512x768""");
    }

    /** The example in the docstring of parse_generation_parameters, modules/infotext_utils.py, AUTOMATIC1111 v1.10. */
    @Test
    void readsTheWebUisOwnExample() {
        GenerationParameters parsed = GenerationParameters.parse("""
                girl with an artist's beret, determined, blue eyes, ((eyeshadow)), (coquettish), detailed, intricate
                Negative prompt: ugly, fat, (((deformed))), [blurry], (poorly drawn hands), messy drawing
                Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 45dee52b
                """);

        assertThat(parsed.prompt())
                .isEqualTo("girl with an artist's beret, determined, blue eyes, ((eyeshadow)), (coquettish), "
                        + "detailed, intricate");
        assertThat(parsed.negativePrompt())
                .isEqualTo("ugly, fat, (((deformed))), [blurry], (poorly drawn hands), messy drawing");
        assertThat(parsed.settings())
                .containsExactly(
                        Map.entry("Steps", "20"),
                        Map.entry("Sampler", "Euler a"),
                        Map.entry("CFG scale", "7"),
                        Map.entry("Seed", "965400086"),
                        Map.entry("Size", "512x512"),
                        Map.entry("Model hash", "45dee52b"));
    }

    @Test
    void quotesAValueWithACommaAColonOrALineBreak() {
        Map<String, String> settings = settings();
        settings.put("Lora hashes", "fox: 1a2b, snow: 3c4d");
        settings.put("Note", "one\ntwo");

        GenerationParameters parameters = new GenerationParameters("x", "", settings);

        assertThat(parameters.format())
                .endsWith("Size: 512x768, Lora hashes: \"fox: 1a2b, snow: 3c4d\", Note: \"one\\ntwo\"");
        assertThat(GenerationParameters.parse(parameters.format())).isEqualTo(parameters);
    }

    @Test
    void takesANegativePromptLineWithinAPromptAsTheWebUiDoes() {
        String text = new GenerationParameters("a fox\nNegative prompt: snow\nred", "blur", settings()).format();

        GenerationParameters parsed = GenerationParameters.parse(text);

        assertThat(parsed.prompt()).isEqualTo("a fox");
        assertThat(parsed.negativePrompt()).isEqualTo("snow\nred\nblur");
        assertThat(parsed.settings()).isEqualTo(settings());
    }

    @Test
    void takesFewerThanThreeSettingsForThePrompt() {
        GenerationParameters parsed = GenerationParameters.parse("a fox\nSteps: 20, Seed: 42");

        assertThat(parsed.prompt()).isEqualTo("a fox\nSteps: 20, Seed: 42");
        assertThat(parsed.settings()).isEmpty();
    }

    @Test
    void takesAnyTextForAPrompt() {
        assertThat(GenerationParameters.parse("")).isEqualTo(new GenerationParameters("", "", Map.of()));
        assertThat(GenerationParameters.parse("just a fox"))
                .isEqualTo(new GenerationParameters("just a fox", "", Map.of()));
    }

    @Test
    void refusesANameThatWouldNotReadBack() {
        assertThatThrownBy(() -> new GenerationParameters("x", "", Map.of("a:b", "1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("setting must have a name of letters, digits and spaces but had \"a:b\"");
    }

    @Test
    void keepsPromptsOutOfItsToString() {
        assertThat(new GenerationParameters("secret", "hidden", settings()))
                .hasToString("GenerationParameters[prompt of 6 characters, negativePrompt of 6 characters, "
                        + "settings=[Steps, Sampler, CFG scale, Seed, Size]]");
    }

    @Property(seed = "4", tries = 1000)
    void readsBackAnyValue(@ForAll("values") String first, @ForAll("values") String second) {
        Map<String, String> settings = settings();
        settings.put("Model", first);
        settings.put("Clip skip", second);
        GenerationParameters parameters = new GenerationParameters("a fox", "blur", settings);

        assertThat(GenerationParameters.parse(parameters.format())).isEqualTo(parameters);
    }

    @Property(seed = "5", tries = 1000)
    void readsBackAnyPromptOfStrippedLines(@ForAll("prompts") String prompt, @ForAll("prompts") String negative) {
        GenerationParameters parameters = new GenerationParameters(prompt, negative, settings());

        assertThat(GenerationParameters.parse(parameters.format())).isEqualTo(parameters);
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withChars("ab \"\\,:\n\t\r{}雪").ofMaxLength(12),
                Arbitraries.strings().ofMaxLength(12));
    }

    @Provide
    Arbitrary<String> prompts() {
        return Arbitraries.strings()
                .withChars("abc (:,)\"\\雪")
                .ofMinLength(1)
                .ofMaxLength(20)
                .map(line -> "x" + line + "y")
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(lines -> String.join("\n", lines));
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", "20");
        settings.put("Sampler", "Euler a");
        settings.put("CFG scale", "7.5");
        settings.put("Seed", "42");
        settings.put("Size", "512x768");
        return settings;
    }
}
