package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.BudgetExceededException;
import dev.triptych.GeneratorInfo;
import dev.triptych.Outcome;
import dev.triptych.config.SharedSettings;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.ledger.Purse;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisBudgetTest extends BudgetStoreContract {

    private static final GeneratorInfo STUDIO = new GeneratorInfo("studio", "openai", "m", "", false);

    private static RedisProcess redis;

    private final AtomicLong nanoTime = new AtomicLong();

    @BeforeAll
    static void start() throws Exception {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (redis != null) {
            redis.close();
        }
    }

    @BeforeEach
    void forget() throws Exception {
        redis.ask("FLUSHALL");
    }

    @Override
    BudgetStore store() {
        return new RedisBudget(
                new RedisServer(SharedSettings.redis(redis.address()), Duration.ofSeconds(2), nanoTime::get),
                "test/USD",
                LEASE);
    }

    @Override
    void endLeases() throws Exception {
        String key = "triptych:budget:{test/USD:2026-11}:leases";
        String ids = redis.ask("ZRANGE " + key + " 0 -1");
        for (String line : ids.lines().toList()) {
            if (line.matches("[a-z]+")) {
                redis.ask("ZADD " + key + " XX 1 " + line);
            }
        }
    }

    /** A hundred milliards of millionths and more stay whole numbers. */
    @Test
    void addsUpLargeSumsExactly() throws Exception {
        try (BudgetStore store = store()) {
            store.hold(sending("a", dollars("999999999.999999", 1)), BudgetLimits.none(), BudgetLimits.none());
            store.hold(sending("b", dollars("0.000001", 1)), BudgetLimits.none(), BudgetLimits.none());

            assertThat(store.status(DAY).month().money()).isEqualByComparingTo("1000000000");
        }
    }

    @Test
    void buysNothingWhileRedisIsAwayAndGoesOnWhenItIsBack() throws Exception {
        Budget budget = Budget.open(
                BudgetSettings.on(BudgetSettings.Store.REDIS, "USD").withPerDay(BudgetLimits.pictures(3)),
                Clock.systemUTC(),
                store());
        Purse before = budget.purse("r1");
        before.cover(STUDIO, 1);
        redis.kill();
        try (Purse purse = budget.purse("r2")) {
            assertThatThrownBy(() -> purse.cover(STUDIO, 1))
                    .isInstanceOfSatisfying(
                            BudgetExceededException.class,
                            e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_SENT))
                    .hasMessage("the budget must be written down before a billed call but " + redis.place()
                            + " cannot be written");
        } finally {
            redis.startAgain();
        }

        nanoTime.addAndGet(Duration.ofSeconds(3).toNanos());
        try (Purse purse = budget.purse("r3")) {
            purse.cover(STUDIO, 3);
            assertThat(budget.status().today().pictures()).isEqualTo(3);
        }
        assertThat(budget.status().today().pictures()).isZero();
        budget.close();
    }

    @Test
    void doesNotWaitForAServerThatHangs() throws Exception {
        try (BudgetStore store = new RedisBudget(
                new RedisServer(SharedSettings.redis(redis.address()), Duration.ofMillis(50), nanoTime::get),
                "test/USD",
                LEASE)) {
            redis.pause();
            try {
                assertThatThrownBy(() -> store.status(DAY)).hasMessage(redis.place() + " must answer but did not");
            } finally {
                redis.goOn();
            }
        }
    }
}
