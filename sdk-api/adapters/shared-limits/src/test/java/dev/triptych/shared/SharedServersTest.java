package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.BudgetExceededException;
import dev.triptych.ImageGenerator;
import dev.triptych.RateLimitedException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.TriptychConfig;
import dev.triptych.ledger.Budget;
import dev.triptych.testkit.FaultyGenerator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a configuration says of shared servers, from the file to the server. */
class SharedServersTest {

    /** Generators that cost. */
    private static final class Billed implements GeneratorFactory {
        @Override
        public String type() {
            return "billed";
        }

        @Override
        public List<SettingKey> keys() {
            return List.of();
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            return FaultyGenerator.billed(settings.name());
        }
    }

    private static GeneratorRegistry machine(String yaml) {
        return GeneratorRegistry.builder()
                .config(TriptychConfig.builder().yaml(yaml).build())
                .factory(new Billed())
                .build();
    }

    @Test
    void twoMachinesHaveOneBudgetAndOneLimit() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            String yaml = """
                    default: studio
                    generators:
                      studio: { type: billed, rate-limit: { permits: 2, period: 1h, max-wait: 0s, store: redis } }
                      poster: { type: billed }
                    shared: { redis: "%s", timeout: 2s }
                    budget: { store: redis, per-day: 0.11, prices: { studio: 0.04, poster: 0.04 } }
                    """.formatted(redis.address());
            try (GeneratorRegistry one = machine(yaml);
                    GeneratorRegistry other = machine(yaml)) {
                one.defaultGenerator().generate("a fox");
                other.defaultGenerator().generate("a fox");

                assertThatThrownBy(() -> one.generator("poster").generate("a fox"))
                        .isInstanceOf(BudgetExceededException.class)
                        .hasMessageEndingWith("must cost at most 0.11 USD but would cost up to 0.12 USD");
                redis.ask("FLUSHALL");
                one.generator("studio").generate("a fox");
                other.generator("studio").generate("a fox");
                assertThatThrownBy(() -> one.generator("studio").generate("a fox"))
                        .isInstanceOf(BudgetExceededException.class);
                assertThat(other.defaultGenerator()
                                .unwrap(Budget.class)
                                .status()
                                .today()
                                .pictures())
                        .isEqualTo(2);
            }
            String freer = yaml.replace("per-day: 0.11", "per-day: 9");
            try (GeneratorRegistry registry = machine(freer)) {
                assertThatThrownBy(() -> registry.defaultGenerator().generate("a fox"))
                        .isInstanceOf(RateLimitedException.class)
                        .hasMessage("studio must begin at most 2 requests in PT1H but had more than could wait PT0S");
            }
        }
    }
}
