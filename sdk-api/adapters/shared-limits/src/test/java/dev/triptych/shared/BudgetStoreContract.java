package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ledger.Amount;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetStatus;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.ledger.BudgetStore.Held;
import dev.triptych.ledger.BudgetStore.Hold;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every store of a budget that machines share keeps. */
abstract class BudgetStoreContract {

    static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    static final Duration LEASE = Duration.ofMinutes(15);
    private static final BudgetLimits NONE = BudgetLimits.none();

    /** Another connection to the same budget, of which nothing has been spent at the beginning of a test. */
    abstract BudgetStore store();

    /** Lets the time of all that was held and not sent be over. */
    abstract void endLeases() throws Exception;

    static Amount dollars(String money, int pictures) {
        return new Amount(new BigDecimal(money), pictures);
    }

    static Hold hold(String id, Amount amount) {
        return new Hold(id, "studio", DAY, amount, false);
    }

    static Hold sending(String id, Amount amount) {
        return new Hold(id, "studio", DAY, amount, true);
    }

    private static String sums(BudgetStatus status) {
        return sum(status.today()) + ", " + sum(status.month()) + ", " + status.open() + " open";
    }

    private static String sum(Amount amount) {
        return amount.money().setScale(2).toPlainString() + "/" + amount.pictures();
    }

    @Test
    void holdsWhatDayAndMonthHaveRoomFor() throws Exception {
        try (BudgetStore one = store();
                BudgetStore other = store()) {
            BudgetLimits perDay = BudgetLimits.money("0.10");
            assertThat(one.hold(hold("a", dollars("0.08", 2)), perDay, NONE).held())
                    .isTrue();

            Held refused = other.hold(hold("b", dollars("0.04", 1)), perDay, NONE);

            assertThat(refused.held()).isFalse();
            assertThat(sum(refused.day())).isEqualTo("0.08/2");
            assertThat(sum(refused.more())).isEqualTo("0.04/1");
            assertThat(other.hold(hold("b", dollars("0.02", 1)), perDay, NONE).held())
                    .isTrue();
            assertThat(one.hold(
                                    hold("c", dollars("0.01", 1)),
                                    NONE,
                                    new BudgetLimits(Optional.empty(), OptionalInt.of(3)))
                            .held())
                    .isFalse();
            assertThat(sums(one.status(DAY))).isEqualTo("0.10/3, 0.10/3, 2 open");
            assertThat(sums(other.status(DAY.plusDays(1)))).isEqualTo("0.00/0, 0.10/3, 2 open");
            assertThat(sums(other.status(DAY.plusMonths(1)))).isEqualTo("0.00/0, 0.00/0, 0 open");
        }
    }

    @Test
    void growsAndNeverShrinksWhatACallHolds() throws Exception {
        try (BudgetStore store = store()) {
            BudgetLimits perMonth = BudgetLimits.money("0.10");
            store.hold(hold("a", dollars("0.04", 1)), NONE, perMonth);
            store.hold(hold("a", dollars("0.04", 1)), NONE, perMonth);

            Held grown = store.hold(sending("a", dollars("0.08", 2)), NONE, perMonth);

            assertThat(sum(grown.more())).isEqualTo("0.04/1");
            assertThat(store.hold(sending("a", dollars("0.02", 1)), NONE, perMonth)
                            .held())
                    .isTrue();
            assertThat(store.hold(sending("a", dollars("0.11", 3)), NONE, perMonth)
                            .held())
                    .isFalse();
            assertThat(sums(store.status(DAY))).isEqualTo("0.08/2, 0.08/2, 1 open");
        }
    }

    @Test
    void settlesOnceAndByWhatWasSpent() throws Exception {
        try (BudgetStore store = store()) {
            store.hold(sending("a", dollars("0.08", 2)), NONE, NONE);
            store.hold(sending("b", dollars("0.08", 2)), NONE, NONE);
            store.settle("a", DAY, dollars("0.03", 1));
            store.settle("a", DAY, dollars("0.03", 1));
            store.settle("nobody", DAY, dollars("5.00", 1));
            store.settle("b", DAY, dollars("0.09", 2));

            assertThat(sums(store.status(DAY))).isEqualTo("0.12/3, 0.12/3, 0 open");
        }
    }

    @Test
    void releasesInTimeWhatWasNotSentAndNothingElse() throws Exception {
        try (BudgetStore store = store()) {
            BudgetLimits perDay = BudgetLimits.money("0.10");
            store.hold(hold("gone", dollars("0.04", 1)), perDay, NONE);
            store.hold(hold("sent", dollars("0.04", 1)), perDay, NONE);
            store.hold(sending("sent", dollars("0.04", 1)), perDay, NONE);
            endLeases();

            assertThat(store.hold(hold("next", dollars("0.06", 1)), perDay, NONE)
                            .held())
                    .isTrue();

            assertThat(sums(store.status(DAY))).isEqualTo("0.10/2, 0.10/2, 2 open");
            store.settle("gone", DAY, Amount.ZERO);
            assertThat(sums(store.status(DAY))).isEqualTo("0.10/2, 0.10/2, 2 open");
        }
    }

    @Test
    void holdsAnewBeforeItIsSentWhatWasReleased() throws Exception {
        try (BudgetStore store = store()) {
            BudgetLimits perDay = BudgetLimits.money("0.10");
            store.hold(hold("slow", dollars("0.04", 1)), perDay, NONE);
            endLeases();
            store.status(DAY);
            assertThat(store.hold(sending("slow", dollars("0.04", 1)), perDay, NONE)
                            .held())
                    .isTrue();

            store.hold(hold("slower", dollars("0.04", 1)), perDay, NONE);
            endLeases();
            store.hold(hold("other", dollars("0.06", 1)), perDay, NONE);

            assertThat(store.hold(sending("slower", dollars("0.04", 1)), perDay, NONE)
                            .held())
                    .isFalse();
            assertThat(sums(store.status(DAY))).isEqualTo("0.10/2, 0.10/2, 2 open");
        }
    }

    @Test
    void roundsUpWhatIsHeldAndDownWhatIsAllowed() throws Exception {
        try (BudgetStore store = store()) {
            BudgetLimits perDay = BudgetLimits.money("0.0000019");

            assertThat(store.hold(sending("a", dollars("0.0000001", 1)), perDay, NONE)
                            .held())
                    .isTrue();
            assertThat(store.hold(sending("b", dollars("0.0000001", 1)), perDay, NONE)
                            .held())
                    .isFalse();
        }
    }

    @Test
    void givesNoMoreThanThereIsToManyAtOnce() throws Exception {
        int workers = 8;
        int calls = 40;
        BudgetLimits perMonth = BudgetLimits.pictures(200);
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        try (BudgetStore one = store();
                BudgetStore other = store()) {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                BudgetStore store = worker % 2 == 0 ? one : other;
                String name = "worker " + worker;
                counts.add(threads.submit(() -> {
                    int held = 0;
                    for (int call = 0; call < calls; call++) {
                        Hold hold = sending(name + "/" + call, dollars("0.04", 1));
                        held += store.hold(hold, NONE, perMonth).held() ? 1 : 0;
                    }
                    return held;
                }));
            }
            int held = 0;
            for (Future<Integer> count : counts) {
                held += count.get();
            }

            assertThat(held).isEqualTo(200);
            assertThat(sums(one.status(DAY))).isEqualTo("8.00/200, 8.00/200, 200 open");
        } finally {
            threads.shutdownNow();
        }
    }
}
