package dev.triptych.ledger;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;

/** The spendings of one month, as read from its lines so far. Not thread-safe. */
final class Spendings {

    private static final int MOST_DIGITS = 60;

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

    /** What call {@code id} holds, by the lines read so far. */
    Amount heldBy(String id) {
        Open held = open.get(id);
        return held == null ? Amount.ZERO : held.amount();
    }

    /**
     * Takes one line in: a reservation adds to what its call holds, a settlement takes the place of it.
     *
     * @throws RuntimeException if a field is missing or wrong; nothing was taken in then
     */
    void add(Map<String, String> line) {
        boolean reserved = isReservation(field(line, "event"));
        String id = field(line, "id");
        LocalDate day = LocalDate.parse(field(line, "day"));
        Amount amount = new Amount(money(field(line, "money")), Integer.parseInt(field(line, "pictures")));
        Open held = open.getOrDefault(id, new Open(day, Amount.ZERO));
        if (reserved) {
            open.put(id, new Open(held.day(), held.amount().plus(amount)));
            change(held.day(), amount);
        } else {
            open.remove(id);
            change(held.day(), amount.minus(held.amount()));
        }
    }

    private static String field(Map<String, String> line, String name) {
        String value = line.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " must be there but is not");
        }
        return value;
    }

    private static boolean isReservation(String event) {
        return switch (event) {
            case "reserved" -> true;
            case "settled" -> false;
            default -> throw new IllegalArgumentException("event must be reserved or settled but was another");
        };
    }

    /** A sum that can be added up: an exponent of a billion would fill the memory with digits. */
    private static BigDecimal money(String text) {
        BigDecimal money = new BigDecimal(text);
        if (money.precision() > MOST_DIGITS || Math.abs((long) money.scale()) > MOST_DIGITS) {
            throw new IllegalArgumentException("money must have at most " + MOST_DIGITS + " digits but has more");
        }
        return money;
    }

    private void change(LocalDate day, Amount by) {
        days.merge(day, by, Amount::plus);
        total = total.plus(by);
    }
}
