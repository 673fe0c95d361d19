package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.CostClass;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.TriptychConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class OpenAiGeneratorFactoryTest extends AgainstWireMock {

    private static ImageGenerator create(Map<String, ?> settings) {
        return new OpenAiGeneratorFactory().create(GeneratorSettings.of("studio", settings));
    }

    @Test
    void isFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(GeneratorFactory.class))
                .filteredOn(factory -> factory.type().equals("openai"))
                .singleElement()
                .isInstanceOf(OpenAiGeneratorFactory.class);
    }

    @Test
    void documentsEachKeyAndTakesTheKeyByReferenceAlone() {
        assertThat(new OpenAiGeneratorFactory().keys())
                .extracting(SettingKey::name)
                .containsExactlyInAnyOrder(
                        "profile",
                        "base-url",
                        "api-key",
                        "bearer-token",
                        "model",
                        "organization",
                        "project",
                        "deployment",
                        "api-version",
                        "timeout",
                        "max-image-bytes",
                        "cost-class",
                        "capabilities",
                        "mark",
                        "headers",
                        "query",
                        "proxy",
                        "ca-file",
                        "options");
        assertThat(new OpenAiGeneratorFactory().keys())
                .filteredOn(SettingKey::secret)
                .extracting(SettingKey::name)
                .containsExactly("api-key", "bearer-token");
    }

    @Test
    void needsNothingToBeMade() {
        try (ImageGenerator generator = create(Map.of())) {
            assertThat(generator.info().name()).isEqualTo("studio");
            assertThat(generator.info().provider()).isEqualTo("openai");
            assertThat(generator.info().model()).isEqualTo("gpt-image-2.6-flare");
            assertThat(generator.info().local()).isFalse();
            assertThat(generator.capabilities().costClass()).isEqualTo(CostClass.BILLED);
        }
    }

    @Test
    void readsEachKey() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("profile", "azure");
        settings.put("base-url", base());
        settings.put("api-key", KEY);
        settings.put("model", "gpt-image-2");
        settings.put("deployment", "studio-d");
        settings.put("api-version", "2026-01-01");
        settings.put("timeout", "90s");
        settings.put("max-image-bytes", "1MiB");
        settings.put("cost-class", "free");
        settings.put("options", Map.of("user", "u-1", "seed", "42", "ratio", "16:9", "n", "null"));
        answer("openai/generation.json");

        try (ImageGenerator generator = create(settings)) {
            generator.generate(PROMPT);

            assertThat(generator.capabilities().costClass()).isEqualTo(CostClass.FREE);
        }
        assertThat(sent().getUrl()).isEqualTo("/openai/deployments/studio-d/images/generations?api-version=2026-01-01");
        assertThat(sent().getHeader("api-key")).isEqualTo(KEY);
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "user": "u-1", "seed": 42, "ratio": "16:9"}"""));
    }

    @Test
    void namesTheWholeKeyThatCannotBeUsed() {
        assertWrong(
                Map.of("profile", "openia"),
                "generators.studio.profile must be one of [openai, azure, compatible, xai, recraft, ark, together,"
                        + " fireworks, deepinfra, huggingface, stability, gemini, openrouter, bfl, fal, replicate, a1111] but"
                        + " was \"openia\"");
        assertWrong(
                Map.of("profile", "compatible"),
                "generators.studio.base-url must be set for profile compatible but was not");
        assertWrong(
                Map.of("base-url", "ftp://host/"),
                "generators.studio.base-url must be an http or https address but was not");
        assertWrong(
                Map.of("base-url", "https://user:secret@host/v1"),
                "generators.studio.base-url must hold no user and password; set api-key instead");
        assertWrong(Map.of("timeout", "0s"), "generators.studio.timeout must be more than 0 but was PT0S");
        assertWrong(
                Map.of("max-image-bytes", "3GiB"),
                "generators.studio.max-image-bytes must be less than 2 GiB but was 3221225472");
        assertWrong(
                Map.of("cost-class", "cheap"), "generators.studio.cost-class must be billed or free but was \"cheap\"");
    }

    private static void assertWrong(Map<String, ?> settings, String message) {
        assertThatThrownBy(() -> create(settings))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void worksByTheRegistryWithItsKeyFromTheEnvironment() {
        answer("openai/generation.json");
        TriptychConfig config = TriptychConfig.builder()
                .yaml("""
                        default: studio
                        generators:
                          studio: { type: openai, base-url: "%s/v1", api-key: "${env:STUDIO_KEY}" }
                        """.formatted(base()))
                .environment(Map.of("STUDIO_KEY", KEY))
                .build();

        try (GeneratorRegistry registry = GeneratorRegistry.load(config)) {
            assertThat(registry.defaultGenerator().generate(PROMPT).images()).hasSize(1);
        }
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
    }
}
