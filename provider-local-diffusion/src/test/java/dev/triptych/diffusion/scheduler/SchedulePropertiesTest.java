package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Locale;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SchedulePropertiesTest {

    @Property(tries = 150, seed = "36")
    void timestepsDescendAndStayWithinTheTraining(
            @ForAll SchedulerKind kind, @ForAll Spacing spacing, @ForAll @IntRange(min = 4, max = 50) int steps) {
        Scheduler scheduler = Schedulers.create(config(kind, spacing), steps, StepArguments.DEFAULTS);

        float[] timesteps = scheduler.timesteps();

        // Two calls a step, or PNDM's twelve for its first three steps.
        assertThat(timesteps.length).isBetween(steps, Math.max(2 * steps - 1, steps + 9));
        for (int i = 0; i < timesteps.length; i++) {
            // A quarter of ln σ, where σ is at most 80 and at least 0.002.
            assertThat(timesteps[i]).isBetween(kind.isEdm() ? -1.6f : 0f, kind.isEdm() ? 1.1f : 1000f);
            // PNDM's Runge-Kutta start looks ahead and comes back; every other loop only goes down. The second call of
            // KDPM2 ancestral falls on the next step's time, but for the last bits of a logarithm.
            if (i > 0 && kind != SchedulerKind.PNDM) {
                assertThat(timesteps[i]).isLessThan(timesteps[i - 1] + 1e-3f);
            }
        }
    }

    @Property(tries = 100, seed = "36")
    void sigmasDescendToZero(
            @ForAll SigmaRange.Shape shape, @ForAll Spacing spacing, @ForAll @IntRange(min = 2, max = 60) int steps) {
        SchedulerConfig config =
                config(SchedulerKind.EULER, spacing).with(shape.key().jsonName(), "true");

        float[] sigmas = SigmaLoop.of(config, steps).sigmas();

        assertThat(sigmas).hasSize(steps + 1).endsWith(0f);
        for (int i = 1; i < sigmas.length; i++) {
            assertThat(sigmas[i]).isFinite().isLessThan(sigmas[i - 1]);
        }
    }

    @Property(tries = 200, seed = "36")
    void theQuantileOfTheBetaDistributionInvertsItsIntegral(
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double probability) {
        BetaDistribution distribution = new BetaDistribution(0.6, 0.6);

        assertThat(distribution.cumulative(distribution.quantile(probability))).isCloseTo(probability, within(1e-12));
    }

    /** scipy 1.17.1: {@code scipy.stats.beta.ppf(p, a, b)}. */
    @Example
    void quantilesOfTheBetaDistributionAreScipys() {
        BetaDistribution arcsineLike = new BetaDistribution(0.6, 0.6);

        assertThat(arcsineLike.quantile(0.01)).isCloseTo(0.0008612388215429059, within(1e-12));
        assertThat(arcsineLike.quantile(0.25)).isCloseTo(0.17568037865269498, within(1e-12));
        assertThat(arcsineLike.quantile(0.95)).isCloseTo(0.9874455431263885, within(1e-12));
        assertThat(new BetaDistribution(2, 5).quantile(0.3)).isCloseTo(0.18180347131894917, within(1e-12));
        assertThat(arcsineLike.quantile(0)).isZero();
        assertThat(arcsineLike.quantile(1)).isEqualTo(1);
    }

    enum Spacing {
        LEADING,
        LINSPACE,
        TRAILING
    }

    private static SchedulerConfig config(SchedulerKind kind, Spacing spacing) {
        SchedulerConfig config = SchedulerConfig.of(kind.className(), Map.of());
        return kind.has(ConfigKey.TIMESTEP_SPACING)
                ? config.with("timestep_spacing", spacing.name().toLowerCase(Locale.ROOT))
                : config;
    }
}
