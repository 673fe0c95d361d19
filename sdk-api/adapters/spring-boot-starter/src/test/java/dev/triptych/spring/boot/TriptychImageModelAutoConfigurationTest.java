package dev.triptych.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.ImageRequest;
import dev.triptych.springai.TriptychImageModel;
import dev.triptych.springai.TriptychImageOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** Spring AI 2 needs Boot 4: on Boot 3.5 its model is not there, and everything else is. */
class TriptychImageModelAutoConfigurationTest {

    private final FakeFactory fake = new FakeFactory("fake");
    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(TriptychAutoConfiguration.class, TriptychImageModelAutoConfiguration.class))
            .withBean("fakeFactory", FakeFactory.class, () -> fake)
            .withPropertyValues("triptych.generators.studio.type=fake");

    @Test
    void isNotThereOnBoot3() {
        assumeTrue(!onBoot4(), "this is Boot 4");

        context.run(started -> assertThat(started).hasNotFailed().doesNotHaveBean(TriptychImageModel.class));
    }

    @Test
    void isNotThereWithoutSpringAi() {
        context.withClassLoader(new FilteredClassLoader("org.springframework.ai"))
                .run(started -> assertThat(started).hasNotFailed().doesNotHaveBean("triptychImageModel"));
    }

    private static boolean onBoot4() {
        return ClassUtils.isPresent("org.springframework.core.retry.RetryTemplate", null);
    }

    @Nested
    class OnBoot4 {

        @BeforeEach
        void needsBoot4() {
            assumeTrue(onBoot4(), "this is Boot 3.5");
        }

        @Test
        void isTheOnlyModel() {
            context.run(started -> {
                started.getBean(ImageModel.class).call(new ImagePrompt("a fox"));
                assertThat(fake.made("studio").requests()).containsExactly(ImageRequest.of("a fox"));
            });
        }

        @Test
        void takesItsDefaultsFromABean() {
            context.withBean(
                            TriptychImageOptions.class,
                            () -> TriptychImageOptions.builder().seed(7L).build())
                    .run(started -> {
                        started.getBean(ImageModel.class).call(new ImagePrompt("a fox"));
                        assertThat(fake.made("studio").requests().get(0).seed()).hasValue(7);
                    });
        }

        @Test
        void isThereWhereSelected() {
            context.withPropertyValues("spring.ai.model.image=triptych")
                    .run(started -> assertThat(started).hasSingleBean(TriptychImageModel.class));
        }

        @Test
        void isNotThereWhereAnotherIsSelected() {
            context.withPropertyValues("spring.ai.model.image=openai")
                    .run(started -> assertThat(started).doesNotHaveBean(ImageModel.class));
        }

        @Test
        void stepsBackForAnotherModel() {
            ImageModel own = prompt -> {
                throw new UnsupportedOperationException("never called");
            };

            context.withBean("own", ImageModel.class, () -> own)
                    .run(started ->
                            assertThat(started.getBean(ImageModel.class)).isSameAs(own));
        }
    }
}
