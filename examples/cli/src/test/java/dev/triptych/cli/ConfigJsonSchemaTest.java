package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.triptych.config.ConfigJsonSchema;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.SettingKey;
import dev.triptych.diffusion.LocalDiffusionFactory;
import dev.triptych.discord.DiscordGeneratorFactory;
import dev.triptych.openai.A1111GeneratorFactory;
import dev.triptych.openai.BflGeneratorFactory;
import dev.triptych.openai.ComfyUiGeneratorFactory;
import dev.triptych.openai.FalGeneratorFactory;
import dev.triptych.openai.GeminiGeneratorFactory;
import dev.triptych.openai.OpenAiGeneratorFactory;
import dev.triptych.openai.OpenRouterGeneratorFactory;
import dev.triptych.openai.ReplicateGeneratorFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published schema is that of the code, and says the same as the code of every example that we show. */
class ConfigJsonSchemaTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Path PUBLISHED = ROOT.resolve("docs").resolve("triptych.schema.json");
    private static final Pattern YAML_BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    /** As editors read it, by YAML 1.2: off is a text. */
    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build();

    private static final List<GeneratorFactory> FACTORIES = List.of(
            new OpenAiGeneratorFactory(),
            new GeminiGeneratorFactory(),
            new OpenRouterGeneratorFactory(),
            new BflGeneratorFactory(),
            new FalGeneratorFactory(),
            new ReplicateGeneratorFactory(),
            new A1111GeneratorFactory(),
            new ComfyUiGeneratorFactory(),
            new DiscordGeneratorFactory(),
            new LocalDiffusionFactory());

    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(ConfigJsonSchema.of(FACTORIES));

    private static Set<String> faults(String yaml) throws IOException {
        return SCHEMA.validate(YAML.readTree(yaml)).stream()
                .map(ValidationMessage::getMessage)
                .collect(Collectors.toSet());
    }

    @Test
    void isPublishedAsItIs() throws IOException {
        assertThat(PUBLISHED)
                .as("run ./triptych schema > docs/triptych.schema.json to regenerate the published schema")
                .content()
                .isEqualTo(ConfigJsonSchema.of(FACTORIES));
    }

    @Test
    void isItselfValid() throws IOException {
        JsonSchema draft = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));

        assertThat(draft.validate(new ObjectMapper().readTree(ConfigJsonSchema.of(FACTORIES))))
                .isEmpty();
    }

    @Test
    void hasDefaultsThatItAccepts() throws IOException {
        for (GeneratorFactory factory : FACTORIES) {
            for (SettingKey key : factory.keys()) {
                if (!key.standard().isEmpty()) {
                    String yaml = "generators: { a: { type: " + factory.type() + ", " + key.name() + ": \""
                            + key.standard() + "\" } }";
                    assertThat(faults(yaml)).as(yaml).isEmpty();
                }
            }
        }
    }

    /** Every {@code triptych.yaml} in a README, but not the bot's own configuration. */
    static Stream<String> examples() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            List<String> blocks = files.filter(
                            file -> file.getFileName().toString().endsWith(".md"))
                    .filter(file -> Stream.of("target", "node_modules", "shared", ".git")
                            .noneMatch(folder -> file.toString().contains("/" + folder + "/")))
                    .flatMap(ConfigJsonSchemaTest::blocks)
                    .filter(block -> Pattern.compile("(?m)^(generators|resilience|cache|budget|journal):")
                            .matcher(block)
                            .find())
                    .toList();
            return blocks.stream();
        }
    }

    private static Stream<String> blocks(Path file) {
        try {
            return YAML_BLOCK.matcher(Files.readString(file)).results().map(match -> match.group(1)).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void acceptsEveryExampleOfTheReadmes(String yaml) throws IOException {
        assertThat(faults(yaml)).isEmpty();
    }

    @Test
    void findsTheExamplesOfTheReadmes() throws IOException {
        assertThat(examples()).hasSizeGreaterThanOrEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generators: { a: { type: openai, retry: off, rate-limit: { permits: 10 }, cache: reuse } }",
                "generators: { a: { type: local, timeout: off, threads: '2', model: 1.10 } }",
                "generators: { a: { type: local, threads: '${env:THREADS}', device: '${env:DEVICE}' } }",
                "generators: { a: { type: discord, previews: yes, channel: 1234, trusted-authors: '5678' } }",
                "generators: { a: { type: openai, options: { quality: null, size: { deep: 1 } } } }",
                "resilience: { timeout: PT30S, fallback-on: unavailable, circuit-breaker: off }",
                "cache: { memory: 0, directory: 'C:\\pictures', jcache: { name: shared, uri: 'redis:config' } }",
                "budget: { directory: b, per-call: { money: 0.5, pictures: 4 }, prices: { a: '0.04' }, zone: UTC }"
            })
    void acceptsWhatTheReaderAccepts(String yaml) throws IOException {
        assertThat(faults(yaml)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "defualt: a",
                "generators: { a: { type: openai, modle: x } }",
                "generators: { a: { type: local, api-key: '${env:X}' } }",
                "generators: { a: { type: opnai } }",
                "generators: { a: { model: x } }",
                "generators: { 'a b': { type: local } }",
                "generators: { a: { type: local, retry: { attempts: 2 } } }",
                "generators: { a: { type: local, retry: on } }",
                "generators: { a: { type: openai, api-key: sk-12345 } }",
                "generators: { a: { type: openai, api-key: 'key ${env:X}' } }",
                "generators: { a: { type: local, device: gpu } }",
                "generators: { a: { type: local, threads: two } }",
                "generators: { a: { type: discord, timeout: 10 minutes } }",
                "cache: { policy: always }",
                "cache: { memory: 64 MB }",
                "budget: { per-day: { money: 1, picture: 2 } }",
                "resilience: { fallback-on: [unavailable, tired] }",
                "resilience: { observe: maybe }"
            })
    void refusesWhatTheReaderRefuses(String yaml) throws IOException {
        assertThat(faults(yaml)).isNotEmpty();
    }

    @Test
    void describesEveryKey() throws IOException {
        JsonNode schema = new ObjectMapper().readTree(ConfigJsonSchema.of(FACTORIES));

        assertThat(schema.at("/$defs/generator-openai/properties/profile/description")
                        .textValue())
                .startsWith("The kind of server");
        assertThat(schema.at("/$defs/generator-openai/properties/profile/default")
                        .textValue())
                .isEqualTo("openai");
        assertThat(schema.at("/$defs/generator-local/properties").fieldNames())
                .toIterable()
                .contains("type", "model", "threads", "device", "fallback", "retry", "bulkhead");
        assertThat(schema.at("/properties/resilience/properties/parallel-calls/$ref")
                        .textValue())
                .isEqualTo("#/$defs/parallel-calls");
    }

    @Test
    void isPrintedByTheCommand() {
        StringWriter out = new StringWriter();

        int code = Main.run(new PrintWriter(out), new PrintWriter(out), "schema");

        assertThat(code).isZero();
        assertThat(out.toString()).startsWith("{\n  \"$schema\"").contains("generator-discord", "generator-local");
    }
}
