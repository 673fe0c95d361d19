package dev.triptych.ledger;

import dev.triptych.BudgetExceededException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratorInfo;
import dev.triptych.Outcome;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.OptionalInt;

/**
 * Says before a billed call whether there is money for it. What a call may cost is written down before it is made and
 * settled when it has ended, so a process that dies in between has spent it. Several processes may share one budget,
 * and with a {@link BudgetStore} on a server several machines. Where that cannot be written, nothing is bought.
 * Thread-safe.
 *
 * <pre>{@code
 * Budget budget = Budget.open(BudgetSettings.in(directory, "USD")
 *         .withPerDay(BudgetLimits.money("5.00"))
 *         .withPrices(Map.of("studio", new BigDecimal("0.04"))));
 * }</pre>
 */
public final class Budget implements AutoCloseable {

    private final BudgetSettings settings;
    private final Clock clock;
    private final BudgetStore store;

    private Budget(BudgetSettings settings, Clock clock, BudgetStore store) {
        this.settings = settings;
        this.clock = clock;
        this.store = store;
    }

    /** The budget of {@code settings} in their directory, with what was spent before. */
    public static Budget open(BudgetSettings settings) {
        return open(settings, Clock.systemUTC());
    }

    /**
     * The budget of {@code settings} in their directory, with days and months by {@code clock}.
     *
     * @throws IllegalArgumentException if they have no directory
     */
    public static Budget open(BudgetSettings settings, Clock clock) {
        return open(settings, clock, DurableFiles.system());
    }

    static Budget open(BudgetSettings settings, Clock clock, DurableFiles files) {
        if (settings.directory().isEmpty()) {
            throw new IllegalArgumentException("budget.directory must be set but was not");
        }
        return open(
                settings, clock, new DirectoryBudget(settings.directory().get(), settings.currency(), clock, files));
    }

    /** The budget of {@code settings} with its sums in {@code store}, which it closes. */
    public static Budget open(BudgetSettings settings, Clock clock, BudgetStore store) {
        return new Budget(settings, clock, store);
    }

    /** A purse for one request. */
    public Purse purse(String requestId) {
        return new Purse(this, requestId);
    }

    /**
     * What has been spent, by this process and by others.
     *
     * @throws IOException if the budget's store cannot be read
     */
    public BudgetStatus status() throws IOException {
        return store.status(today());
    }

    /**
     * What {@code pictures} of {@code generator} may cost.
     *
     * @throws BudgetExceededException if a limit is in money and nobody said what a picture costs
     */
    Amount priceOf(GeneratorInfo generator, int pictures) {
        BigDecimal price = settings.prices().get(generator.name());
        if (price == null && settings.limitsMoney()) {
            throw exceeded(
                    "budget.prices." + generator.name() + " must say what a picture costs at most, since the budget has"
                            + " a limit in " + settings.currency() + ", but was not set",
                    generator);
        }
        if (price == null) {
            return new Amount(BigDecimal.ZERO, pictures);
        }
        return new Amount(price.multiply(BigDecimal.valueOf(pictures)), pictures);
    }

    String currency() {
        return settings.currency();
    }

    /** The day it is where days begin. */
    LocalDate today() {
        return clock.instant().atZone(settings.zone()).toLocalDate();
    }

    /**
     * Lets call {@code id} hold {@code amount} in all.
     *
     * @param sending whether the call is about to be sent
     * @throws BudgetExceededException if that would pass a limit, or cannot be written down
     */
    void hold(String id, GeneratorInfo generator, LocalDate day, Amount amount, boolean sending) {
        check("this call", settings.perCall(), Amount.ZERO, amount, generator);
        BudgetStore.Held held;
        try {
            held = store.hold(
                    new BudgetStore.Hold(id, generator.name(), day, amount, sending),
                    settings.perDay(),
                    settings.perMonth());
        } catch (IOException e) {
            throw new BudgetExceededException(
                    "the budget must be written down before a billed call but " + store.place() + " cannot be written",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                    e);
        }
        if (!held.held()) {
            check("calls of " + day, settings.perDay(), held.day(), held.more(), generator);
            check("calls of " + YearMonth.from(day), settings.perMonth(), held.month(), held.more(), generator);
            throw exceeded("the budget in " + store.place() + " must have room for this call but has none", generator);
        }
    }

    /** Puts what call {@code id} did cost in the place of what it held. */
    void settle(String id, LocalDate day, Amount spent) throws IOException {
        store.settle(id, day, spent);
    }

    private void check(String what, BudgetLimits limits, Amount spent, Amount more, GeneratorInfo generator) {
        limits.money()
                .filter(limit -> spent.money().add(more.money()).compareTo(limit) > 0)
                .ifPresent(limit -> {
                    throw exceeded(
                            what + " must cost at most " + sum(limit) + " but would cost up to "
                                    + sum(spent.money().add(more.money())),
                            generator);
                });
        OptionalInt pictures = limits.pictures();
        if (pictures.isPresent() && spent.pictures() + more.pictures() > pictures.getAsInt()) {
            throw exceeded(
                    what + " must make at most " + pictures.getAsInt() + " billed pictures but would make "
                            + (spent.pictures() + more.pictures()),
                    generator);
        }
    }

    private String sum(BigDecimal money) {
        return money.toPlainString() + " " + settings.currency();
    }

    private static BudgetExceededException exceeded(String message, GeneratorInfo generator) {
        return new BudgetExceededException(message, ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT));
    }

    /** Lets go of the store. */
    @Override
    public void close() {
        store.close();
    }
}
