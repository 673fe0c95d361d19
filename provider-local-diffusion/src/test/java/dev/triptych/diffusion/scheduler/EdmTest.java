package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EdmTest {

    private static final SchedulerConfig EULER = SchedulerConfig.of("EDMEulerScheduler", Map.of());
    private static final SchedulerConfig DPM = SchedulerConfig.of("EDMDPMSolverMultistepScheduler", Map.of());

    /** diffusers 0.36, {@code EDMEulerScheduler().set_timesteps(4)}. */
    @Test
    void countsInSigma() {
        assertThat(EdmLoop.of(EULER, 4).sigmas())
                .containsExactly(new float[] {80, 9.723202f, 0.469979f, 0.002f, 0}, within(1e-6f));
        assertThat(Schedulers.create(EULER, 4, StepArguments.DEFAULTS).timesteps())
                .containsExactly(new float[] {1.0955067f, 0.5686287f, -0.1887668f, -1.5536520f}, within(1e-6f));
        assertThat(Schedulers.create(DPM, 4, StepArguments.DEFAULTS).initNoiseSigma())
                .isEqualTo(80.00625f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sigma_data | 0 | sigma_data of EDMEulerScheduler must be above 0 but was 0.0",
                "rho | -1 | rho of EDMEulerScheduler must be above 0 but was -1.0",
                "rho | null | rho of EDMEulerScheduler must be a number but was null",
                "sigma_max | inf | sigma_max of EDMEulerScheduler must be above 0 but was Infinity",
                "sigma_min | 90 | sigma_min of EDMEulerScheduler must be below sigma_max 80.0 but was 90.0",
                "prediction_type | sample | prediction_type of EDMEulerScheduler must be one of [epsilon, v_prediction] but was sample"
            })
    void refusesWhatNoScheduleHas(String key, String value, String message) {
        SchedulerConfig config = EULER.with(key, value);

        assertThatThrownBy(() -> Schedulers.create(config, 4, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void refusesSolversThatTheReferenceLacks() {
        refused(
                DPM.with("algorithm_type", "dpmsolver").with("final_sigmas_type", "sigma_min"),
                "algorithm_type of EDMDPMSolverMultistepScheduler must be dpmsolver++ or sde-dpmsolver++ but was"
                        + " dpmsolver");
        refused(
                DPM.with("algorithm_type", "sde-dpmsolver++").with("solver_order", "3"),
                "solver_order of EDMDPMSolverMultistepScheduler with sde-dpmsolver++ must be 1 or 2 but was 3");
    }

    private static void refused(SchedulerConfig config, String message) {
        assertThatThrownBy(() -> Schedulers.create(config, 4, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void saysThatAnotherKindOfSchedulerBreaksTheModel() {
        String broken = "scheduler must add noise as the checkpoint's own %s does but was %s, which does not: pictures"
                + " will be wrong";

        assertThat(EULER.warnings()).isEmpty();
        assertThat(Schedulers.named(EULER, "EDMDPMSolverMultistep").warnings()).isEmpty();
        assertThat(Schedulers.named(EULER, "euler").warnings())
                .containsExactly(broken.formatted("EDMEulerScheduler", "EulerDiscreteScheduler"));
        assertThat(Schedulers.named(Schedulers.named(EULER, "euler"), "EDMEuler")
                        .warnings())
                .isEmpty();
        assertThat(SchedulerConfig.of("DDIMScheduler", Map.of())
                        .withClass("EDMEulerScheduler")
                        .warnings())
                .containsExactly(broken.formatted("DDIMScheduler", "EDMEulerScheduler"));
    }

    @Test
    void saysTheSameOfFlowMatching() {
        SchedulerConfig flow = SchedulerConfig.of("FlowMatchEulerDiscreteScheduler", Map.of());

        assertThat(flow.withClass("EulerDiscreteScheduler").warnings()).hasSize(1);
        assertThat(flow.withClass("DPMSolverMultistepScheduler")
                        .with("use_flow_sigmas", "true")
                        .warnings())
                .isEmpty();
    }
}
