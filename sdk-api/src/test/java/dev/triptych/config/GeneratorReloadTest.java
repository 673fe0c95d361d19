package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ErrorOrigin;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.cache.PictureCache;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratorReloadTest {

    private static final String TWO =
            "default: a\ngenerators: { a: { type: fake, model: m }, b: { type: fake, model: m } }";
    private static final ImageRequest REQUEST = ImageRequest.of("a fox");

    private final FakeFactory factory = new FakeFactory();
    private String file = "";

    @Test
    void changesOnlyTheGeneratorWhoseSettingsChanged() {
        try (GeneratorRegistry registry = registry(TWO)) {
            ImageGenerator a = registry.generator("a");
            ImageGenerator b = registry.generator("b");
            a.generate(REQUEST);
            b.generate(REQUEST);
            PictureCache cache = cacheOf(a);

            reload(registry, TWO.replace("b: { type: fake, model: m }", "b: { type: fake, model: n }"));
            a.generate(REQUEST);
            b.generate(REQUEST);

            assertThat(factory.made("a m").calls()).isEqualTo(2);
            assertThat(factory.made("a m").closeCount()).isZero();
            assertThat(factory.made("b m").calls()).isEqualTo(1);
            assertThat(factory.made("b m").closeCount()).isEqualTo(1);
            assertThat(factory.made("b n").calls()).isEqualTo(1);
            assertThat(registry.generator("b")).isSameAs(b);
            assertThat(registry.config().generator("b").string("model")).contains("n");
            assertThat(cacheOf(b)).isSameAs(cache);
        }
    }

    @Test
    void endsACallInFlightOnTheOldGeneratorWhichThenCloses() throws InterruptedException {
        try (GeneratorRegistry registry = registry(TWO)) {
            ImageGenerator current = registry.current();
            current.info();
            FaultyGenerator old = factory.made("a m").block();
            GenerationHandle inFlight = current.submit(REQUEST, event -> {});
            old.awaitBlocked(1);

            reload(registry, TWO.replace("a: { type: fake, model: m }", "a: { type: fake, model: n }"));

            current.generate(REQUEST);
            assertThat(factory.made("a n").calls()).isEqualTo(1);
            assertThat(old.closeCount()).isZero();
            old.release();
            inFlight.result();
            assertThat(old.calls()).isEqualTo(1);
            assertThat(old.closeCount()).isEqualTo(1);
            assertThat(factory.made("a n").closeCount()).isZero();
        }
    }

    @Test
    void waitsUntilTwoLooksSeeTheSame() {
        try (GeneratorRegistry registry = registry(TWO)) {
            file = "generators: { c: { type: fake } }";
            registry.lookAgain();
            file = "generators: { d: { type: fake } }";
            registry.lookAgain();
            assertThat(registry.names()).containsExactly("a", "b");

            registry.lookAgain();

            assertThat(registry.names()).containsExactly("d");
        }
    }

    @Test
    void keepsTheConfigurationAndTellsOnceWhereTheFileIsBrokenAndTakesItOnceItIsMended() {
        try (GeneratorRegistry registry = registry(TWO);
                Warnings warnings = new Warnings()) {
            ImageGenerator a = registry.generator("a");
            a.generate(REQUEST);

            reload(registry, TWO.replace("b: { type", "b: { typo: x, type"));
            registry.lookAgain();
            reload(registry, "generators: [");
            a.generate(REQUEST);

            assertThat(registry.names()).containsExactly("a", "b");
            assertThat(factory.made("a m").calls()).isEqualTo(2);
            assertThat(warnings.texts).hasSize(2);
            assertThat(warnings.texts.get(0))
                    .startsWith("the configuration stays as it was: generators.b.typo is not a known key, the nearest"
                            + " is \"type\"; known are ");
            assertThat(warnings.texts.get(1))
                    .startsWith("the configuration stays as it was: triptych.yaml cannot be read at line 1");

            reload(registry, TWO.replace("a: { type: fake, model: m }", "a: { type: fake, model: n }"));
            a.generate(REQUEST);

            assertThat(factory.made("a n").calls()).isEqualTo(1);
            assertThat(factory.made("a m").closeCount()).isEqualTo(1);
            assertThat(warnings.texts).hasSize(2);
        }
    }

    @Test
    void keepsTheConfigurationWhereTheStandardChainRefusesTheNewOne() {
        file = TWO;
        try (GeneratorRegistry registry = standard().build();
                Warnings warnings = new Warnings()) {
            reload(registry, TWO.replace("b: { type", "b: { retry: { tries: 3 }, type"));
            reload(registry, TWO + "\ncache: { memory: much }");

            assertThat(registry.config().generator("b").has("retry")).isFalse();
            assertThat(warnings.texts).hasSize(2);
            assertThat(warnings.texts.get(0))
                    .startsWith("the configuration stays as it was: generators.b.retry.tries is not a known key");
            assertThat(warnings.texts.get(1))
                    .isEqualTo("the configuration stays as it was: cache.memory must be a size such as 256MiB but was"
                            + " \"much\"");
        }
    }

    @Test
    void changesEveryGeneratorWhereASectionChangesAndClosesWhatTheySharedAfterTheLastCall()
            throws InterruptedException {
        try (GeneratorRegistry registry = registry(TWO)) {
            ImageGenerator a = registry.generator("a");
            a.info();
            registry.generator("b").info();
            PictureCache cache = cacheOf(a);
            FaultyGenerator old = factory.made("a m").block();
            GenerationHandle inFlight = a.submit(REQUEST, event -> {});
            old.awaitBlocked(1);

            reload(registry, TWO + "\ncache: { memory: 1MiB }");

            assertThat(factory.made("b m").closeCount()).isEqualTo(1);
            old.release();
            inFlight.result();
            assertThat(old.closeCount()).isEqualTo(1);
            assertThat(cacheOf(a)).isNotSameAs(cache);
            a.info();
            assertThat(factory.made)
                    .hasEntrySatisfying("a m", all -> assertThat(all).hasSize(2));
        }
        assertThat(factory.made.get("a m"))
                .allSatisfy(each -> assertThat(each.closeCount()).isEqualTo(1));
    }

    @Test
    void addsAndRemovesNamesBehindTheHandles() {
        try (GeneratorRegistry registry = registry(TWO)) {
            ImageGenerator b = registry.generator("b");
            b.generate(REQUEST);
            String missing = "generator must name a generator but was \"b\", the nearest is \"a\"; known are a, c";

            reload(registry, TWO.replace("b:", "c:"));

            assertThat(registry.names()).containsExactly("a", "c");
            registry.generator("c").generate(REQUEST);
            assertThat(factory.made("b m").closeCount()).isEqualTo(1);
            assertThatThrownBy(() -> b.generate(REQUEST))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(missing);
            assertThatThrownBy(() -> registry.generator("b")).hasMessage(missing);

            reload(registry, TWO);

            b.generate(REQUEST);
            assertThat(factory.made.get("b m")).hasSize(2);
            assertThat(registry.generator("b")).isSameAs(b);
        }
    }

    @Test
    void lateFallbackOfACallInFlightUsesTheOldSettingsAndLeavesNothingOpen() throws InterruptedException {
        file = TWO.replace("a: { type: fake, model: m }", "a: { type: fake, model: m, fallback: [b] }");
        try (GeneratorRegistry registry = standard().build()) {
            ImageGenerator a = registry.generator("a");
            a.info();
            FaultyGenerator first = factory.made("a m")
                    .block()
                    .failAlways(new ProviderUnavailableException(
                            "no route", ErrorOrigin.of(FaultyGenerator.PROVIDER, Outcome.NOT_SENT)));
            GenerationHandle inFlight = a.submit(REQUEST, event -> {});
            first.awaitBlocked(1);

            reload(registry, file.replace("b: { type: fake, model: m }", "b: { type: fake, model: n }"));
            first.release();

            assertThat(inFlight.result().execution().servedBy().name()).isEqualTo("b");
            assertThat(factory.made.get("b m")).hasSize(1);
            assertThat(factory.made("b m").calls()).isEqualTo(1);
            assertThat(factory.made("b m").closeCount()).isEqualTo(1);
            a.generate(REQUEST);
            assertThat(factory.made("b n").calls()).isEqualTo(1);
            assertThat(first.closeCount()).isZero();
        }
        assertThat(factory.made("b n").closeCount()).isEqualTo(1);
    }

    @Test
    void findsNoPictureOfTheOldSettings() {
        file = TWO + "\ncache: { policy: reuse }";
        try (GeneratorRegistry registry = standard().build()) {
            registry.current().generate(REQUEST);
            registry.current().generate(REQUEST);
            assertThat(factory.made("a m").calls()).isEqualTo(1);

            reload(registry, file.replace("a: { type: fake, model: m }", "a: { type: fake, model: n }"));
            registry.current().generate(REQUEST);

            assertThat(factory.made("a n").calls()).isEqualTo(1);
        }
    }

    @Test
    void followsTheDefaultUntilTheProgramSwitches() {
        try (GeneratorRegistry registry = registry(TWO)) {
            ImageGenerator current = registry.current();
            current.info();

            reload(registry, TWO.replace("default: a", "default: b"));
            assertThat(current.info().name()).isEqualTo("b");
            assertThat(registry.currentName()).isEqualTo("b");
            assertThat(factory.made("a m").closeCount()).isEqualTo(1);

            registry.switchTo("a");
            reload(registry, TWO.replace("default: a", "default: b") + " ");
            assertThat(current.info().name()).isEqualTo("a");
        }
    }

    @Test
    void closesWhatAReloadMadeWhenItIsClosedMeanwhile() throws InterruptedException {
        GeneratorRegistry registry = registry(TWO);
        ImageGenerator a = registry.generator("a");
        a.info();
        Thread closing = new Thread(registry::close);
        factory.onKeys = closing::start;

        reload(registry, TWO + "\ncache: { memory: 1MiB }");
        closing.join();
        reload(registry, TWO);

        assertThat(factory.made("a m").closeCount()).isEqualTo(1);
        assertThatThrownBy(() -> a.generate(REQUEST))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("generator a must be open but was closed");
    }

    @Test
    void followsARealFileOnAThreadOfItsOwn(@TempDir Path directory) throws IOException, InterruptedException {
        Path path = directory.resolve("triptych.yaml");
        Files.writeString(path, TWO);
        TriptychConfig config = TriptychConfig.builder()
                .file(path)
                .environment(Map.of("TRIPTYCH_GENERATORS_B_MODEL", "from-environment"))
                .build();
        try (GeneratorRegistry registry =
                builder(config).reloadEvery(Duration.ofMillis(1)).build()) {
            ImageGenerator a = registry.generator("a");
            a.info();
            factory.awaited = factory.made("a m");

            Files.writeString(path, TWO.replace("model: m", "model: n"));

            assertThat(factory.awaitedClosed.await(30, TimeUnit.SECONDS)).isTrue();
            a.info();
            registry.generator("b").info();
            assertThat(factory.made).containsOnlyKeys("a m", "a n", "b from-environment");
        }
    }

    @Test
    void refusesToReloadWithoutAFileOrWithoutATime() {
        GeneratorRegistry.Builder builder = GeneratorRegistry.builder().factory(factory);

        assertThatThrownBy(() -> builder.reloadEvery(Duration.ZERO))
                .hasMessage("reloadEvery must be a time above zero but was PT0S");
        assertThatThrownBy(() -> builder.reloadEvery(Duration.ofSeconds(1)).build())
                .hasMessage("reloadEvery needs a configuration that was read from a file but this one was not");
    }

    private void reload(GeneratorRegistry registry, String yaml) {
        file = yaml;
        registry.lookAgain();
        registry.lookAgain();
    }

    private GeneratorRegistry registry(String yaml) {
        file = yaml;
        return builder(TriptychConfig.builder().yaml(yaml).build())
                .source(() -> file)
                .build();
    }

    private GeneratorRegistry.Builder builder(TriptychConfig config) {
        return GeneratorRegistry.builder().factory(factory).config(config);
    }

    private static PictureCache cacheOf(ImageGenerator generator) {
        return generator.unwrap(PictureCache.class);
    }

    private GeneratorRegistry.Builder standard() {
        return builder(TriptychConfig.builder().yaml(file).build()).source(() -> file);
    }

    /** Makes faulty generators and remembers them by name and model. */
    private static final class FakeFactory implements GeneratorFactory {
        private final Map<String, List<FaultyGenerator>> made = new ConcurrentHashMap<>();
        private final CountDownLatch awaitedClosed = new CountDownLatch(1);
        private volatile ImageGenerator awaited = FaultyGenerator.named("none");
        private Runnable onKeys = () -> {};

        @Override
        public String type() {
            return "fake";
        }

        @Override
        public List<SettingKey> keys() {
            onKeys.run();
            onKeys = () -> {};
            return List.of(SettingKey.of("model", "tiny", "The model."));
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            FaultyGenerator generator = FaultyGenerator.named(settings.name());
            made.computeIfAbsent(
                            settings.name() + " " + settings.string("model").orElse(""), key -> new ArrayList<>())
                    .add(generator);
            return new ForwardingGenerator(generator) {
                @Override
                protected void release() {
                    if (generator == awaited) {
                        awaitedClosed.countDown();
                    }
                }
            };
        }

        FaultyGenerator made(String nameAndModel) {
            return made.getOrDefault(nameAndModel, List.of()).stream()
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("expected " + nameAndModel + " but found " + made.keySet()));
        }
    }

    /** The warnings of the watch. */
    private static final class Warnings extends Handler implements AutoCloseable {
        private static final Logger LOG = Logger.getLogger(ConfigWatch.class.getName());

        private final List<String> texts = new CopyOnWriteArrayList<>();

        Warnings() {
            LOG.setUseParentHandlers(false);
            LOG.addHandler(this);
        }

        @Override
        public void publish(LogRecord entry) {
            texts.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            LOG.removeHandler(this);
            LOG.setUseParentHandlers(true);
        }
    }
}
