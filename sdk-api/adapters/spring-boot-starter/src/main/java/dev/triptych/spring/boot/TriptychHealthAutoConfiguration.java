package dev.triptych.spring.boot;

import dev.triptych.config.GeneratorRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The health component {@code triptych}, where Spring Boot's actuator is on the class path. Boot 3.5 and Boot 4 have
 * their types in different packages; {@code management.health.triptych.enabled=false} turns it off in both.
 */
@AutoConfiguration(after = TriptychAutoConfiguration.class)
public class TriptychHealthAutoConfiguration {

    /** For Spring. */
    public TriptychHealthAutoConfiguration() {}

    /** Loaded on Boot 3.5 alone. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = {
                "org.springframework.boot.actuate.health.AbstractHealthIndicator",
                "org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator"
            })
    static class OnBoot3 {

        @Bean
        @ConditionalOnBean(GeneratorRegistry.class)
        @ConditionalOnMissingBean(name = "triptychHealthIndicator")
        @org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator("triptych")
        Boot3HealthIndicator triptychHealthIndicator(GeneratorRegistry registry) {
            return new Boot3HealthIndicator(registry);
        }
    }

    /** Loaded on Boot 4 alone. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = {
                "org.springframework.boot.health.contributor.AbstractHealthIndicator",
                "org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator"
            })
    static class OnBoot4 {

        @Bean
        @ConditionalOnBean(GeneratorRegistry.class)
        @ConditionalOnMissingBean(name = "triptychHealthIndicator")
        @org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator("triptych")
        Boot4HealthIndicator triptychHealthIndicator(GeneratorRegistry registry) {
            return new Boot4HealthIndicator(registry);
        }
    }
}
