package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TriptychConfigTest {

    private static final String YAML = """
            default: studio
            generators:
              studio:  { type: openai, model: gpt-image-1, api-key: "${env:OPENAI_API_KEY}", fallback: [offline] }
              offline: { type: local, model: 1.10 }
              # a name with signs of its own
              art-room.2: { type: discord, channel: "0123" }
            cache: { directory: /var/cache, memory: 256MiB }
            """;

    @Test
    void readsGeneratorsInTheFilesOrder() {
        TriptychConfig config = parse(YAML);

        assertThat(config.generatorNames()).containsExactly("studio", "offline", "art-room.2");
        assertThat(config.defaultName()).hasValue("studio");
        assertThat(config.fallback("studio")).containsExactly("offline");
        assertThat(config.isBuiltIn()).isFalse();
    }

    @Test
    void keepsAScalarAsItWasWritten() {
        TriptychConfig config = parse(YAML);

        assertThat(config.generator("offline").string("model")).hasValue("1.10");
        assertThat(config.generator("art-room.2").string("channel")).hasValue("0123");
    }

    @Test
    void givesASectionItsTypedValues() {
        GeneratorSettings cache = parse(YAML).section("cache");

        assertThat(cache.bytes("memory")).hasValue(256L << 20);
        assertThat(cache.keys()).containsExactly("directory", "memory");
        assertThat(parse(YAML).section("budget").keys()).isEmpty();
        assertThatThrownBy(() -> cache.duration("memory"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("cache.memory must be a time such as 30s or 5m but was \"256MiB\"");
    }

    @Test
    void laysTheEnvironmentOverTheFileAndTheProgramOverBoth() {
        TriptychConfig config = TriptychConfig.builder()
                .yaml(YAML)
                .environment(Map.of(
                        "TRIPTYCH_DEFAULT", "offline",
                        "TRIPTYCH_GENERATORS_OFFLINE_MODEL", "from-environment",
                        "TRIPTYCH_GENERATORS_STUDIO_MODEL", "from-environment",
                        "TRIPTYCH_GENERATORS_STUDIO_API_KEY", "k",
                        "TRIPTYCH_GENERATORS_STUDIO_RETRY__MAX_ATTEMPTS", "5",
                        "TRIPTYCH_GENERATORS_STUDIO_FALLBACK", "[art-room.2, offline]",
                        "TRIPTYCH_GENERATORS_ART_ROOM_2_CHANNEL", "77",
                        "TRIPTYCH_CACHE_DIRECTORY", "/elsewhere",
                        "TRIPTYCH_HOME", "/opt/triptych"))
                .set("studio", "model", "from-program")
                .build();

        assertThat(config.defaultName()).hasValue("offline");
        assertThat(config.generator("offline").string("model")).hasValue("from-environment");
        assertThat(config.generator("studio").string("model")).hasValue("from-program");
        assertThat(config.generator("studio").string("api-key")).hasValue("k");
        assertThat(config.generator("studio").map("retry")).containsExactly(Map.entry("max-attempts", "5"));
        assertThat(config.fallback("studio")).containsExactly("art-room.2", "offline");
        assertThat(config.generator("art-room.2").string("channel")).hasValue("77");
        assertThat(config.section("cache").string("directory")).hasValue("/elsewhere");
        assertThat(config.section("cache").string("memory")).hasValue("256MiB");
    }

    @Test
    void addsAGeneratorWhoseTypeTheEnvironmentSays() {
        TriptychConfig config = TriptychConfig.builder()
                .environment(Map.of(
                        "TRIPTYCH_GENERATORS_MY_STUDIO_TYPE", "openai", "TRIPTYCH_GENERATORS_MY_STUDIO_MODEL", "m"))
                .build();

        assertThat(config.generatorNames()).containsExactly("my-studio");
        assertThat(config.generator("my-studio").string("model")).hasValue("m");
    }

    @Test
    void refusesAVariableThatFitsNoGenerator() {
        assertThatThrownBy(() -> TriptychConfig.builder()
                        .yaml(YAML)
                        .environment(Map.of("TRIPTYCH_GENERATORS_STUDIA_MODEL", "m"))
                        .build())
                .isInstanceOf(ConfigException.class)
                .hasMessage("environment variable TRIPTYCH_GENERATORS_STUDIA_MODEL must be TRIPTYCH_GENERATORS_NAME_KEY"
                        + " but there is no generator of such a name; known are art-room.2, offline, studio");
    }

    @Test
    void findsTheVariableThatWasMeant() {
        Map<String, String> environment = Map.of(
                "TRIPTYCH_DEFUALT", "a",
                "TRIPTYCH_CAHCE_DIRECTORY", "b",
                "TRIPTYCH_GENERATOR_STUDIO_MODEL", "c",
                "TRIPTYCH_CLIP", "d",
                "TRIPTYCH_DEFAULT", "studio",
                "TRIPTYCH_CACHE_MEMORY", "1MiB",
                "OTHER", "e");

        assertThat(EnvironmentLayer.unheard(environment, Set.of("studio")))
                .isEqualTo(Map.of(
                        "TRIPTYCH_DEFUALT", "TRIPTYCH_DEFAULT",
                        "TRIPTYCH_CAHCE_DIRECTORY", "TRIPTYCH_CACHE_DIRECTORY",
                        "TRIPTYCH_GENERATOR_STUDIO_MODEL", "TRIPTYCH_GENERATORS_STUDIO_MODEL"));
    }

    @Test
    void takesAGeneratorWithoutAValueForOneWithoutSettings() {
        TriptychConfig config = parse("default: offline\ngenerators:\n  offline:\n  studio: { type: openai }\n");

        assertThat(config.generator("offline").string("type")).hasValue("local");
        assertThat(config.generatorNames()).containsExactly("offline", "studio");
        assertThatThrownBy(() -> parse("generators:\n  offline:\n  studio:\n"))
                .hasMessage("generators.studio.type must be set but was not");
    }

    @Test
    void hasOneLocalGeneratorWhereNothingIsConfigured() {
        TriptychConfig empty = TriptychConfig.builder().build();
        TriptychConfig cacheOnly = parse("cache: { memory: 1MiB }");
        TriptychConfig adjusted = TriptychConfig.builder()
                .environment(Map.of("TRIPTYCH_GENERATORS_OFFLINE_MODEL", "/models/sd15"))
                .build();

        for (TriptychConfig config : List.of(empty, cacheOnly, adjusted)) {
            assertThat(config.isBuiltIn()).isTrue();
            assertThat(config.defaultName()).hasValue("offline");
            assertThat(config.generator("offline").string("type")).hasValue("local");
        }
        assertThat(adjusted.generator("offline").string("model")).hasValue("/models/sd15");
    }

    @Test
    void takesTheOnlyGeneratorForTheDefaultAndNoneOfSeveral() {
        assertThat(parse("generators: { a: { type: local } }").defaultName()).hasValue("a");
        assertThat(parse("generators: { a: { type: local }, b: { type: local } }")
                        .defaultName())
                .isEmpty();
    }

    @Test
    void looksUpReferencesWhenTheGeneratorIsAskedFor(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("key.txt"), "sk-1\n");
        Path file = directory.resolve("triptych.yaml");
        Files.writeString(file, """
                generators:
                  a:
                    type: openai
                    api-key: ${file:key.txt}
                    base-url: http://${env:HOST}:80/
                    note: $${env:HOST}
                    headers: { x: ["${env:HOST}"] }
                """);

        GeneratorSettings settings = TriptychConfig.builder()
                .file(file)
                .environment(Map.of("HOST", "h$1"))
                .build()
                .generator("a");

        assertThat(settings.string("api-key")).hasValue("sk-1");
        assertThat(settings.string("base-url")).hasValue("http://h$1:80/");
        assertThat(settings.string("note")).hasValue("${env:HOST}");
        assertThat(settings.map("headers")).containsExactly(Map.entry("x", List.of("h$1")));
        assertThat(settings.toString()).doesNotContain("sk-1");
    }

    @Test
    void takesTheDefaultOfAReferenceWhereTheVariableIsNotSetOrEmpty() {
        TriptychConfig config = TriptychConfig.builder()
                .yaml(
                        "generators: { a: { type: x, k: \"${env:K:-http://b:80}\", l: \"${env:L:-b}\", m: \"x${env:M:-}\" } }")
                .environment(Map.of("K", "", "L", "set"))
                .build();

        GeneratorSettings settings = config.generator("a");

        assertThat(settings.string("k")).hasValue("http://b:80");
        assertThat(settings.string("l")).hasValue("set");
        assertThat(settings.string("m")).hasValue("x");
    }

    @Test
    void takesADefaultForNoReferenceToASecret() {
        assertThat(References.isReference("${env:KEY}")).isTrue();
        assertThat(References.isReference("${file:~/key}")).isTrue();
        assertThat(References.isReference("${env:KEY:-sk-123}")).isFalse();
    }

    @Test
    void namesWhatAReferenceMisses(@TempDir Path directory) throws IOException {
        TriptychConfig config = parse(YAML);
        TriptychConfig wrongKind = parse("generators: { a: { type: x, k: \"${ENV:X}\" } }");
        Path file = Files.writeString(
                directory.resolve("t.yaml"), "generators: { a: { type: x, k: \"${file:no-such-key}\" } }");

        assertThatThrownBy(() -> config.generator("studio"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "generators.studio.api-key needs the environment variable OPENAI_API_KEY but it is not set");
        assertThatThrownBy(() -> wrongKind.generator("a"))
                .hasMessage("generators.a.k must refer to ${env:NAME} or ${file:PATH} but refers to ${ENV:X}");
        assertThatThrownBy(() -> TriptychConfig.builder().file(file).build().generator("a"))
                .hasMessage(
                        "generators.a.k needs the file " + directory.resolve("no-such-key") + " but it does not exist");
    }

    @Test
    void namesTheNearestKeyAndName() {
        assertThatThrownBy(() -> parse("generator: {}"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generator is not a known key, the nearest is \"generators\"; known are budget, cache,"
                        + " default, generators, journal, resilience, shared, store");
        assertThatThrownBy(() -> parse("default: ofline\ngenerators: { offline: { type: local } }"))
                .hasMessage("default must name a generator but was \"ofline\", the nearest is \"offline\";"
                        + " known are offline");
        assertThatThrownBy(() -> parse("generators: { a: { type: x, fallback: [b] } }"))
                .hasMessage("generators.a.fallback must name a generator but was \"b\", the nearest is \"a\";"
                        + " known are a");
        assertThatThrownBy(() -> parse("generators: { a: { type: x, fallback: a } }"))
                .hasMessage("generators.a.fallback must name other generators but names a itself");
    }

    @Test
    void saysWhereTheYamlIsBroken() {
        assertThatThrownBy(() -> parse("generators:\n  a: { type: local\n  b: secret: x\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageMatching("triptych.yaml cannot be read at line \\d+, column \\d+: [^\n]*")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> parse("a: 1\n\tb: 2"))
                .hasMessage("triptych.yaml cannot be read at line 2, column 1: found character '\\t(TAB)'"
                        + " that cannot start any token. (Do not use \\t(TAB) for indentation)");
        assertThatThrownBy(() -> parse("- a"))
                .hasMessage("triptych.yaml must be a map of keys and values but was a list");
        assertThatThrownBy(() -> parse("cache: {}\ncache: {}")).hasMessageMatching("triptych.yaml .*line 2.*");
        assertThatThrownBy(() -> parse("generators: { a: local }"))
                .hasMessage("generators.a must be a map of keys and values but was a text");
        assertThatThrownBy(() -> parse("generators: { a: { model: x } }"))
                .hasMessage("generators.a.type must be set but was not");
        assertThatThrownBy(() -> parse("generators: { 'a b': { type: x } }"))
                .hasMessage("generators must have names of letters, digits, '.', '_' and '-' but one is \"a b\"");
        assertThatThrownBy(() -> parse("cache: &c {}\nbudget: *c"))
                .hasMessage("triptych.yaml must not hold an alias (*name), which is not supported, but does,"
                        + " at line 2, column 9");
        assertThatThrownBy(() -> parse("cache: &c { memory: &m 1 }\nbudget:\n  <<: *c\n"))
                .hasMessage("triptych.yaml must not hold an alias (*name), which is not supported, but does,"
                        + " at line 3, column 7");
        assertThatThrownBy(() -> parse("cache: { memory: &m 1, max-size: *m }"))
                .hasMessage("triptych.yaml must not hold an alias (*name), which is not supported, but does,"
                        + " at line 1, column 34");
        assertThatThrownBy(() -> parse("cache: {}\n---\nbudget: {}"))
                .hasMessage("triptych.yaml must hold one document but holds more, at line 3, column 1");
    }

    @Test
    void saysWhichFileIsMissing(@TempDir Path directory) {
        Path file = directory.resolve("triptych.yaml");

        assertThatThrownBy(() -> TriptychConfig.load(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage("configuration file does not exist: " + file);
    }

    @Test
    void countsAKeyWithoutAValueAsNotGiven() {
        TriptychConfig config = parse("generators:\n  a:\n    type: local\n    model:\ncache:\n");

        assertThat(config.generator("a").has("model")).isFalse();
        assertThat(config.section("cache").keys()).isEmpty();
    }

    @Test
    void readsTimesAndFlags() {
        GeneratorSettings settings =
                parse("generators: { a: { type: x, timeout: 2m, flag: yes } }").generator("a");

        assertThat(settings.duration("timeout")).hasValue(Duration.ofMinutes(2));
        assertThat(settings.bool("flag")).hasValue(true);
    }

    private static TriptychConfig parse(String yaml) {
        return TriptychConfig.builder().yaml(yaml).build();
    }
}
