package dev.triptych.ledger;

import dev.triptych.BudgetExceededException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratorInfo;
import dev.triptych.Outcome;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Says before a billed call whether there is money for it. What a call may cost is reserved on disk before it is made
 * and settled when it has ended, so a process that dies in between has spent it. Several processes may share one
 * budget. Thread-safe.
 *
 * <pre>{@code
 * Budget budget = Budget.open(BudgetSettings.in(directory, "USD")
 *         .withPerDay(BudgetLimits.money("5.00"))
 *         .withPrices(Map.of("studio", new BigDecimal("0.04"))));
 * }</pre>
 */
public final class Budget {

    private final BudgetSettings settings;
    private final Clock clock;
    private final DurableFiles files;
    private final Map<YearMonth, Month> months = new HashMap<>();

    private record Month(LineLog log, Spendings spendings) {}

    Budget(BudgetSettings settings, Clock clock, DurableFiles files) {
        this.settings = settings;
        this.clock = clock;
        this.files = files;
    }

    /** The budget of {@code settings}, with what was spent before. */
    public static Budget open(BudgetSettings settings) {
        return open(settings, Clock.systemUTC());
    }

    /** The budget of {@code settings}, with days and months by {@code clock}. */
    public static Budget open(BudgetSettings settings, Clock clock) {
        return new Budget(settings, clock, DurableFiles.system());
    }

    /** A purse for one request. */
    public Purse purse(String requestId) {
        return new Purse(this, requestId);
    }

    /**
     * What has been spent, by this process and by others.
     *
     * @throws IOException if the budget's files cannot be read
     */
    public synchronized BudgetStatus status() throws IOException {
        LocalDate day = today();
        Month month = month(YearMonth.from(day));
        return month.log().exclusively(session -> {
            catchUp(month, session);
            Spendings spendings = month.spendings();
            return new BudgetStatus(day, spendings.on(day), spendings.month(), spendings.openCalls());
        });
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
     * Reserves {@code more} for call {@code id}, which holds {@code held} already.
     *
     * @throws BudgetExceededException if that would pass a limit, or cannot be written down
     */
    synchronized void reserve(String id, GeneratorInfo generator, LocalDate day, Amount held, Amount more) {
        check("this call", settings.perCall(), held, more, generator);
        Month month = month(YearMonth.from(day));
        try {
            month.log().exclusively(session -> {
                catchUp(month, session);
                check("calls of " + day, settings.perDay(), month.spendings().on(day), more, generator);
                check(
                        "calls of " + YearMonth.from(day),
                        settings.perMonth(),
                        month.spendings().month(),
                        more,
                        generator);
                session.append(line("reserved", id, generator.name(), day, more));
                catchUp(month, session);
                return true;
            });
        } catch (IOException e) {
            throw new BudgetExceededException(
                    "the budget must be written down before a billed call but " + settings.directory()
                            + " cannot be written",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                    e);
        }
    }

    /** Puts what call {@code id} did cost in the place of what was reserved for it. */
    synchronized void settle(String id, LocalDate day, Amount spent) throws IOException {
        Month month = month(YearMonth.from(day));
        month.log().exclusively(session -> {
            session.append(line("settled", id, "", day, spent));
            catchUp(month, session);
            return true;
        });
    }

    private Month month(YearMonth month) {
        months.keySet().removeIf(known -> known.isBefore(month.minusMonths(1)));
        return months.computeIfAbsent(
                month,
                key -> new Month(
                        new LineLog(settings.directory().resolve("budget-" + key + ".jsonl"), files), new Spendings()));
    }

    private static void catchUp(Month month, LineLog.Session session) throws IOException {
        Spendings spendings = month.spendings();
        spendings.readTo(session.read(spendings.end(), spendings::add));
    }

    private Map<String, Object> line(String event, String id, String generator, LocalDate day, Amount amount) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.put("at", clock.instant());
        line.put("id", id);
        if (!generator.isEmpty()) {
            line.put("generator", generator);
        }
        line.put("day", day);
        line.put("pictures", amount.pictures());
        line.put("money", amount.money().toPlainString());
        line.put("currency", settings.currency());
        return line;
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
}
