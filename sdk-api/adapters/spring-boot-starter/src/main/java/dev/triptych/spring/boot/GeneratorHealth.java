package dev.triptych.spring.boot;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetStatus;
import dev.triptych.resilience.CircuitState;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How the generators are, found without a picture, a model that is loaded or a call that costs. A generator can serve
 * if it can be made of its settings and its circuit is not open; the application is up while the current one or one of
 * its fallbacks can.
 *
 * @param up whether a picture can be hoped for
 * @param details what is known, for a person
 */
record GeneratorHealth(boolean up, Map<String, Object> details) {

    static GeneratorHealth of(GeneratorRegistry registry) {
        Map<String, Object> details = new LinkedHashMap<>();
        try {
            String current = registry.currentName();
            details.put("current", current);
            List<String> candidates = Stream.concat(Stream.of(current), registry.config().fallback(current).stream())
                    .toList();
            registry.names().forEach(name -> details.put(name, describe(registry, name)));
            budget(registry.generator(current)).ifPresent(spent -> details.put("budget", spent));
            boolean up = candidates.stream().anyMatch(name -> canServe(registry, name));
            return new GeneratorHealth(up, Collections.unmodifiableMap(details));
        } catch (ConfigException e) {
            details.put("error", String.valueOf(e.getMessage()));
            return new GeneratorHealth(false, Collections.unmodifiableMap(details));
        }
    }

    private static Map<String, Object> describe(GeneratorRegistry registry, String name) {
        Map<String, Object> known = new LinkedHashMap<>();
        try {
            GeneratorInfo info = registry.generator(name).info();
            known.put("provider", info.provider());
            known.put("model", info.model());
            CircuitState.of(registry.generator(name), name).ifPresent(state -> known.put("circuit", state.name()));
        } catch (ConfigException e) {
            known.put("error", String.valueOf(e.getMessage()));
        }
        return known;
    }

    private static boolean canServe(GeneratorRegistry registry, String name) {
        try {
            ImageGenerator generator = registry.generator(name);
            generator.info();
            return CircuitState.of(generator, name)
                    .filter(state -> state == CircuitState.OPEN)
                    .isEmpty();
        } catch (ConfigException e) {
            return false;
        }
    }

    private static Optional<Map<String, Object>> budget(ImageGenerator generator) {
        try {
            return Optional.of(spent(generator.unwrap(Budget.class)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Map<String, Object> spent(Budget budget) {
        try {
            BudgetStatus status = budget.status();
            return Map.of(
                    "today", status.today().money(),
                    "month", status.month().money(),
                    "unsettled", status.open());
        } catch (IOException e) {
            return Map.of("error", "the budget's files cannot be read");
        }
    }
}
