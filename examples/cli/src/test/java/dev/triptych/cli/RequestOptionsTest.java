package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageRequest;
import dev.triptych.RequestField;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RequestOptionsTest {

    /** Fields that are called otherwise on the command line, or are said otherwise. */
    private static final Map<String, String> OTHERWISE = Map.of(
            "negativePrompt", "--negative", "guidanceScale", "--guidance", "inputs", "--input", "options", "--option");

    /**
     * The prompt is an argument; earlier pictures of a provider are for programs, and for buttons of the Discord bot.
     */
    private static final Set<String> NO_OPTION = Set.of("prompt", "reference");

    @Test
    void everyFieldOfARequestHasAnOption() {
        CommandLine generate =
                Objects.requireNonNull(Main.commandLine().getSubcommands().get("generate"));

        for (RequestField<?> field : RequestField.ALL) {
            if (!NO_OPTION.contains(field.name())) {
                String option = OTHERWISE.getOrDefault(
                        field.name(),
                        "--" + field.name().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
                assertThat(generate.getCommandSpec().findOption(option))
                        .as(option)
                        .isNotNull();
            }
        }
    }

    @Test
    void theOptionsMakeTheRequest() {
        RequestOptions options = new RequestOptions();
        new CommandLine(options)
                .parseArgs(
                        "--negative=blur",
                        "--count=2",
                        "--aspect-ratio=16:9",
                        "--seed=7",
                        "--steps=9",
                        "--guidance=3.5",
                        "--quality=high",
                        "--style=vivid",
                        "--background=opaque",
                        "--output-format=webp",
                        "--compression=80",
                        "--option=other.key=1");

        ImageRequest request = options.request("a fox");

        Map<String, String> said = new TreeMap<>();
        RequestField.ALL.forEach(
                field -> field.of(request).ifPresent(value -> said.put(field.name(), value.toString())));
        assertThat(said)
                .isEqualTo(new TreeMap<>(Map.ofEntries(
                        Map.entry("prompt", "a fox"),
                        Map.entry("negativePrompt", "blur"),
                        Map.entry("count", "2"),
                        Map.entry("aspectRatio", "16:9"),
                        Map.entry("seed", "7"),
                        Map.entry("steps", "9"),
                        Map.entry("guidanceScale", "3.5"),
                        Map.entry("quality", "high"),
                        Map.entry("style", "vivid"),
                        Map.entry("background", "opaque"),
                        Map.entry("outputFormat", "webp"),
                        Map.entry("compression", "80"),
                        Map.entry("options", "{other.key=1}"))));
    }

    @Test
    void outpaintIsAnOptionOfTheLocalEngine() {
        RequestOptions options = new RequestOptions();
        new CommandLine(options).parseArgs("--outpaint=64,0,128,0");

        assertThat(options.request("a fox").options()).isEqualTo(Map.of("local.outpaint", "64,0,128,0"));
    }
}
