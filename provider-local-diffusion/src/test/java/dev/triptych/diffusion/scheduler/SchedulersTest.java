package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.diffusion.random.TorchCpuNormal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchedulersTest {

    private static final SchedulerConfig OWN = SchedulerConfig.of(
            "PNDMScheduler",
            Map.of(
                    "beta_start",
                    0.00085,
                    "beta_end",
                    0.012,
                    "beta_schedule",
                    "scaled_linear",
                    "skip_prk_steps",
                    true,
                    "steps_offset",
                    1));

    @ParameterizedTest
    @CsvSource({
        "euler, EulerDiscreteScheduler",
        "Euler a, EulerAncestralDiscreteScheduler",
        "EULER_A, EulerAncestralDiscreteScheduler",
        "DPM++ 2M, DPMSolverMultistepScheduler",
        "dpm++2m, DPMSolverMultistepScheduler",
        "dpmpp_2m, DPMSolverMultistepScheduler",
        "DPM++ SDE, DPMSolverSinglestepScheduler",
        "ddim, DDIMScheduler",
        "DDPM, DDPMScheduler",
        "pndm, PNDMScheduler",
        "plms, PNDMScheduler",
        "lms, LMSDiscreteScheduler",
        "heun, HeunDiscreteScheduler",
        "dpm2, KDPM2DiscreteScheduler",
        "dpm2 a, KDPM2AncestralDiscreteScheduler",
        "unipc, UniPCMultistepScheduler",
        "deis, DEISMultistepScheduler",
        "lcm, LCMScheduler",
        "tcd, TCDScheduler",
        "ipndm, IPNDMScheduler",
        "EulerDiscreteScheduler, EulerDiscreteScheduler",
        "eulerdiscrete, EulerDiscreteScheduler",
        "dpm-solver-multistep, DPMSolverMultistepScheduler",
    })
    void aNameFindsItsClassInAnySpelling(String name, String className) {
        assertThat(Schedulers.named(OWN, name).className()).isEqualTo(className);
    }

    @Test
    void aNameSetsTheKeysItMeans() {
        assertThat(Schedulers.named(OWN, "DPM++ 2M SDE Karras"))
                .hasToString("DPMSolverMultistepScheduler(beta_start=8.5E-4, beta_end=0.012,"
                        + " beta_schedule=\"scaled_linear\", steps_offset=1, skip_prk_steps=true,"
                        + " use_karras_sigmas=true, use_exponential_sigmas=false, use_beta_sigmas=false,"
                        + " algorithm_type=\"sde-dpmsolver++\")");
        assertThat(Schedulers.named(OWN, "euler exponential").flag(ConfigKey.USE_EXPONENTIAL_SIGMAS))
                .isTrue();
        assertThat(Schedulers.named(OWN, "lms beta").flag(ConfigKey.USE_BETA_SIGMAS))
                .isTrue();
        assertThat(Schedulers.named(OWN, "euler sgm_uniform").text(ConfigKey.TIMESTEP_SPACING))
                .isEqualTo("trailing");
        assertThat(Schedulers.named(OWN, "dpm++ 3m sde").integer(ConfigKey.SOLVER_ORDER))
                .isEqualTo(3);
    }

    @Test
    void anotherShapeReplacesTheCheckpointsOwn() {
        SchedulerConfig karras = SchedulerConfig.of("EulerDiscreteScheduler", Map.of("use_karras_sigmas", true));

        SchedulerConfig beta = Schedulers.named(karras, "euler beta");

        assertThat(SigmaRange.Shape.of(beta)).contains(SigmaRange.Shape.BETA);
    }

    @Test
    void anUnknownNameListsTheNearestFirst() {
        assertThatThrownBy(() -> Schedulers.named(OWN, "eular"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "a scheduler must be one of euler, euler a, heun, lcm, lms or \\d+ others but was \"eular\"");
        assertThatThrownBy(() -> Schedulers.named(OWN, "euler a karras"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(" but was \"euler a karras\"");
    }

    static List<String> everyName() {
        return Schedulers.names();
    }

    @ParameterizedTest
    @MethodSource("everyName")
    void everyNameMakesASchedulerThatRuns(String name) {
        Scheduler scheduler = Schedulers.create(Schedulers.named(OWN, name), 6, StepArguments.DEFAULTS.withEta(0.5));
        TorchCpuNormal noise = new TorchCpuNormal(7);
        float[] sample = WeightedSum.scaled(noise.next(16), scheduler.initNoiseSigma());

        for (int call = 0; call < scheduler.timesteps().length; call++) {
            float[] input = scheduler.scaleModelInput(sample, call);
            sample = scheduler.step(WeightedSum.scaled(input, 0.5f), call, sample, noise);
        }

        for (float value : sample) {
            assertThat(value).isFinite();
        }
    }

    @Test
    void stepsOutsideTheTrainingStepsAreRefused() {
        assertThatThrownBy(() -> Schedulers.create(OWN, 0, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps must be between 1 and 1000 but was 0");
        assertThatThrownBy(() -> Schedulers.create(OWN, 1001, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps must be between 1 and 1000 but was 1001");
    }

    @Test
    void whatContradictsItselfIsRefusedWithTheReason() {
        refused(
                config("DPMSolverMultistepScheduler", "algorithm_type", "dpmsolver"),
                "final_sigmas_type of algorithm_type dpmsolver must be sigma_min but was zero");
        refused(
                config("EulerDiscreteScheduler", "use_beta_sigmas", "true").with("use_karras_sigmas", "true"),
                "only one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas may be true but two were");
        refused(
                config("EulerAncestralDiscreteScheduler", "prediction_type", "sample"),
                "prediction_type of EulerAncestralDiscreteScheduler must be one of [epsilon, v_prediction] but was"
                        + " sample");
        refused(
                config("DPMSolverMultistepScheduler", "solver_order", "4"),
                "solver_order of DPMSolverMultistepScheduler must be between 1 and 3 but was 4");
        refused(
                config("PNDMScheduler", "skip_prk_steps", "false"),
                "PNDMScheduler without skip_prk_steps needs at least 4 steps but was asked for 3");
        refused(
                config("LCMScheduler", "original_inference_steps", "2"),
                "steps of LCMScheduler must be at most 2 (original_inference_steps 2 × strength 1.0) but was 3");
    }

    /** diffusers 0.36, {@code LCMScheduler().set_timesteps(steps, strength=strength)}. */
    @ParameterizedTest
    @CsvSource({
        "4, 1, 999 759 499 259",
        "4, 0.8, 799 599 399 199",
        "4, 0.5, 499 379 259 139",
        "4, 0.1, 99 79 59 39",
        "2, 0.3, 299 159",
        "3, 1, 999 679 339"
    })
    void aDistilledSchedulerPlansAllStepsWithinTheStrength(int steps, double strength, String expected) {
        for (String className : List.of("LCMScheduler", "TCDScheduler")) {
            SchedulerConfig config = SchedulerConfig.of(className, Map.of());

            float[] timesteps = Schedulers.create(config, steps, strength, StepArguments.DEFAULTS)
                    .timesteps();

            assertThat(IntStream.range(0, timesteps.length)
                            .mapToObj(i -> Integer.toString((int) timesteps[i]))
                            .collect(Collectors.joining(" ")))
                    .isEqualTo(expected);
        }
    }

    @Test
    void aStrengthThatLeavesTooFewStepsIsNamed() {
        SchedulerConfig lcm = SchedulerConfig.of("LCMScheduler", Map.of());

        assertThatThrownBy(() -> Schedulers.create(lcm, 4, 0.05, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps of LCMScheduler must be at most 2 (original_inference_steps 50 × strength 0.05) but"
                        + " was 4");
    }

    @ParameterizedTest
    @CsvSource({"dpm++ 2m", "dpm++ 2m sde karras", "dpm++ 2s", "dpm++ sde", "unipc", "deis", "euler a", "ddim", "lcm"})
    void theVarianceOfADdpmCheckpointDisturbsNobody(String name) {
        SchedulerConfig ddpm = SchedulerConfig.of("DDPMScheduler", Map.of("variance_type", "fixed_small"));

        Scheduler scheduler = Schedulers.create(Schedulers.named(ddpm, name), 5, StepArguments.DEFAULTS);

        assertThat(scheduler.timesteps()).hasSize(5);
    }

    @Test
    void ddpmTakesTheNullOfADpmSolversVarianceForItsDefault() {
        Map<String, Object> keys = new HashMap<>();
        keys.put("variance_type", null);
        SchedulerConfig dpm = SchedulerConfig.of("DPMSolverMultistepScheduler", keys);

        assertThat(run(Schedulers.named(dpm, "ddpm"), StepArguments.DEFAULTS))
                .isEqualTo(run(
                        Schedulers.named(dpm, "ddpm").with("variance_type", "fixed_small"), StepArguments.DEFAULTS));
    }

    @ParameterizedTest
    @CsvSource({"learned", "learned_range"})
    void aVarianceThatTheModelPredictsIsRefused(String variance) {
        SchedulerConfig ddpm = SchedulerConfig.of("DDPMScheduler", Map.of("variance_type", variance));

        refused(
                Schedulers.named(ddpm, "dpm++ 2m"),
                "variance_type of DPMSolverMultistepScheduler must be null or a fixed one but was " + variance
                        + ", which needs a model that predicts its variance");
        refused(
                ddpm,
                "variance_type of DDPMScheduler must be fixed_small, fixed_small_log or fixed_large but was " + variance
                        + ", which needs a model that predicts its variance");
    }

    @Test
    void noiseAloneTellsNothingToAModelOfNoise() {
        Map<String, Object> keys = Map.of(
                "beta_start",
                0.00085,
                "beta_end",
                0.012,
                "beta_schedule",
                "scaled_linear",
                "rescale_betas_zero_snr",
                true);
        for (String className : List.of("DDIMScheduler", "DDPMScheduler", "LCMScheduler", "TCDScheduler")) {
            SchedulerConfig trailing = SchedulerConfig.of(className, keys).with("timestep_spacing", "trailing");
            refused(
                    trailing,
                    "prediction_type with rescale_betas_zero_snr must be v_prediction or sample, or timestep_spacing"
                            + " leading, but was epsilon at timestep 999, where a sample holds nothing of the picture");
            assertThat(Schedulers.create(trailing.with("prediction_type", "v_prediction"), 3, StepArguments.DEFAULTS)
                            .timesteps())
                    .hasSize(3);
        }
    }

    @Test
    void namesTheStepArgumentsThatHaveNoEffect() {
        StepArguments all = StepArguments.DEFAULTS.withEta(0.5).withChurn(2, 0.1, 50, 1.1);

        assertThat(Schedulers.ignored(config("DDIMScheduler"), StepArguments.DEFAULTS.withEta(1)))
                .isEmpty();
        assertThat(Schedulers.ignored(config("EulerDiscreteScheduler"), StepArguments.DEFAULTS.withEta(0)))
                .isEmpty();
        assertThat(Schedulers.ignored(config("EulerDiscreteScheduler"), all))
                .containsExactly(new IgnoredArgument(
                        "eta",
                        "eta has no effect with EulerDiscreteScheduler; it is read by DDIMScheduler and TCDScheduler"));
        assertThat(Schedulers.ignored(config("HeunDiscreteScheduler"), all))
                .extracting(IgnoredArgument::name)
                .containsExactly("eta", "s_churn", "s_tmin", "s_tmax", "s_noise");
        assertThat(Schedulers.ignored(
                        config("EDMEulerScheduler"),
                        StepArguments.DEFAULTS.withChurn(0, 0, Double.POSITIVE_INFINITY, 1.1)))
                .containsExactly(new IgnoredArgument("s_noise", "s_noise has no effect without s_churn"));
        StepArguments order = new StepArguments(OptionalDouble.empty(), 0, 0, Double.POSITIVE_INFINITY, 1, 2);
        assertThat(Schedulers.ignored(config("LMSDiscreteScheduler"), order)).isEmpty();
        assertThat(Schedulers.ignored(config("PNDMScheduler"), order))
                .containsExactly(new IgnoredArgument(
                        "order", "order has no effect with PNDMScheduler; it is read by LMSDiscreteScheduler"));
    }

    /**
     * What {@link Schedulers#ignored} says is true: the argument changes what those that read it give, and no other.
     */
    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void anArgumentThatHasAnEffectIsNotCalledIgnored(SchedulerKind kind) {
        SchedulerConfig config = config(kind.className());
        for (StepArguments arguments : List.of(
                StepArguments.DEFAULTS.withEta(0.9),
                StepArguments.DEFAULTS.withChurn(3, 0, Double.POSITIVE_INFINITY, 1),
                new StepArguments(OptionalDouble.empty(), 0, 0, Double.POSITIVE_INFINITY, 1, 2))) {
            boolean changes = !Arrays.equals(run(config, StepArguments.DEFAULTS), run(config, arguments));

            assertThat(Schedulers.ignored(config, arguments).isEmpty()).isEqualTo(changes);
        }
    }

    private static float[] run(SchedulerConfig config, StepArguments arguments) {
        Scheduler scheduler = Schedulers.create(config, 6, arguments);
        TorchCpuNormal noise = new TorchCpuNormal(7);
        float[] sample = WeightedSum.scaled(noise.next(16), scheduler.initNoiseSigma());
        for (int call = 0; call < scheduler.timesteps().length; call++) {
            float[] input = scheduler.scaleModelInput(sample, call);
            sample = scheduler.step(WeightedSum.scaled(input, 0.5f), call, sample, noise);
        }
        return sample;
    }

    private static SchedulerConfig config(String className) {
        return SchedulerConfig.of(className, Map.of());
    }

    @Test
    void callsOutOfOrderAreRefused() {
        Scheduler scheduler = Schedulers.create(OWN, 4, StepArguments.DEFAULTS);
        float[] sample = new float[4];
        TorchCpuNormal noise = new TorchCpuNormal(0);

        scheduler.begin(2);
        scheduler.step(sample, 2, sample, noise);

        assertThatThrownBy(() -> scheduler.step(sample, 2, sample, noise))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the next call must be 3 of 5 but was 2");
        assertThatThrownBy(() -> scheduler.begin(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a loop must begin at a call from 0 to 4 but was 5");
    }

    @Test
    void stepArgumentsOutsideTheirRangeAreRefused() {
        assertThatThrownBy(() -> StepArguments.DEFAULTS.withEta(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("eta must be between 0 and 1 but was 1.5");
    }

    private static SchedulerConfig config(String className, String key, String value) {
        return SchedulerConfig.of(className, Map.of()).with(key, value);
    }

    private static void refused(SchedulerConfig config, String message) {
        assertThatThrownBy(() -> Schedulers.create(config, 3, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
