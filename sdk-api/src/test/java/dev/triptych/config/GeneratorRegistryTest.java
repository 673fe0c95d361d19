package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Capabilities;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationHandle;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.ObservedGenerator;
import dev.triptych.testkit.FaultyGenerator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class GeneratorRegistryTest {

    private static final String YAML = """
            default: studio
            generators:
              studio: { type: fake, model: m, fallback: [offline] }
              offline: { type: fake }
            """;
    private static final ImageRequest REQUEST = ImageRequest.of("a fox");

    private final FakeFactory factory = new FakeFactory();

    @Test
    void makesAGeneratorWhenItIsFirstUsed() {
        try (GeneratorRegistry registry = registry(YAML)) {
            ImageGenerator studio = registry.defaultGenerator();
            assertThat(registry.names()).containsExactly("studio", "offline");
            assertThat(factory.made).isEmpty();

            studio.generate(REQUEST);
            registry.generator("studio").generate(REQUEST);

            assertThat(factory.made).containsOnlyKeys("studio");
            assertThat(factory.only("studio").calls()).isEqualTo(2);
            assertThat(studio.info().name()).isEqualTo("studio");
            assertThat(studio.unwrap(FaultyGenerator.class)).isSameAs(factory.only("studio"));
        }
    }

    @Test
    void closesWhatItMadeOnceAndHandsOutWhatClosingLeavesAlone() {
        GeneratorRegistry registry = registry(YAML);
        try (ImageGenerator studio = registry.defaultGenerator()) {
            studio.generate(REQUEST);
        }
        assertThat(factory.only("studio").closeCount()).isZero();

        registry.close();
        registry.close();

        assertThat(factory.only("studio").closeCount()).isEqualTo(1);
        assertThatThrownBy(() -> registry.generator("studio").generate(REQUEST))
                .isInstanceOfSatisfying(
                        ProviderUnavailableException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                .hasMessage("generator studio must be open but was closed");
    }

    @Test
    void closesAllEvenIfOneFails() {
        List<String> closed = new CopyOnWriteArrayList<>();
        factory.around = provider -> new ForwardingGenerator(provider) {
            @Override
            protected void release() {
                closed.add(info().name());
                throw new IllegalStateException(info().name() + " does not close");
            }
        };
        GeneratorRegistry registry = registry(YAML);
        registry.generator("studio").info();
        registry.generator("offline").info();

        assertThatThrownBy(registry::close)
                .hasMessage("studio does not close")
                .satisfies(error -> assertThat(error.getSuppressed())
                        .singleElement()
                        .satisfies(other -> assertThat(other).hasMessage("offline does not close")));
        assertThat(closed).containsExactlyInAnyOrder("studio", "offline");
    }

    @Test
    void switchesBehindAStableProxyAndClosesTheOldOneWhenItsCallsHaveDrained() throws InterruptedException {
        try (GeneratorRegistry registry =
                registry("default: a\ngenerators: { a: { type: fake }, b: { type: fake } }")) {
            ImageGenerator current = registry.current();
            assertThat(current.info().name()).isEqualTo("a");
            FaultyGenerator a = factory.only("a").block();
            GenerationHandle inFlight = current.submit(REQUEST, event -> {});
            a.awaitBlocked(1);

            registry.switchTo("b");

            assertThat(registry.currentName()).isEqualTo("b");
            assertThat(current.generate(REQUEST).execution().servedBy().name()).isEqualTo("b");
            assertThat(a.closeCount()).isZero();
            a.release();
            assertThat(inFlight.result().execution().servedBy().name()).isEqualTo("a");
            assertThat(a.closeCount()).isEqualTo(1);
            assertThat(factory.only("b").closeCount()).isZero();
        }
    }

    @Test
    void makesAnOldGeneratorAgainWhenItIsUsedAgain() {
        try (GeneratorRegistry registry = registry(YAML)) {
            registry.current().generate(REQUEST);
            registry.switchTo("offline");

            registry.generator("studio").generate(REQUEST);

            assertThat(factory.made.get("studio")).hasSize(2);
        }
    }

    @Test
    void keepsTheOldOneWhereTheNewOneFallsBackToIt() {
        try (GeneratorRegistry registry = registry("default: offline\n" + YAML.substring(YAML.indexOf('\n') + 1))) {
            registry.current().generate(REQUEST);

            registry.switchTo("studio");

            assertThat(factory.only("offline").closeCount()).isZero();
        }
    }

    @Test
    void keepsTheCurrentGeneratorWhenTheNewOneCannotBeMade() {
        try (GeneratorRegistry registry = registry(
                "default: a\ngenerators: { a: { type: fake }, b: { type: fake, key: \"${env:NO_SUCH_KEY}\" } }")) {
            assertThatThrownBy(() -> registry.switchTo("b"))
                    .hasMessage("generators.b.key needs the environment variable NO_SUCH_KEY but it is not set");
            assertThatThrownBy(() -> registry.switchTo("c"))
                    .hasMessage("generator must name a generator but was \"c\", the nearest is \"a\"; known are a, b");

            assertThat(registry.current().info().name()).isEqualTo("a");
        }
    }

    @Test
    void putsTheChainAroundEachGeneratorAndLeavesTheWaitingToALocalOne() {
        try (GeneratorRegistry registry = registry(YAML)) {
            ImageGenerator studio = registry.generator("studio");

            assertThat(studio.unwrap(ObservedGenerator.class))
                    .hasToString("observe → cache → fallback [SharedGenerator[studio], SharedGenerator[offline]]");
            assertThat(studio.unwrap(GuardedGenerator.class)).hasToString("studio: retry → timeout → split → provider");
        }
    }

    @Test
    void asksNoGeneratorWhoItIsBeforeACallOfItsOwn() {
        factory.around = provider -> new ForwardingGenerator(provider) {
            @Override
            public GeneratorInfo info() {
                throw new AssertionError("asked while the chain is put around it");
            }

            @Override
            public Capabilities capabilities() {
                throw new AssertionError("asked while the chain is put around it");
            }
        };
        try (GeneratorRegistry registry = registry(YAML)) {
            registry.switchTo("offline");
            registry.switchTo("studio");

            assertThat(registry.generator("studio").unwrap(FaultyGenerator.class))
                    .isSameAs(factory.only("studio"));
        }
    }

    @Test
    void closesByTheRuleOfTheContractWhateverRuns() throws InterruptedException {
        GeneratorRegistry registry = registry("generators: { a: { type: fake }, b: { type: fake } }");
        FaultyGenerator[] both = {
            made(registry, "a").block(), made(registry, "b").block()
        };
        GenerationHandle a = registry.generator("a").submit(REQUEST, event -> {});
        GenerationHandle b = registry.generator("b").submit(REQUEST, event -> {});
        both[0].awaitBlocked(1);
        both[1].awaitBlocked(1);

        registry.close();

        for (GenerationHandle each : List.of(a, b)) {
            assertThatThrownBy(each::result)
                    .isInstanceOfSatisfying(
                            GenerationCancelledException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT));
        }
        assertThat(registry.generator("a").info().name()).isEqualTo("a");
    }

    private FaultyGenerator made(GeneratorRegistry registry, String name) {
        return registry.generator(name).unwrap(FaultyGenerator.class);
    }

    @Test
    void preparesThroughTheWholeChain() {
        try (GeneratorRegistry registry = registry(YAML)) {
            registry.generator("studio").prepare(GenerationContext.create());

            assertThat(factory.only("studio").prepareCount()).isEqualTo(1);
            assertThat(factory.only("offline").prepareCount()).isEqualTo(1);
        }
    }

    @Test
    void refusesAnUnknownKeyOrType() {
        assertThatThrownBy(() -> registry("generators: { a: { type: fake, modle: x } }"))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "generators.a.modle is not a known key, the nearest is \"model\"; known are bulkhead, cache,"
                                + " circuit-breaker, fallback, fallback-on, key, model, parallel-calls, prompt-rewriter, rate-limit, retry,"
                                + " timeout, type");
        assertThatThrownBy(() -> registry("generators: { a: { type: fale } }"))
                .hasMessage("generators.a.type must be one of those on the class path (fake) but was \"fale\"");
    }

    /** An application that uses one provider need not have the jars of all that its configuration names. */
    @Test
    void aProviderThatIsNotThereStopsNobodyElse() {
        try (GeneratorRegistry registry = registry("""
                generators:
                  studio: { type: openai, model: m, api-key: "${env:KEY}" }
                  first: { type: openai, model: m, fallback: [offline] }
                  offline: { type: fake }
                """)) {
            assertThat(registry.generator("offline").generate("a fox").images()).hasSize(1);
            assertThat(registry.generator("first")
                            .generate("a fox")
                            .execution()
                            .servedBy()
                            .name())
                    .isEqualTo("offline");
            assertThatThrownBy(() -> registry.generator("studio").generate("a fox"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("generators.studio.type is openai, which needs dev.triptych:triptych-provider-openai"
                            + " on the class path but that is not there; add <dependency><groupId>dev.triptych</groupId>"
                            + "<artifactId>triptych-provider-openai</artifactId></dependency>");
        }
        try (GeneratorRegistry registry = registry("generators: { a: { type: local }, b: { type: fake } }")) {
            assertThatThrownBy(() -> registry.generator("a").generate("a fox"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("generators.a.type is local, which needs"
                            + " dev.triptych:triptych-provider-local-diffusion-cpu on the class path but that is not"
                            + " there; add <dependency><groupId>dev.triptych</groupId>"
                            + "<artifactId>triptych-provider-local-diffusion-cpu</artifactId><type>pom</type>"
                            + "</dependency>");
        }
    }

    @Test
    void refusesASecretThatIsWrittenOut() {
        for (String literal : List.of("sk-12345", "prefix-${env:X}", "[sk-12345]")) {
            assertThatThrownBy(() -> registry("generators: { a: { type: fake, key: \"" + literal + "\" } }"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("generators.a.key must be a reference such as ${env:NAME} or ${file:PATH} but was"
                            + " written out; it is a secret, so it is not shown here");
        }
    }

    @Test
    void takesASecretFromTheEnvironmentAndTheProgram() {
        TriptychConfig config = TriptychConfig.builder()
                .yaml("generators: { a: { type: fake }, b: { type: fake, key: \"${env:KEY}\" }, c: { type: fake } }")
                .environment(Map.of("TRIPTYCH_GENERATORS_A_KEY", "1", "KEY", "2"))
                .set("c", "key", "3")
                .build();
        try (GeneratorRegistry registry =
                GeneratorRegistry.builder().factory(factory).config(config).build()) {
            registry.names().forEach(name -> registry.generator(name).info());

            assertThat(factory.keys).containsExactlyInAnyOrder("1", "2", "3");
        }
    }

    @Test
    void asksWhichGeneratorWhereThereAreSeveral() {
        try (GeneratorRegistry registry = registry("generators: { a: { type: fake }, b: { type: fake } }")) {
            assertThatThrownBy(registry::defaultGenerator)
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("default must name one of a, b but was not set");
            registry.switchTo("b");
            assertThat(registry.current().info().name()).isEqualTo("b");
        }
    }

    @Test
    void saysWhatIsMissingWhereNothingIsConfiguredAndNoLocalProviderIsThere() {
        try (GeneratorRegistry registry = registry("")) {
            assertThat(registry.names()).isEmpty();
            assertThatThrownBy(registry::defaultGenerator)
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("no generator is configured, and the built-in one needs a provider of type local on the"
                            + " class path but there is none");
        }
    }

    private GeneratorRegistry registry(String yaml) {
        return builder(yaml).build();
    }

    private GeneratorRegistry.Builder builder(String yaml) {
        return GeneratorRegistry.builder()
                .factory(factory)
                .config(TriptychConfig.builder().yaml(yaml).build());
    }

    /** Makes faulty generators and remembers them by name. */
    private static final class FakeFactory implements GeneratorFactory {
        private final Map<String, List<FaultyGenerator>> made = new HashMap<>();
        private final List<String> keys = new ArrayList<>();
        private UnaryOperator<ImageGenerator> around = provider -> provider;

        @Override
        public String type() {
            return "fake";
        }

        @Override
        public List<SettingKey> keys() {
            return List.of(SettingKey.of("model", "tiny", "The model."), SettingKey.secret("key", "The key."));
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            FaultyGenerator generator = FaultyGenerator.named(settings.name());
            made.computeIfAbsent(settings.name(), name -> new ArrayList<>()).add(generator);
            settings.string("key").ifPresent(keys::add);
            return around.apply(generator);
        }

        FaultyGenerator only(String name) {
            List<FaultyGenerator> generators = made.getOrDefault(name, List.of());
            assertThat(generators).hasSize(1);
            return generators.get(0);
        }
    }
}
