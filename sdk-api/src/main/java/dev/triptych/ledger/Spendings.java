package dev.triptych.ledger;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;

/** The spendings of one month, as read from its lines so far. Not thread-safe. */
final class Spendings {

    private final Map<LocalDate, Amount> days = new HashMap<>();
    private final Map<String, Open> open = new HashMap<>();
    private Amount total = Amount.ZERO;
    private long end;

    private record Open(LocalDate day, Amount amount) {}

    /** Where the next unread line begins. */
    long end() {
        return end;
    }

    void readTo(long value) {
        end = value;
    }

    Amount month() {
        return total;
    }

    Amount on(LocalDate day) {
        return days.getOrDefault(day, Amount.ZERO);
    }

    int openCalls() {
        return open.size();
    }

    /** Takes one line in: a reservation adds to what its call holds, a settlement takes the place of it. */
    void add(Map<String, String> line) {
        String id = line.getOrDefault("id", "");
        LocalDate day = LocalDate.parse(line.getOrDefault("day", "1970-01-01"));
        Amount amount = new Amount(
                new BigDecimal(line.getOrDefault("money", "0")), Integer.parseInt(line.getOrDefault("pictures", "0")));
        Open held = open.getOrDefault(id, new Open(day, Amount.ZERO));
        if ("reserved".equals(line.get("event"))) {
            open.put(id, new Open(held.day(), held.amount().plus(amount)));
            change(held.day(), amount);
        } else {
            open.remove(id);
            change(held.day(), amount.minus(held.amount()));
        }
    }

    private void change(LocalDate day, Amount by) {
        days.merge(day, by, Amount::plus);
        total = total.plus(by);
    }
}
