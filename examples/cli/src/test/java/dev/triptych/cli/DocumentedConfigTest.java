package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configurations that the documentation shows, held against the types that there are. */
class DocumentedConfigTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    /** A key for each variable that a page names. */
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("OPENAI_API_KEY", "sk-0123456789"),
            Map.entry("GEMINI_API_KEY", "gm-0123456789"),
            Map.entry("OPENROUTER_API_KEY", "or-0123456789"),
            Map.entry("BFL_API_KEY", "bfl-0123456789"),
            Map.entry("FAL_KEY", "fal-0123456789"),
            Map.entry("REPLICATE_API_TOKEN", "r8-0123456789"),
            Map.entry("XAI_API_KEY", "xai-0123456789"),
            Map.entry("RECRAFT_API_KEY", "rc-0123456789"),
            Map.entry("STABILITY_API_KEY", "st-0123456789"),
            Map.entry("HF_TOKEN", "hf-0123456789"));

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private static GeneratorRegistry load(String yaml) {
        return GeneratorRegistry.load(
                TriptychConfig.builder().environment(KEYS).yaml(yaml).build());
    }

    @Test
    void fiveProvidersSideBySideAreFive() throws IOException {
        Matcher yaml = YAML.matcher(Files.readString(ROOT.resolve("docs/compare.md")));
        assertThat(yaml.find()).isTrue();
        String text = yaml.group(1).replace("~/.local/state/triptych/budget", folder.toString());

        try (GeneratorRegistry registry = load(text)) {
            assertThat(registry.names()).containsExactly("openai", "gemini", "flux", "home", "offline");
            assertThat(registry.names())
                    .map(name -> registry.generator(name).info().provider())
                    .containsExactly("openai", "gemini", "bfl", "a1111", "local");
        }
    }

    @Test
    void theLiveScriptsServersCanBeMade() throws IOException {
        try (GeneratorRegistry registry = load(Files.readString(ROOT.resolve("provider-openai/live/triptych.yaml")))) {
            String script = Files.readString(ROOT.resolve("provider-openai/live/try-hosted.sh"));

            for (String name : registry.names()) {
                assertThat(registry.generator(name).info().name()).isEqualTo(name);
                assertThat(script).contains(name + "=");
            }
        }
    }
}
