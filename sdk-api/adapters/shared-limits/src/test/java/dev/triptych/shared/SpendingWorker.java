package dev.triptych.shared;

import dev.triptych.config.SharedSettings;
import dev.triptych.ledger.Amount;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.ledger.BudgetStore.Hold;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A process that spends from a budget until it is killed, and says each step before it takes it and after. Arguments:
 * what keeps the budget, its address, the most pictures, and a number that no other such process has.
 */
public final class SpendingWorker {

    static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final BigDecimal PRICE = new BigDecimal("0.04");

    private final BudgetStore store;
    private final BudgetLimits most;
    private final String number;
    private final Random random;

    private SpendingWorker(BudgetStore store, BudgetLimits most, String number) {
        this.store = store;
        this.most = most;
        this.number = number;
        this.random = new Random(Long.parseLong(number));
    }

    /** Spends. */
    public static void main(String[] arguments) throws Exception {
        SpendingWorker worker = new SpendingWorker(
                store(arguments[0], arguments[1]), BudgetLimits.pictures(Integer.parseInt(arguments[2])), arguments[3]);
        for (int call = 0; ; call++) {
            worker.spend(call);
        }
    }

    static BudgetStore store(String kind, String address) {
        BudgetSettings.Store store = BudgetSettings.Store.valueOf(kind.toUpperCase(Locale.ROOT));
        SharedSettings settings = store == BudgetSettings.Store.JDBC
                ? SharedSettings.jdbc(address, Optional.of("triptych"), Optional.of(""))
                : SharedSettings.redis(address);
        return new SharedServers()
                .budget(
                        settings.withTimeout(Duration.ofSeconds(5)),
                        BudgetSettings.on(store, "USD").withLease(Duration.ofSeconds(1)));
    }

    private void spend(int call) throws Exception {
        String id = number + "/" + call;
        Amount amount = pictures(1 + random.nextInt(4));
        say("hold", id, amount);
        if (!hold(id, amount, false)) {
            say("full", id, null);
            return;
        }
        // One in ten waits for ever, as one whose process died before it was sent.
        if (random.nextInt(10) == 0) {
            say("waits", id, null);
            return;
        }
        say("send", id, amount);
        if (!hold(id, amount, true)) {
            say("full", id, null);
            return;
        }
        say("sent", id, amount);
        Amount spent = pictures(random.nextInt(amount.pictures() + 1));
        say("settle", id, spent);
        store.settle(id, DAY, spent);
        say("settled", id, spent);
    }

    private boolean hold(String id, Amount amount, boolean sending) throws Exception {
        BudgetStore.Held held = store.hold(new Hold(id, "studio", DAY, amount, sending), BudgetLimits.none(), most);
        int all = held.month().pictures() + held.more().pictures();
        if (held.held() != (all <= most.pictures().orElseThrow())) {
            say("wrong", id, held.month());
        }
        return held.held();
    }

    private static Amount pictures(int number) {
        return new Amount(PRICE.multiply(BigDecimal.valueOf(number)), number);
    }

    private static void say(String step, String id, @Nullable Amount amount) {
        System.out.println(step + " " + id + (amount == null ? "" : " " + amount.pictures()));
        System.out.flush();
    }
}
