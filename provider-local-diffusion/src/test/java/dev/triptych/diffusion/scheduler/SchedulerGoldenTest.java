package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SchedulerGoldenTest {

    @Test
    void everyCheckedInLoopEqualsTheReference() throws Exception {
        Path directory = Path.of(
                SchedulerGoldenTest.class.getResource("/golden/schedulers").toURI());

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(113);
    }

    @Test
    void everyLoopThatBeginsLaterEqualsTheReference() throws Exception {
        Path directory = Path.of(SchedulerGoldenTest.class
                .getResource("/golden/schedulers-begin")
                .toURI());

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(23);
    }

    @Test
    void everyLoopOfEdmZeroSnrAndFixedVarianceEqualsTheReference() throws Exception {
        Path directory = Path.of(
                SchedulerGoldenTest.class.getResource("/golden/schedulers-more").toURI());

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(51);
    }

    @Test
    void everyCheckedInLoopOfRectifiedFlowEqualsTheReference() throws Exception {
        Path directory = Path.of(
                SchedulerGoldenTest.class.getResource("/golden/schedulers-flow").toURI());

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(46);
    }

    @Test
    void everyLoopOfRectifiedFlowInTheFullSetEqualsTheReference() throws Exception {
        Path directory = Path.of(System.getProperty("triptych.reference", "")).resolve("golden/schedulers-flow");
        assumeTrue(
                Files.exists(directory.resolve("index.json")),
                "the full set of recorded loops is not here; the checked-in part was run");

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(112);
    }

    @Test
    void everyLoopOfTheFullSetEqualsTheReference() throws Exception {
        Path directory = Path.of(System.getProperty("triptych.reference", "")).resolve("golden/schedulers");
        assumeTrue(
                Files.exists(directory.resolve("index.json")),
                "the full set of recorded loops is not here; the checked-in part was run");

        SchedulerGoldens.Outcome outcome = SchedulerGoldens.run(directory);

        assertThat(outcome.problems()).isEmpty();
        assertThat(outcome.cases()).isEqualTo(339);
    }
}
