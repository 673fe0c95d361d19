package dev.triptych.ledger;

import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A budget in a folder, a file of lines for each month. What a call may cost is on disk before it is made, so a process
 * that dies in between has spent it. Thread-safe.
 */
final class DirectoryBudget implements BudgetStore {

    private final Path directory;
    private final String currency;
    private final Clock clock;
    private final DurableFiles files;

    // Guarded by this.
    private final Map<YearMonth, Month> months = new HashMap<>();

    private record Month(LineLog log, Spendings spendings) {}

    DirectoryBudget(Path directory, String currency, Clock clock, DurableFiles files) {
        this.directory = directory;
        this.currency = currency;
        this.clock = clock;
        this.files = files;
    }

    @Override
    public synchronized Held hold(Hold hold, BudgetLimits perDay, BudgetLimits perMonth) throws IOException {
        Month month = month(YearMonth.from(hold.day()));
        Spendings spendings = month.spendings();
        // Nobody else writes of this call, so what was read so far is all that there is of it.
        Amount more = hold.amount().minus(spendings.heldBy(hold.id())).positive();
        if (more.isZero()) {
            return new Held(true, more, spendings.on(hold.day()), spendings.month());
        }
        return month.log().exclusively(session -> {
            catchUp(month, session);
            Held held = Held.of(perDay, perMonth, more, spendings.on(hold.day()), spendings.month());
            if (held.held()) {
                session.append(line("reserved", hold.id(), hold.generator(), hold.day(), more));
                catchUp(month, session);
            }
            return held;
        });
    }

    @Override
    public synchronized void settle(String id, LocalDate day, Amount spent) throws IOException {
        Month month = month(YearMonth.from(day));
        month.log().exclusively(session -> {
            session.append(line("settled", id, "", day, spent));
            catchUp(month, session);
            return true;
        });
    }

    @Override
    public synchronized BudgetStatus status(LocalDate day) throws IOException {
        Month month = month(YearMonth.from(day));
        return month.log().exclusively(session -> {
            catchUp(month, session);
            Spendings spendings = month.spendings();
            return new BudgetStatus(day, spendings.on(day), spendings.month(), spendings.openCalls());
        });
    }

    @Override
    public String place() {
        return directory.toString();
    }

    private Month month(YearMonth month) {
        months.keySet().removeIf(known -> known.isBefore(month.minusMonths(1)));
        return months.computeIfAbsent(
                month,
                key -> new Month(new LineLog(directory.resolve("budget-" + key + ".jsonl"), files), new Spendings()));
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
        line.put("currency", currency);
        return line;
    }
}
