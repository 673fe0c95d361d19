package dev.triptych.spring.boot;

import dev.triptych.config.GeneratorRegistry;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** {@link GeneratorHealth} in the terms of Spring Boot 3. */
final class Boot3HealthIndicator extends AbstractHealthIndicator {

    private final GeneratorRegistry registry;

    Boot3HealthIndicator(GeneratorRegistry registry) {
        this.registry = registry;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        GeneratorHealth health = GeneratorHealth.of(registry);
        builder.status(health.up() ? "UP" : "DOWN").withDetails(health.details());
    }
}
