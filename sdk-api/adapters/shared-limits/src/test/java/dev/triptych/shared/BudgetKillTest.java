package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ledger.BudgetStatus;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.storage.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes spend from one budget and are killed again and again, wherever they are. Afterwards the budget's sums
 * are those that follow from what they said: to the picture, and never above the limit.
 */
class BudgetKillTest {

    /** 10 000 in the long form. */
    private static final int RESERVATIONS = Integer.getInteger("triptych.reservations", 300);

    /** The most steps that a process takes before it is killed: some 6 kills in 300 reservations, some 40 in 10 000. */
    private static final int STEPS = Math.max(450, RESERVATIONS * 9 / 40);

    /** A reservation is for 2.5 pictures on average, so the limit is reached. */
    private static final int LIMIT = RESERVATIONS;

    @TempDir
    private Path folder;

    private final AtomicInteger reservations = new AtomicInteger();
    private final AtomicInteger processes = new AtomicInteger();
    private final Map<String, Call> calls = new HashMap<>();

    /** What is known of a call by what its process said. */
    private static final class Call {
        private boolean sent;
        private int settled = -1;
    }

    @Test
    void addsUpInPostgresWhereverAProcessIsKilled() throws Exception {
        PostgresServer postgres = PostgresServer.start(folder);
        try {
            spend("jdbc", postgres.url());
            Map<String, Integer> open = new HashMap<>();
            try (Connection connection = DriverManager.getConnection(postgres.url(), "triptych", "");
                    Statement statement = connection.createStatement()) {
                statement.execute("UPDATE triptych_budget_call SET held_until = to_timestamp(0) WHERE NOT sent");
                BudgetStatus status = status("jdbc", postgres.url());
                try (ResultSet rows = statement.executeQuery("SELECT id, pictures, sent FROM triptych_budget_call")) {
                    while (rows.next()) {
                        assertThat(rows.getBoolean(3)).isTrue();
                        open.put(rows.getString(1), rows.getInt(2));
                    }
                }
                verify(status, open);
            }
        } finally {
            postgres.close();
        }
    }

    @Test
    void addsUpInRedisWhereverAProcessIsKilled() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            spend("redis", redis.address());
            String key = "triptych:budget:{triptych/USD:2026-11}:";
            for (String id : lines(redis.ask("ZRANGE " + key + "leases 0 -1"))) {
                redis.ask("ZADD " + key + "leases XX 1 " + id);
            }
            BudgetStatus status = status("redis", redis.address());
            Map<String, Integer> open = new HashMap<>();
            List<String> entries = lines(redis.ask("HGETALL " + key + "calls"));
            for (int i = 0; i < entries.size(); i += 2) {
                String[] call = entries.get(i + 1).split(" ", -1);
                assertThat(call[3]).isEqualTo("sent");
                open.put(entries.get(i), Integer.parseInt(call[2]));
            }
            verify(status, open);
        }
    }

    /** The elements of a list in Redis' answer: what stands between its lengths and its last OK. */
    private static List<String> lines(String answer) {
        return answer.lines()
                .filter(line -> !line.startsWith("*") && !line.startsWith("$") && !line.startsWith("+"))
                .toList();
    }

    private static BudgetStatus status(String kind, String address) throws IOException {
        try (BudgetStore store = SpendingWorker.store(kind, address)) {
            return store.status(SpendingWorker.DAY);
        }
    }

    private void spend(String kind, String address) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Random random = new Random(i);
                ends.add(threads.submit((Callable<Boolean>) () -> {
                    while (reservations.get() < RESERVATIONS) {
                        killed(kind, address, 1 + random.nextInt(STEPS));
                    }
                    return true;
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Starts a process and kills it as soon as it has said {@code steps} things, or all that are wanted. */
    private void killed(String kind, String address, int steps) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx96m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpendingWorker.class.getName(),
                        kind,
                        address,
                        Integer.toString(LIMIT),
                        Integer.toString(processes.incrementAndGet()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        int said = 0;
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line.split(" ", -1));
                if (++said == steps || reservations.get() >= RESERVATIONS) {
                    process.toHandle().destroyForcibly();
                }
            }
        }
        assertThat(process.waitFor()).as("exit code").isEqualTo(137);
    }

    private void hear(String[] said) {
        synchronized (calls) {
            Call call = calls.computeIfAbsent(said[1], id -> new Call());
            switch (said[0]) {
                case "hold" -> reservations.incrementAndGet();
                case "sent" -> call.sent = true;
                case "settle" -> call.settled = Integer.parseInt(said[2]);
                case "send", "waits", "full", "settled" -> {}
                default -> throw new AssertionError(String.join(" ", said));
            }
        }
    }

    /**
     * A call that is under way counts with all it may cost, one that was settled with what it cost, no other at all.
     */
    private void verify(BudgetStatus status, Map<String, Integer> open) {
        int sum = 0;
        for (Map.Entry<String, Call> each : calls.entrySet()) {
            Call call = each.getValue();
            Integer held = open.remove(each.getKey());
            if (held != null) {
                sum += held;
            } else if (call.settled >= 0) {
                sum += call.settled;
            } else {
                assertThat(call.sent)
                        .as("%s was sent and is neither open nor settled", each.getKey())
                        .isFalse();
            }
        }
        assertThat(open).as("calls that nobody made").isEmpty();
        assertThat(status.month().pictures()).isEqualTo(sum).isLessThanOrEqualTo(LIMIT);
        assertThat(status.today()).isEqualTo(status.month());
        assertThat(status.month().money())
                .isEqualByComparingTo(new BigDecimal("0.04").multiply(BigDecimal.valueOf(sum)));
        assertThat(reservations.get()).isGreaterThanOrEqualTo(RESERVATIONS);
        System.out.println(reservations + " reservations, " + processes + " processes killed, " + sum + " of " + LIMIT
                + " pictures spent, " + status.open() + " calls open");
    }
}
