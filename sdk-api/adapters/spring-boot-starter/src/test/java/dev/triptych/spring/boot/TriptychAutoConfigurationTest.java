package dev.triptych.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class TriptychAutoConfigurationTest {

    private final FakeFactory fake = new FakeFactory("fake");
    private final FakeFactory remote = new FakeFactory("remote");
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    TriptychAutoConfiguration.class,
                    TriptychHealthAutoConfiguration.class,
                    TriptychImageModelAutoConfiguration.class))
            .withBean("fakeFactory", FakeFactory.class, () -> fake)
            .withBean("remoteFactory", FakeFactory.class, () -> remote);

    @Test
    void makesTheGeneratorsOfTheProperties() {
        context.withPropertyValues(
                        "triptych.default=studio",
                        "triptych.generators.studio.type=fake",
                        "triptych.generators.studio.base-url=http://localhost",
                        "triptych.generators.offline.type=fake")
                .run(started -> {
                    GeneratorRegistry registry = started.getBean(GeneratorRegistry.class);
                    assertThat(registry.names()).containsExactlyInAnyOrder("studio", "offline");
                    ImageGenerator generator = started.getBean(ImageGenerator.class);
                    assertThat(generator.info().name()).isEqualTo("studio");
                    generator.generate("a fox");
                    assertThat(fake.made("studio").requests()).containsExactly(ImageRequest.of("a fox"));
                    assertThat(fake.settings("studio").string("base-url")).contains("http://localhost");
                });
    }

    @Test
    void bindsTheWholeTreeOfTheFile() {
        context.withPropertyValues(
                        "triptych.default=studio",
                        "triptych.generators.studio.type=fake",
                        "triptych.generators.studio.fallback[0]=offline",
                        "triptych.generators.studio.fallback[1]=spare",
                        "triptych.generators.studio.rate-limit=false",
                        "triptych.generators.studio.retry.max-attempts=2",
                        "triptych.generators.studio.options.quality=high",
                        "triptych.generators.offline.type=fake",
                        "triptych.generators.spare.type=fake",
                        "triptych.cache.policy=false",
                        "triptych.cache.memory=1MiB",
                        "triptych.resilience.circuit-breaker=false",
                        "triptych.resilience.fallback-on[0]=unavailable")
                .run(started -> {
                    GeneratorRegistry registry = started.getBean(GeneratorRegistry.class);
                    assertThat(registry.config().fallback("studio")).containsExactly("offline", "spare");
                    GeneratorSettings studio = registry.config().generator("studio");
                    assertThat(studio.string("rate-limit")).contains("off");
                    assertThat(studio.map("retry")).containsEntry("max-attempts", "2");
                    assertThat(studio.map("options")).isEqualTo(Map.of("quality", "high"));
                    assertThat(registry.config().section("cache").string("policy"))
                            .contains("off");
                    assertThat(registry.config().section("resilience").string("circuit-breaker"))
                            .contains("off");
                    assertThat(registry.config().section("resilience").strings("fallback-on"))
                            .containsExactly("unavailable");
                    registry.generator("studio").generate("a fox");
                });
    }

    @Test
    void takesKeysInEachOfSpringsSpellings() {
        context.withInitializer(started -> environment(
                        started,
                        Map.of(
                                "TRIPTYCH_GENERATORS_STUDIO_API_KEY", "sk-from-the-environment",
                                "TRIPTYCH_GENERATORS_STUDIO_RETRY_MAX_ATTEMPTS", "2")))
                .withPropertyValues(
                        "triptych.generators.studio.type=remote", "triptych.generators.studio.baseUrl=http://localhost")
                .run(started -> {
                    started.getBean(ImageGenerator.class).generate("a fox");
                    GeneratorSettings studio = remote.settings("studio");
                    assertThat(studio.string("base-url")).contains("http://localhost");
                    assertThat(studio.string("api-key")).contains("sk-from-the-environment");
                    assertThat(studio.map("retry")).containsEntry("max-attempts", "2");
                });
    }

    private static void environment(ConfigurableApplicationContext context, Map<String, Object> variables) {
        context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    }

    @Test
    void readsAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("triptych.yaml"), """
                default: one
                generators:
                  one: { type: fake }
                  two: { type: fake }
                """);

        context.withPropertyValues("triptych.config=" + file, "triptych.reload=1h")
                .run(started -> assertThat(
                                started.getBean(ImageGenerator.class).info().name())
                        .isEqualTo("one"));
        context.withPropertyValues("triptych.config=" + file.toUri(), "triptych.default=two")
                .run(started -> assertThat(
                                started.getBean(ImageGenerator.class).info().name())
                        .isEqualTo("two"));
        context.withPropertyValues("triptych.config=classpath:two-generators.yaml")
                .run(started -> assertThat(
                                started.getBean(GeneratorRegistry.class).names())
                        .containsExactly("first", "second"));
    }

    @Test
    void refusesAFileBesideProperties() {
        assertThat(failure("triptych.config=triptych.yaml", "triptych.generators.studio.type=fake"))
                .isEqualTo("triptych.config and triptych.generators must not both be set: the file says all, or the"
                        + " properties do");
        assertThat(failure("triptych.config=triptych.yaml", "triptych.cache.memory=1MiB"))
                .isEqualTo("triptych.config and triptych.cache must not both be set: the file says all, or the"
                        + " properties do");
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThat(failure("triptych.config=classpath:no-such.yaml"))
                .isEqualTo("triptych.config must be a file or resource that can be read but"
                        + " \"classpath:no-such.yaml\" is not");
    }

    @Test
    void refusesToReloadProperties() {
        assertThat(failure("triptych.reload=2s", "triptych.generators.studio.type=fake"))
                .isEqualTo("triptych.reload needs triptych.config but only properties are set");
    }

    @Test
    void refusesAnUnknownKeyAndNamesTheNearest() {
        assertThat(failure("triptych.generators.studio.type=fake", "triptych.generators.studio.base-uri=x"))
                .startsWith("generators.studio.base-uri is not a known key, the nearest is \"base-url\"");
        assertThat(failure("triptych.cache.memroy=1MiB")).startsWith("cache.memroy is not a known key");
    }

    @Test
    void refusesAnUnknownSection() {
        context.withPropertyValues("triptych.generator.studio.type=fake")
                .run(started -> assertThat(started.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("triptych.generator.studio.type"));
    }

    /** Spring would take a dot in a map's key for another level, and lose the generator. */
    @Test
    void losesNoGeneratorWithADotInItsName() {
        assertThat(failure("triptych.generators.my.gen.type=fake"))
                .isEqualTo("generators.my.type must be set but was not");
        context.withPropertyValues("triptych.generators[my.gen].type=fake")
                .run(started -> assertThat(
                                started.getBean(GeneratorRegistry.class).names())
                        .containsExactly("my.gen"));
    }

    @Test
    void refusesAVariablesNameAsASecret() {
        assertThat(failure(
                        "triptych.generators.studio.type=remote",
                        "triptych.generators.studio.api-key=${env:OPENAI_API_KEY}"))
                .isEqualTo(
                        "triptych.generators.studio.api-key must be the secret itself but is OPENAI_API_KEY, which"
                                + " looks like a variable's name; in Spring's properties write ${OPENAI_API_KEY}, without env:");
    }

    @Test
    void letsAMissingKeyStopNobodyElse() {
        context.withPropertyValues(
                        "triptych.default=offline",
                        "triptych.generators.studio.type=remote",
                        "triptych.generators.offline.type=fake")
                .run(started -> assertThat(started.getBean(ImageGenerator.class)
                                .generate("a fox")
                                .images())
                        .hasSize(1));
    }

    @Test
    void saysWhichProviderToAddWhereThereIsNone() {
        context.run(started -> {
            assertThat(started).hasFailed();
            assertThat(started.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("no generator is configured, and the built-in one needs a provider of type local on the"
                            + " class path but there is none");
            assertThat(new ConfigFailureAnalyzer()
                            .analyze(started.getStartupFailure())
                            .getAction())
                    .contains("<artifactId>triptych-provider-local-diffusion-cpu</artifactId>");
        });
    }

    @Test
    void pointsAtThePropertyThatIsWrong() {
        context.withPropertyValues("triptych.cache.memroy=1MiB").run(started -> {
            assertThat(new ConfigFailureAnalyzer()
                            .analyze(started.getStartupFailure())
                            .getDescription())
                    .startsWith("Triptych's configuration cannot be used: cache.memroy is not a known key");
            assertThat(new ConfigFailureAnalyzer()
                            .analyze(started.getStartupFailure())
                            .getAction())
                    .isEqualTo("Correct the property that is named, below triptych. in the application's properties,"
                            + " or in the file that triptych.config names.");
        });
    }

    @Test
    void stepsBackForTheApplicationsOwnBeans() {
        FaultyGenerator own = FaultyGenerator.named("own");
        GeneratorRegistry registry = GeneratorRegistry.builder().factory(fake).build();

        context.withBean("own", ImageGenerator.class, () -> own)
                .withBean("registry", GeneratorRegistry.class, () -> registry)
                .run(started -> {
                    assertThat(started.getBean(ImageGenerator.class)).isSameAs(own);
                    assertThat(started.getBean(GeneratorRegistry.class)).isSameAs(registry);
                    assertThat(started).hasSingleBean(ImageGenerator.class).hasSingleBean(GeneratorRegistry.class);
                });
    }

    @Test
    void closesTheGeneratorsWithTheContext() {
        context.withPropertyValues("triptych.generators.studio.type=fake").run(started -> {
            started.getBean(ImageGenerator.class).generate("a fox");
            started.close();
            assertThat(fake.made("studio").closeCount()).isEqualTo(1);
        });
    }

    /** The registry closes last: what still paints while the application shuts down finds it open. */
    @Test
    void closesAfterWhatUsesIt() {
        context.withPropertyValues("triptych.generators.studio.type=fake")
                .withConfiguration(UserConfigurations.of(LastPainter.class))
                .run(started -> {
                    assertThat(started).hasNotFailed();
                    started.close();
                });

        assertThat(fake.made("studio").calls()).isEqualTo(1);
    }

    @Configuration(proxyBeanMethods = false)
    static class LastPainter {
        @Bean
        AutoCloseable lastPicture(ImageGenerator generator) {
            return () -> generator.generate("a last fox");
        }
    }

    @Test
    void showsNoSecret() {
        context.withPropertyValues(
                        "triptych.generators.studio.type=remote", "triptych.generators.studio.api-key=sk-123456")
                .run(started -> assertThat(started.getBean(TriptychProperties.class))
                        .hasToString("TriptychProperties[config=null, default=null, generators=[studio]]"));
    }

    private String failure(String... properties) {
        String[] message = new String[1];
        context.withPropertyValues(properties).run(started -> {
            assertThat(started).hasFailed();
            Throwable cause = started.getStartupFailure();
            while (cause != null && !(cause instanceof ConfigException)) {
                cause = cause.getCause();
            }
            assertThat(cause).isNotNull();
            message[0] = String.valueOf(cause == null ? null : cause.getMessage());
        });
        return message[0];
    }
}
