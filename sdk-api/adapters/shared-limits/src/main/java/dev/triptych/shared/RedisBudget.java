package dev.triptych.shared;

import dev.triptych.ledger.Amount;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetStatus;
import dev.triptych.ledger.BudgetStore;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A budget on a Redis server. Each step is one script, which Redis runs as a whole, by its own clock. What Redis loses
 * when it is killed is lost to the budget: its append-only file should be on. Thread-safe.
 */
final class RedisBudget implements BudgetStore {

    private static final String SCRIPT = Resources.text("budget.lua");

    /** A month is over long before that. */
    private static final Duration KEEP = Duration.ofDays(400);

    private final RedisServer server;
    private final String name;
    private final Duration lease;

    /** The budget {@code name} on {@code server}, which it closes. */
    RedisBudget(RedisServer server, String name, Duration lease) {
        this.server = server;
        this.name = name;
        this.lease = lease;
    }

    @Override
    public Held hold(Hold hold, BudgetLimits perDay, BudgetLimits perMonth) throws IOException {
        Micros wanted = Micros.of(hold.amount());
        List<Long> said = run(
                YearMonth.from(hold.day()),
                "hold",
                hold.id(),
                hold.day(),
                wanted.micros(),
                wanted.pictures(),
                hold.sending() ? "1" : "0",
                lease.toMillis(),
                KEEP.toMillis(),
                money(perDay),
                pictures(perDay),
                money(perMonth),
                pictures(perMonth));
        return new Held(said.get(0) == 1, amount(said, 1), amount(said, 3), amount(said, 5));
    }

    private static Object money(BudgetLimits limits) {
        return limits.money().<Object>map(RedisBudget::roundedDown).orElse("");
    }

    /** A limit between two millionths is the lower one, since what is held is rounded up. */
    private static long roundedDown(BigDecimal limit) {
        return -Micros.of(limit.negate());
    }

    private static Object pictures(BudgetLimits limits) {
        OptionalInt most = limits.pictures();
        return most.isPresent() ? most.getAsInt() : "";
    }

    @Override
    public void settle(String id, LocalDate day, Amount spent) throws IOException {
        Micros cost = Micros.of(spent);
        run(YearMonth.from(day), "settle", id, cost.micros(), cost.pictures());
    }

    @Override
    public BudgetStatus status(LocalDate day) throws IOException {
        List<Long> said = run(YearMonth.from(day), "status", day);
        return new BudgetStatus(
                day, amount(said, 0), amount(said, 2), said.get(4).intValue());
    }

    private static Amount amount(List<Long> said, int at) {
        return new Micros(said.get(at), said.get(at + 1)).amount();
    }

    /** What the script says; the braces keep the three keys of a month on one server of a cluster. */
    private List<Long> run(YearMonth month, Object... arguments) throws IOException {
        String[] keys = Stream.of("sums", "calls", "leases")
                .map(part -> "triptych:budget:{" + name + ":" + month + "}:" + part)
                .toArray(String[]::new);
        byte[][] values = Stream.of(arguments)
                .map(each -> each.toString().getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        try {
            List<Object> said =
                    server.ask(connection -> connection.sync().eval(SCRIPT, ScriptOutputType.MULTI, keys, values));
            List<Long> numbers = new ArrayList<>();
            said.forEach(each -> numbers.add((Long) each));
            return numbers;
        } catch (RedisException e) {
            throw new IOException(place() + " must answer but did not", e);
        }
    }

    @Override
    public String place() {
        return server.place();
    }

    @Override
    public void close() {
        server.close();
    }
}
