package dev.triptych.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.config.ChainConfig;
import dev.triptych.config.StandardSettings;
import dev.triptych.config.TriptychConfig;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.BudgetStatus;
import dev.triptych.server.http.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.Optional;

/** What pictures cost, and what is left of the budget. Thread-safe. */
public final class Money implements AutoCloseable {

    private final Optional<BudgetSettings> settings;
    private final Optional<Budget> budget;

    private Money(Optional<BudgetSettings> settings, Optional<Budget> budget) {
        this.settings = settings;
        this.budget = budget;
    }

    /** Prices and budget of {@code config}. */
    public static Money of(TriptychConfig config) {
        StandardSettings settings = ChainConfig.read(config);
        return new Money(settings.budget(), settings.openBudget(Clock.systemUTC()));
    }

    /** No prices are known, and nothing is limited. */
    public static Money unknown() {
        return new Money(Optional.empty(), Optional.empty());
    }

    /** Whether there is a budget that limits anything. */
    public boolean hasBudget() {
        return settings.isPresent();
    }

    /** What one picture of {@code generator} costs at most, as amount and currency. */
    public Optional<ObjectNode> price(String generator) {
        return settings.flatMap(known -> Optional.ofNullable(known.prices().get(generator))
                .map(price -> Json.object().put("amount", price.toPlainString()).put("currency", known.currency())));
    }

    /** What is left today and this month; empty where there is no budget, or its files cannot be read right now. */
    Optional<ObjectNode> left() {
        if (budget.isEmpty() || settings.isEmpty()) {
            return Optional.empty();
        }
        try {
            BudgetStatus status = budget.get().status();
            ObjectNode left = Json.object().put("currency", settings.get().currency());
            put(
                    left,
                    "today",
                    settings.get().perDay(),
                    status.today().money(),
                    status.today().pictures());
            put(
                    left,
                    "month",
                    settings.get().perMonth(),
                    status.month().money(),
                    status.month().pictures());
            return Optional.of(left);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Lets go of the budget. */
    @Override
    public void close() {
        budget.ifPresent(Budget::close);
    }

    private static void put(ObjectNode json, String when, BudgetLimits limits, BigDecimal spent, int pictures) {
        ObjectNode left = json.putObject(when).put("spent", spent.toPlainString());
        limits.money()
                .ifPresent(limit -> left.put("limit", limit.toPlainString())
                        .put("left", limit.subtract(spent).max(BigDecimal.ZERO).toPlainString()));
        limits.pictures()
                .ifPresent(
                        limit -> left.put("picturesLimit", limit).put("picturesLeft", Math.max(0, limit - pictures)));
    }
}
