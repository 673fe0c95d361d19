package dev.triptych.spring.boot;

import dev.triptych.ImageGenerator;
import dev.triptych.springai.TriptychImageModel;
import dev.triptych.springai.TriptychImageOptions;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.observation.ImageModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Spring AI's {@link ImageModel} over the application's {@link ImageGenerator}, where Spring AI 2 is on the class path.
 * It is there alone, steps back where another provider's starter or the application brings an {@code ImageModel}, and
 * is chosen among several by {@code spring.ai.model.image=triptych}. A bean of type {@link TriptychImageOptions} gives
 * its defaults.
 */
@AutoConfiguration(
        after = TriptychAutoConfiguration.class,
        afterName = {
            "org.springframework.ai.model.openai.autoconfigure.OpenAiImageAutoConfiguration",
            "org.springframework.ai.model.azure.openai.autoconfigure.AzureOpenAiImageAutoConfiguration",
            "org.springframework.ai.model.stabilityai.autoconfigure.StabilityAiImageAutoConfiguration",
            "org.springframework.ai.model.google.genai.autoconfigure.image.GoogleGenAiImageAutoConfiguration",
            "org.springframework.ai.model.zhipuai.autoconfigure.ZhiPuAiImageAutoConfiguration"
        })
@ConditionalOnClass(
        value = {ImageModel.class, TriptychImageModel.class},
        // Spring AI 2 stands on Spring Framework 7, which brought this class; Spring AI 1 has no media in its messages.
        name = "org.springframework.core.retry.RetryTemplate")
@ConditionalOnProperty(name = "spring.ai.model.image", havingValue = "triptych", matchIfMissing = true)
public class TriptychImageModelAutoConfiguration {

    /** For Spring. */
    public TriptychImageModelAutoConfiguration() {}

    /** The model over the one generator of the application. */
    @Bean
    @ConditionalOnBean(ImageGenerator.class)
    @ConditionalOnMissingBean(ImageModel.class)
    public TriptychImageModel triptychImageModel(
            ImageGenerator generator,
            ObjectProvider<TriptychImageOptions> options,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ImageModelObservationConvention> convention) {
        TriptychImageModel.Builder model = TriptychImageModel.builder()
                .generator(generator)
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP));
        options.ifUnique(model::options);
        convention.ifAvailable(model::observationConvention);
        return model.build();
    }
}
