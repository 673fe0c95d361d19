package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnClipSchedulerTest {

    private static final SchedulerConfig FIXED = SchedulerConfig.of("UnCLIPScheduler", Map.of());
    private static final SchedulerConfig LEARNED = FIXED.with("variance_type", "learned_range");

    @Test
    void visitsBothEndsOfTheTable() {
        assertThat(created(FIXED, 7).timesteps()).containsExactly(999, 832, 666, 500, 333, 166, 0);
        assertThat(created(FIXED, 5).timesteps()).containsExactly(999, 749, 500, 250, 0);
    }

    /** The deviations that the reference's own test expects: tests/schedulers/test_scheduler_unclip.py. */
    @Test
    void noiseIsAsStrongAsPublished() {
        assertThat(deviation(FIXED, 999, 0)).isCloseTo(0.9994987f, within(1e-5f));
        assertThat(deviation(FIXED, 487, 0)).isCloseTo(0.0549625f, within(1e-5f));
        assertThat(2 * Math.log(deviation(LEARNED, 999, 0.5f))).isCloseTo(-0.0010011, within(1e-5));
        assertThat(2 * Math.log(deviation(LEARNED, 487, 0.5f))).isCloseTo(-5.7998052, within(1e-5));
        assertThat(2 * Math.log(deviation(LEARNED, 1, 0.5f))).isCloseTo(-10.1712790, within(1e-5));
    }

    /** The last step leaves the expected picture, but for what 32 bits lose of 1 − ᾱ at timestep 0. */
    @Test
    void drawsNothingAtTheEnd() {
        Scheduler scheduler = created(FIXED, 2);
        float[] sample = {0.5f, -0.5f};
        scheduler.step(sample, 0, sample, length -> new float[length]);

        float[] last = scheduler.step(new float[2], 1, sample, length -> {
            throw new AssertionError("no noise is drawn at timestep 0");
        });

        assertThat(last).containsExactly(new float[] {0.5f, -0.5f}, within(5e-4f));
    }

    @Test
    void clipsThePictureItExpects() {
        SchedulerConfig prior = FIXED.with("prediction_type", "sample").with("clip_sample_range", "5.0");
        Scheduler scheduler = created(prior, 2);
        scheduler.begin(1);

        float[] last = scheduler.step(new float[] {7, -7, 3}, 1, new float[3], length -> new float[length]);

        assertThat(last).containsExactly(new float[] {5, -5, 3}, within(5e-3f));
    }

    @Test
    void refusesWhatItHasNoRuleFor() {
        refused(FIXED, 1, "steps of UnCLIPScheduler must be at least 2 but were 1");
        refused(
                FIXED.with("beta_schedule", "linear"),
                5,
                "beta_schedule of UnCLIPScheduler must be squaredcos_cap_v2 but was linear");
        refused(
                FIXED.with("prediction_type", "v_prediction"),
                5,
                "prediction_type of UnCLIPScheduler must be epsilon or sample but was v_prediction");
        refused(
                FIXED.with("variance_type", "fixed_small"),
                5,
                "variance_type of UnCLIPScheduler must be fixed_small_log or learned_range but was fixed_small");
    }

    @Test
    void saysThatItDoesNotFitOtherModels() {
        assertThat(SchedulerConfig.of("DDPMScheduler", Map.of())
                        .withClass("UnCLIPScheduler")
                        .warnings())
                .hasSize(1);
    }

    /** How much noise a step at {@code t} to {@code t − 1} adds: all it does to a sample of zeros, whose x₀ is 0. */
    private static float deviation(SchedulerConfig config, int t, float learned) {
        Scheduler scheduler = created(config, 1000);
        int call = 999 - t;
        scheduler.begin(call);
        float[] output = {0, learned};
        float[] drawn = {1};
        return scheduler.step(output, call, new float[1], length -> Arrays.copyOf(drawn, length))[0];
    }

    private static void refused(SchedulerConfig config, int steps, String message) {
        assertThatThrownBy(() -> created(config, steps))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static Scheduler created(SchedulerConfig config, int steps) {
        return Schedulers.create(config, steps, StepArguments.DEFAULTS);
    }
}
