package dev.triptych.spring.boot;

import dev.triptych.config.GeneratorRegistry;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** {@link GeneratorHealth} in the terms of Spring Boot 4. */
final class Boot4HealthIndicator extends AbstractHealthIndicator {

    private final GeneratorRegistry registry;

    Boot4HealthIndicator(GeneratorRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        GeneratorHealth health = GeneratorHealth.of(registry);
        builder.status(health.up() ? "UP" : "DOWN").withDetails(health.details());
    }
}
