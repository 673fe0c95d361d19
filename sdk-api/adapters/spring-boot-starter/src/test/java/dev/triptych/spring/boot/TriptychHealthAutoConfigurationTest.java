package dev.triptych.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerator;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.config.GeneratorRegistry;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TriptychHealthAutoConfigurationTest {

    private final FakeFactory fake = new FakeFactory("fake");
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(TriptychAutoConfiguration.class, TriptychHealthAutoConfiguration.class))
            .withBean("fakeFactory", FakeFactory.class, () -> fake)
            .withBean("remoteFactory", FakeFactory.class, () -> new FakeFactory("remote"))
            .withPropertyValues(
                    "triptych.default=studio",
                    "triptych.generators.studio.type=fake",
                    "triptych.generators.studio.circuit-breaker.window=1",
                    "triptych.generators.studio.circuit-breaker.min-calls=1",
                    "triptych.generators.studio.retry=off");

    @Test
    void isThereUnderItsName() {
        context.run(started -> assertThat(started).hasBean("triptychHealthIndicator"));
    }

    @Test
    void canBeTurnedOff() {
        context.withPropertyValues("management.health.triptych.enabled=false")
                .run(started -> assertThat(started).doesNotHaveBean("triptychHealthIndicator"));
    }

    @Test
    void isNotThereWithoutTheActuator() {
        context.withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate.health", "org.springframework.boot.health"))
                .run(started -> assertThat(started).hasNotFailed().doesNotHaveBean("triptychHealthIndicator"));
    }

    @Test
    void stepsBackForTheApplicationsOwn() {
        Object own = new Object();

        context.withBean("triptychHealthIndicator", Object.class, () -> own)
                .run(started ->
                        assertThat(started.getBean("triptychHealthIndicator")).isSameAs(own));
    }

    @Test
    void isUpWithoutASinglePicture() {
        context.run(started -> {
            GeneratorHealth health = health(started);

            assertThat(health.up()).isTrue();
            assertThat(health.details())
                    .containsEntry("current", "studio")
                    .containsEntry("studio", Map.of("provider", "faulty", "model", "tiny", "circuit", "CLOSED"))
                    .doesNotContainKey("budget");
            assertThat(fake.made("studio").calls()).isZero();
        });
    }

    @Test
    void isDownWhereTheOnlyGeneratorCannotBeMade() {
        context.withPropertyValues("triptych.generators.studio.type=remote").run(started -> {
            GeneratorHealth health = health(started);

            assertThat(health.up()).isFalse();
            assertThat(health.details())
                    .containsEntry("studio", Map.of("error", "generators.studio.api-key must be set but was not"));
        });
    }

    @Test
    void isDownWhileTheOnlyCircuitIsOpen() {
        context.run(started -> {
            ImageGenerator generator = started.getBean(ImageGenerator.class);
            GeneratorHealth before = health(started);
            fake.made("studio")
                    .failAlways(
                            new ProviderUnavailableException("no route", ErrorOrigin.of("faulty", Outcome.NOT_SENT)));
            assertThatThrownBy(() -> generator.generate("a fox")).isInstanceOf(ProviderUnavailableException.class);

            assertThat(before.up()).isTrue();
            assertThat(health(started).up()).isFalse();
            assertThat(health(started).details().get("studio"))
                    .hasToString("{provider=faulty, model=tiny, circuit=OPEN}");
        });
    }

    @Test
    void isUpWhileAFallbackCanServe() {
        context.withPropertyValues(
                        "triptych.generators.studio.type=remote",
                        "triptych.generators.studio.fallback=offline",
                        "triptych.generators.offline.type=fake")
                .run(started -> assertThat(health(started).up()).isTrue());
    }

    @Test
    void saysWhatWasSpent(@TempDir Path folder) {
        context.withPropertyValues("triptych.budget.directory=" + folder, "triptych.budget.per-day.pictures=5")
                .run(started -> {
                    started.getBean(ImageGenerator.class).generate("a fox");

                    assertThat(health(started).details())
                            .hasEntrySatisfying(
                                    "budget",
                                    spent -> assertThat(spent.toString()).contains("unsettled=0"));
                });
    }

    private static GeneratorHealth health(AssertableApplicationContext started) {
        return GeneratorHealth.of(started.getBean(GeneratorRegistry.class));
    }
}
