package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoopPartTest {

    private static final Map<String, Object> STABLE_DIFFUSION =
            Map.of("beta_start", 0.00085, "beta_end", 0.012, "beta_schedule", "scaled_linear", "steps_offset", 1);

    /**
     * Counted by diffusers 0.36 with torch 2.15: how many calls a base runs, where a refiner begins, and both at once.
     */
    @ParameterizedTest
    @CsvFileSource(resources = "/golden/schedulers-more/parts.csv")
    void cutsWhereDiffusersDoes(
            String className,
            String spacing,
            int steps,
            double start,
            double end,
            int calls,
            int base,
            int refiner,
            String both) {
        SchedulerConfig config = SchedulerConfig.of(className, STABLE_DIFFUSION).with("timestep_spacing", spacing);
        if (className.equals("PNDMScheduler")) {
            config = config.with("skip_prk_steps", "true");
        }
        Scheduler scheduler = Schedulers.create(config, steps, StepArguments.DEFAULTS);

        assertThat(LoopPart.whole(scheduler)).isEqualTo(new LoopPart(0, calls));
        assertThat(LoopPart.between(scheduler, config, 0, end)).isEqualTo(new LoopPart(0, base));
        assertThat(LoopPart.between(scheduler, config, start, 1)).isEqualTo(new LoopPart(refiner, calls));
        if (both != null) {
            LoopPart part = LoopPart.between(scheduler, config, start, end);
            assertThat(part.first() + " " + part.end()).isEqualTo(both);
            assertThat(part.calls()).isEqualTo(part.end() - part.first());
        }
    }

    @Test
    void isTheWholeLoopWhereNothingIsCut() {
        SchedulerConfig edm = SchedulerConfig.of("EDMEulerScheduler", Map.of());

        assertThat(LoopPart.between(Schedulers.create(edm, 4, StepArguments.DEFAULTS), edm, 0, 1))
                .isEqualTo(new LoopPart(0, 4));
    }

    @ParameterizedTest
    @CsvSource({"0.8, 0.8", "0.9, 0.2", "-0.1, 1", "0, 1.1", "NaN, 1", "1, 1"})
    void needsMomentsInOrder(double start, double end) {
        SchedulerConfig config = SchedulerConfig.of("DDIMScheduler", STABLE_DIFFUSION);
        Scheduler scheduler = Schedulers.create(config, 4, StepArguments.DEFAULTS);

        assertThatThrownBy(() -> LoopPart.between(scheduler, config, start, end))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the part of a loop must begin at 0 or later, end at 1 or earlier and begin before it ends"
                        + " but was " + start + " to " + end);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"})
    void needsTimestepsOfTheTraining(String className) {
        SchedulerConfig edm = SchedulerConfig.of(className, Map.of());
        Scheduler scheduler = Schedulers.create(edm, 4, StepArguments.DEFAULTS);

        assertThatThrownBy(() -> LoopPart.between(scheduler, edm, 0, 0.8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a loop can be shared where timesteps are moments of the training but " + className
                        + " has ¼ ln σ in their place");
    }

    @Test
    void doesNotEndBeforeItBegins() {
        assertThatThrownBy(() -> new LoopPart(3, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a part of a loop must begin at 0 or later and not end before but was 3 to 2");
    }
}
