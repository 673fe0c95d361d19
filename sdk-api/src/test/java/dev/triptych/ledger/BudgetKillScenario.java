package dev.triptych.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GeneratorInfo;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.KillScenario;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;

/** Reserves two pictures and settles one, again and again. */
public final class BudgetKillScenario implements KillScenario {

    private static final GeneratorInfo STUDIO = new GeneratorInfo("studio", "openai", "m", "", false);
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
    private static final Amount TWO = new Amount(new BigDecimal("0.08"), 2);
    private static final Amount ONE = new Amount(new BigDecimal("0.04"), 1);

    /** What was spent for certain, after all runs so far. */
    private int least;

    private static Budget budget(Path directory, DurableFiles files) {
        Clock clock = Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);
        return Budget.open(BudgetSettings.in(directory.resolve("budget"), "USD"), clock, files);
    }

    @Override
    public void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception {
        Budget budget = budget(directory, files);
        for (int call = 0; call < 3; call++) {
            String id = run + "/" + call + "/" + System.nanoTime();
            budget.hold(id, STUDIO, DAY, TWO, true);
            done.accept("reserved");
            budget.settle(id, DAY, ONE);
            done.accept("settled");
        }
    }

    /**
     * Each step that was acknowledged counts; the one the process was killed in may. So pictures spent are what is
     * certain, or what the next step would have made of it.
     */
    @Override
    public void verify(int run, Path directory, List<String> done) throws Exception {
        int certain = least;
        for (String step : done) {
            certain += step.equals("reserved") ? TWO.pictures() : ONE.pictures() - TWO.pictures();
        }
        boolean settles = !done.isEmpty() && done.get(done.size() - 1).equals("reserved");
        int withTheLastStep = certain + (settles ? ONE.pictures() - TWO.pictures() : TWO.pictures());

        BudgetStatus status = budget(directory, DurableFiles.system()).status();

        assertThat(status.today().pictures()).isIn(certain, withTheLastStep);
        assertThat(status.month()).isEqualTo(status.today());
        assertThat(status.today().money())
                .isEqualByComparingTo(new BigDecimal("0.04")
                        .multiply(BigDecimal.valueOf(status.today().pictures())));
        least = status.today().pictures();
    }
}
