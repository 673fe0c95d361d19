package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.diffusion.guide.Guidance.Interval;
import dev.triptych.diffusion.guide.GuidanceChain;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CFG++ against its formula: the picture of the guided prediction, the noise of the unconditional one. */
class CfgPlusPlusTest {

    private static final int STEPS = 5;
    private static final float SCALE = 3;
    private static final float CONDITIONAL = 0.7f;
    private static final float UNCONDITIONAL = -0.4f;
    private static final double GUIDED = UNCONDITIONAL + SCALE * (CONDITIONAL - UNCONDITIONAL);
    private static final double SAMPLE = 1.3;

    @ParameterizedTest(name = "{0}, {1}, call {2}")
    @CsvSource({
        "EulerDiscreteScheduler, epsilon, 0",
        "EulerDiscreteScheduler, epsilon, 2",
        "EulerDiscreteScheduler, v_prediction, 2",
        "EulerDiscreteScheduler, epsilon, 4",
        "EulerAncestralDiscreteScheduler, epsilon, 1",
        "EulerAncestralDiscreteScheduler, v_prediction, 3",
    })
    void stepsThatCountInSigma(String name, String prediction, int call) {
        Scheduler scheduler = scheduler(name, prediction);
        double sigma = sigma(scheduler.timesteps()[call]);
        double next = call == STEPS - 1 ? 0 : sigma(scheduler.timesteps()[call + 1]);
        double up = name.contains("Ancestral")
                ? Math.sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma))
                : 0;
        double down = Math.sqrt(next * next - up * up);
        double noise = (SAMPLE - image(prediction, UNCONDITIONAL, sigma)) / sigma;

        float stepped = step(scheduler, call);

        assertThat((double) stepped).isCloseTo(image(prediction, GUIDED, sigma) + down * noise, Offset.offset(2e-4));
    }

    @ParameterizedTest(name = "{0}, call {1}")
    @CsvSource({"epsilon, 0", "epsilon, 3", "v_prediction, 2", "epsilon, 4"})
    void stepsOfDdim(String prediction, int call) {
        Scheduler scheduler = scheduler("DDIMScheduler", prediction);
        double alpha = alphaProd((int) scheduler.timesteps()[call]);
        double previous = alphaProd(Math.max(0, (int) scheduler.timesteps()[call] - 1000 / STEPS));
        double signal = Math.sqrt(alpha);
        double noise = Math.sqrt(1 - alpha);
        boolean velocity = prediction.equals("v_prediction");
        double image = velocity ? signal * SAMPLE - noise * GUIDED : (SAMPLE - noise * GUIDED) / signal;
        double without = velocity ? signal * UNCONDITIONAL + noise * SAMPLE : UNCONDITIONAL;

        float stepped = step(scheduler, call);

        assertThat((double) stepped)
                .isCloseTo(Math.sqrt(previous) * image + Math.sqrt(1 - previous) * without, Offset.offset(1e-5));
    }

    @Test
    void stepsAlongRectifiedFlow() {
        SchedulerConfig config = SchedulerConfig.of("FlowMatchEulerDiscreteScheduler", Map.of("shift", 3.0));
        Scheduler scheduler = Schedulers.create(config, STEPS, StepArguments.DEFAULTS);
        int call = 2;
        double sigma = scheduler.timesteps()[call] / 1000;
        double next = scheduler.timesteps()[call + 1] / 1000;
        double image = SAMPLE - sigma * GUIDED;
        double noise = SAMPLE + (1 - sigma) * UNCONDITIONAL;

        float stepped = step(scheduler, call);

        assertThat((double) stepped).isCloseTo((1 - next) * image + next * noise, Offset.offset(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"PNDMScheduler", "DPMSolverMultistepScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler"})
    void stepsThatAreNoLineSaySo(String name) {
        assertThat(scheduler(name, "epsilon").noiseLeft(0)).isEmpty();
    }

    private static float step(Scheduler scheduler, int call) {
        float[] left = new float[scheduler.timesteps().length];
        left[call] = (float) scheduler.noiseLeft(call).orElseThrow();
        Conditioning negative = Conditioning.of(Map.of()).withWeight(9);
        Conditioning text = Conditioning.of(Map.of()).awayFrom(Optional.of(negative));
        Denoiser network =
                (input, moment, shown, cancellation) -> new float[] {shown.weight() == 1 ? CONDITIONAL : UNCONDITIONAL};
        float[] prediction = GuidanceChain.of(
                        () -> network, new Guidance(SCALE, 0, Interval.ALWAYS, Optional.empty(), true), left)
                .predict(new float[1], new Moment(call, STEPS, 0), text, new Cancellation());
        scheduler.begin(call);
        return scheduler.step(prediction, call, new float[] {(float) SAMPLE}, count -> new float[count])[0];
    }

    private static Scheduler scheduler(String name, String prediction) {
        SchedulerConfig config = SchedulerConfig.of(
                name,
                Map.of(
                        "beta_start",
                        0.00085,
                        "beta_end",
                        0.012,
                        "beta_schedule",
                        "scaled_linear",
                        "prediction_type",
                        prediction,
                        "timestep_spacing",
                        "leading",
                        "steps_offset",
                        1,
                        "clip_sample",
                        false,
                        "set_alpha_to_one",
                        false));
        return Schedulers.create(config, STEPS, StepArguments.DEFAULTS);
    }

    private static double image(String prediction, double output, double sigma) {
        return prediction.equals("epsilon")
                ? SAMPLE - sigma * output
                : SAMPLE / (sigma * sigma + 1) - output * sigma / Math.sqrt(sigma * sigma + 1);
    }

    private static double sigma(float timestep) {
        double alpha = alphaProd((int) timestep);
        return Math.sqrt((1 - alpha) / alpha);
    }

    private static double alphaProd(int timestep) {
        double product = 1;
        for (int t = 0; t <= timestep; t++) {
            double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * t / 999;
            product *= 1 - root * root;
        }
        return product;
    }
}
