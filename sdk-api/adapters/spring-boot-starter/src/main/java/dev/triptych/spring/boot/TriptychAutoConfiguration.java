package dev.triptych.spring.boot;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ResourceLoader;

/**
 * A {@link GeneratorRegistry} of the properties {@code triptych.*}, and its current generator as
 * {@link ImageGenerator}; each steps back for a bean of the application's own. Beans of type {@link GeneratorFactory}
 * add types of generators.
 *
 * <p>The registry closes with the application context, after everything that uses it: a web server has drained its
 * requests by then, and a call that may have been billed is still let finish.
 */
@AutoConfiguration
@EnableConfigurationProperties(TriptychProperties.class)
public class TriptychAutoConfiguration {

    /** For Spring. */
    public TriptychAutoConfiguration() {}

    /** The generators of the properties; without any, the built-in one, {@code offline}. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    public GeneratorRegistry triptychGeneratorRegistry(
            TriptychProperties properties, ResourceLoader resources, ObjectProvider<GeneratorFactory> beans) {
        List<GeneratorFactory> own = beans.orderedStream().toList();
        GeneratorRegistry.Builder registry = GeneratorRegistry.builder()
                .config(new PropertiesReader(properties, resources, System.getenv()).read(factories(own)));
        own.forEach(registry::factory);
        if (properties.reload() != null) {
            registry.reloadEvery(properties.reload());
        }
        return registry.build();
    }

    /** Those on the class path, and the application's own in their place. */
    private static List<GeneratorFactory> factories(List<GeneratorFactory> own) {
        Map<String, GeneratorFactory> factories = new TreeMap<>();
        ServiceLoader.load(GeneratorFactory.class).forEach(factory -> factories.put(factory.type(), factory));
        own.forEach(factory -> factories.put(factory.type(), factory));
        return new ArrayList<>(factories.values());
    }

    /** The current generator: the default until {@link GeneratorRegistry#switchTo} says another. */
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    public ImageGenerator triptychImageGenerator(GeneratorRegistry registry) {
        return registry.current();
    }
}
