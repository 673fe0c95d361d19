package dev.triptych.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.BudgetExceededException;
import dev.triptych.Cost;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.resilience.BudgetedGenerator;
import dev.triptych.resilience.Failures;
import dev.triptych.resilience.FallbackGenerator;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.Resilience;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.UnknownOutcome;
import dev.triptych.resilience.VirtualTime;
import dev.triptych.testkit.FaultyGenerator;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetTest {

    private static final ImageRequest FOX = ImageRequest.of("a fox");

    @TempDir
    private Path directory;

    private final VirtualTime time = new VirtualTime();
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");

    private BudgetSettings settings() {
        return BudgetSettings.in(directory, "USD").withPrices(Map.of("studio", new BigDecimal("0.04")));
    }

    private BudgetedGenerator chain(Budget budget, GuardSettings guard, FaultyGenerator... generators) {
        GuardParts parts = new GuardParts(new Resilience(), Optional.empty(), List.of(), time.surroundings());
        FallbackGenerator fallback = new FallbackGenerator(
                Stream.of(generators)
                        .map(generator -> GuardedGenerator.of(generator, guard, parts))
                        .toList(),
                FallbackSettings.standard());
        return new BudgetedGenerator(fallback, budget);
    }

    private ImageResult generate(BudgetedGenerator chain, int count) {
        return chain.generate(
                FOX.toBuilder().count(count).build(), time.context().build());
    }

    private static String money(Amount amount) {
        return amount.money().toPlainString();
    }

    @Test
    void refusesBeforeTheCallWhatTheDayHasNoMoneyFor() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.money("0.10")), time);
        BudgetedGenerator chain = chain(budget, GuardSettings.none(), studio);

        generate(chain, 2);

        assertThatThrownBy(() -> generate(chain, 1))
                .isInstanceOf(BudgetExceededException.class)
                .hasMessage("calls of 2026-11-24 must cost at most 0.10 USD but would cost up to 0.12 USD");
        assertThat(studio.calls()).isEqualTo(1);
        assertThat(money(budget.status().today())).isEqualTo("0.08");
        assertThat(budget.status().open()).isZero();

        time.pass(Duration.ofHours(12));
        generate(chain, 2);
        assertThat(money(budget.status().month())).isEqualTo("0.16");
    }

    /** A store that machines share must know of a call before it is sent, and when it is about to be. */
    @Test
    void tellsItsStoreBeforeACallIsSent() {
        List<String> told = new ArrayList<>();
        BudgetStore store = new BudgetStore() {
            @Override
            public Held hold(Hold hold, BudgetLimits perDay, BudgetLimits perMonth) {
                told.add((hold.sending() ? "sending " : "hold ") + money(hold.amount()));
                return new Held(true, hold.amount(), Amount.ZERO, Amount.ZERO);
            }

            @Override
            public void settle(String id, LocalDate day, Amount spent) {
                told.add("settled " + money(spent));
            }

            @Override
            public BudgetStatus status(LocalDate day) {
                return new BudgetStatus(day, Amount.ZERO, Amount.ZERO, 0);
            }

            @Override
            public String place() {
                return "a list";
            }

            @Override
            public void close() {
                told.add("closed");
            }
        };
        try (Budget budget = Budget.open(settings().withPerDay(BudgetLimits.money("1")), time, store)) {
            generate(chain(budget, GuardSettings.none(), studio), 2);
        }

        assertThat(told).containsExactly("hold 0.08", "sending 0.08", "settled 0.08", "closed");
    }

    @Test
    void refusesACallThatIsTooDearByItself() {
        Budget budget = Budget.open(settings().withPerCall(BudgetLimits.pictures(3)), time);

        assertThatThrownBy(() -> generate(chain(budget, GuardSettings.none(), studio), 4))
                .hasMessage("this call must make at most 3 billed pictures but would make 4");
        assertThat(studio.calls()).isZero();
    }

    @Test
    void remembersOverProcessesAndMonths() throws Exception {
        BudgetSettings settings = settings().withPerMonth(BudgetLimits.money("0.10"));
        generate(chain(Budget.open(settings, time), GuardSettings.none(), studio), 2);

        Budget later = Budget.open(settings, time);
        assertThatThrownBy(() -> generate(chain(later, GuardSettings.none(), studio), 1))
                .hasMessage("calls of 2026-11 must cost at most 0.10 USD but would cost up to 0.12 USD");

        time.pass(Duration.ofDays(7));
        generate(chain(later, GuardSettings.none(), studio), 1);
        assertThat(money(later.status().month())).isEqualTo("0.04");
    }

    @Test
    void takesWhatTheProviderSaysTheCallDidCost() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.money("1")), time);
        studio.costing(new Cost(new BigDecimal("0.011"), "USD", "price list"));

        generate(chain(budget, GuardSettings.none(), studio), 2);

        assertThat(budget.status().today()).isEqualTo(new Amount(new BigDecimal("0.011"), 2));
    }

    @Test
    void countsACallInFullThatMayHaveBeenBilledAndNotOneThatWasRejected() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.money("1")), time);
        BudgetedGenerator chain = chain(budget, GuardSettings.none(), studio);

        studio.failNext(Failures.refused(), Failures.unavailable(Outcome.NOT_SENT), new IllegalStateException("bug"));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> generate(chain, 1)).isInstanceOf(RuntimeException.class);
        }

        assertThat(money(budget.status().today())).isEqualTo("0.04");
    }

    @Test
    void coversEveryRetryThatMayBeBilledAgain() throws Exception {
        Budget budget = Budget.open(settings().withPerCall(BudgetLimits.money("0.08")), time);
        GuardSettings always = GuardSettings.none()
                .withRetry(RetrySettings.standard().withMaxAttempts(9).withUnknownOutcome(UnknownOutcome.ALWAYS));
        studio.failAlways(Failures.unavailable(Outcome.UNKNOWN));

        assertThatThrownBy(() -> generate(chain(budget, always, studio), 1))
                .hasMessage("this call must cost at most 0.08 USD but would cost up to 0.12 USD");
        assertThat(studio.calls()).isEqualTo(2);
        assertThat(money(budget.status().today())).isEqualTo("0.08");
    }

    @Test
    void countsNothingForAFreeGeneratorButCoversABilledFallback() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.pictures(0)), time);
        FaultyGenerator offline = FaultyGenerator.named("offline");

        generate(chain(budget, GuardSettings.none(), offline, studio), 1);
        offline.failAlways(Failures.unavailable(Outcome.NOT_SENT));

        assertThatThrownBy(() -> generate(chain(budget, GuardSettings.none(), offline, studio), 1))
                .isInstanceOf(BudgetExceededException.class);
        assertThat(studio.calls()).isZero();
    }

    @Test
    void needsAPriceWhereMoneyIsLimited() {
        Budget budget = Budget.open(BudgetSettings.in(directory, "EUR").withPerDay(BudgetLimits.money("1")), time);

        assertThatThrownBy(() -> generate(chain(budget, GuardSettings.none(), studio), 1))
                .hasMessage("budget.prices.studio must say what a picture costs at most, since the budget has a limit"
                        + " in EUR, but was not set");
    }

    @Test
    void beginsItsDaysWhereItIsTold() throws Exception {
        Budget budget = Budget.open(settings().withZone(ZoneId.of("Asia/Tokyo")), time);

        time.pass(Duration.ofHours(4));

        assertThat(budget.status().day()).hasToString("2026-11-25");
    }

    @Test
    void neverSpendsMoreThanTheLimitFromManyThreads() throws Exception {
        BudgetSettings settings = settings().withPerDay(BudgetLimits.pictures(20));
        List<Budget> processes = List.of(Budget.open(settings, time), Budget.open(settings, time));
        List<Thread> threads = Stream.iterate(0, i -> i + 1)
                .limit(8)
                .map(i -> new Thread(() -> {
                    BudgetedGenerator chain = chain(processes.get(i % 2), GuardSettings.none(), studio);
                    for (int n = 0; n < 5; n++) {
                        try {
                            generate(chain, 1);
                        } catch (BudgetExceededException e) {
                            assertThat(e.outcome()).isEqualTo(Outcome.NOT_SENT);
                        }
                    }
                }))
                .toList();

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(studio.calls()).isEqualTo(20);
        assertThat(processes.get(0).status().today().pictures()).isEqualTo(20);
    }

    @Test
    void settlesALateCallInTheMonthItBeganIn() throws Exception {
        Budget budget = Budget.open(settings(), time);
        Purse purse = budget.purse("r");
        purse.cover(studio.info(), 1);
        time.pass(Duration.ofDays(20));

        purse.close();

        assertThat(Files.readAllLines(directory.resolve("budget-2026-11.jsonl")))
                .hasSize(2);
        assertThat(budget.status().month()).isEqualTo(Amount.ZERO);
    }

    @Test
    void goesOnAfterLinesWithAWrongField() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.pictures(3)), time);
        generate(chain(budget, GuardSettings.none(), studio), 1);
        Path file = directory.resolve("budget-2026-11.jsonl");
        for (String wrong : List.of(
                "{\"event\":\"reserved\",\"id\":\"x\",\"day\":\"someday\",\"pictures\":1,\"money\":\"1\"}",
                "{\"event\":\"reserved\",\"id\":\"x\",\"day\":\"2026-11-24\",\"pictures\":\"few\",\"money\":\"1\"}",
                "{\"event\":\"reserved\",\"id\":\"x\",\"day\":\"2026-11-24\",\"pictures\":1,\"money\":\"1e999999999\"}",
                "{\"event\":\"lost\",\"id\":\"x\",\"day\":\"2026-11-24\",\"pictures\":1,\"money\":\"1\"}",
                "{\"event\":\"reserved\",\"pictures\":1}",
                "{}")) {
            Files.writeString(file, wrong + "\n", StandardOpenOption.APPEND);
        }

        BudgetStatus status = Budget.open(settings(), time).status();

        assertThat(status.today().pictures()).isEqualTo(1);
        assertThat(status.open()).isZero();
        generate(chain(budget, GuardSettings.none(), studio), 2);
        assertThat(budget.status().today().pictures()).isEqualTo(3);
    }

    @Test
    void countsPicturesThatMayHaveBeenBilledAndDidNotCome() throws Exception {
        Budget budget = Budget.open(settings().withPerDay(BudgetLimits.pictures(20)), time);
        studio.givingAtMost(1).failImage(3, Failures.refused());

        ImageResult result = generate(chain(budget, GuardSettings.none(), studio), 4);

        assertThat(result.images()).hasSize(1);
        assertThat(budget.status().today().pictures())
                .as("one came, two are missing, one was refused")
                .isEqualTo(3);
    }
}
