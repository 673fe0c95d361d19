package dev.triptych.diffusion.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.random.TorchCpuNormal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Recorded loops of diffusers, run again here. The start is {@code randn(1, 4, 6, 5)} of a torch CPU generator, times
 * the scheduler's first sigma; the model is a fixed function of sample and timestep; noise in a step comes from seed +
 * 1.
 */
final class SchedulerGoldens {

    private static final int SIZE = 4 * 6 * 5;

    /** Largest error allowed, as a part of one more than the largest value. */
    private static final double TOLERANCE = 1e-4;

    /** Timesteps between whole ones come out of a float32 logarithm, whose last bit differs between machines. */
    private static final double FRACTION_TOLERANCE = 1e-4;

    private final GoldenTensors tensors;
    private final List<String> problems = new ArrayList<>();

    private SchedulerGoldens(GoldenTensors tensors) {
        this.tensors = tensors;
    }

    /** How many loops there are, and every way in which one differs. */
    record Outcome(int cases, List<String> problems) {}

    static Outcome run(Path directory) throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(directory.resolve("index.json").toFile())
                .path("cases");
        SchedulerGoldens goldens =
                new SchedulerGoldens(GoldenTensors.read(directory.resolve("trajectories.safetensors")));
        cases.forEach(goldens::check);
        return new Outcome(cases.size(), goldens.problems);
    }

    private void check(JsonNode golden) {
        String name = golden.path("case").asText();
        String label = name + " " + golden.path("scheduler").asText() + " " + golden.path("config") + " "
                + golden.path("steps") + " " + golden.path("step_arguments");
        try {
            Map<?, ?> config = new ObjectMapper().convertValue(golden.path("config"), Map.class);
            @SuppressWarnings("unchecked")
            Map<String, ?> keys = (Map<String, ?>) config;
            SchedulerConfig schedulerConfig =
                    SchedulerConfig.of(golden.path("scheduler").asText(), keys);
            int steps = golden.path("steps").asInt();
            StepArguments arguments = arguments(golden.path("step_arguments"));
            FlowTimes times = times(golden);
            checkTimesteps(label, name, Schedulers.create(schedulerConfig, steps, 1, times, arguments));
            checkLoop(label, golden, Schedulers.create(schedulerConfig, steps, 1, times, arguments));
            if (tensors.has(name + ".noised")) {
                checkNoised(label, golden, Schedulers.create(schedulerConfig, steps, 1, times, arguments));
            }
        } catch (RuntimeException e) {
            problems.add(label + ": " + e);
        }
    }

    /** What rectified flow's pipelines state beyond the steps: {@code sigmas}, null or a formula, and {@code mu}. */
    private static FlowTimes times(JsonNode golden) {
        JsonNode mu = golden.path("set_timesteps").path("mu");
        return new FlowTimes(
                golden.path("sigmas").isTextual(),
                mu.isNumber() ? OptionalDouble.of(mu.asDouble()) : OptionalDouble.empty());
    }

    private static StepArguments arguments(JsonNode stated) {
        StepArguments arguments = StepArguments.DEFAULTS;
        if (stated.has("eta")) {
            arguments = arguments.withEta(stated.path("eta").asDouble());
        }
        if (stated.has("s_churn")) {
            arguments = arguments.withChurn(
                    stated.path("s_churn").asDouble(),
                    stated.path("s_tmin").asDouble(0),
                    stated.path("s_tmax").asDouble(Double.POSITIVE_INFINITY),
                    stated.path("s_noise").asDouble(1));
        }
        return arguments;
    }

    private void checkTimesteps(String label, String name, Scheduler scheduler) {
        float[] expected = tensors.floats(name + ".timesteps");
        float[] actual = scheduler.timesteps();
        if (actual.length != expected.length) {
            problems.add(label + ": timesteps were " + Arrays.toString(actual) + ", not " + Arrays.toString(expected));
            return;
        }
        boolean whole = isWhole(expected);
        for (int i = 0; i < expected.length; i++) {
            if (Math.abs(expected[i] - actual[i]) > (whole ? 0 : FRACTION_TOLERANCE)) {
                problems.add(label + ": timestep " + i + " was " + actual[i] + ", not " + expected[i]);
            }
        }
    }

    private static boolean isWhole(float[] timesteps) {
        for (float timestep : timesteps) {
            if (timestep != Math.rint(timestep)) {
                return false;
            }
        }
        return true;
    }

    private void checkLoop(String label, JsonNode golden, Scheduler scheduler) {
        long seed = golden.path("seed").asLong();
        double firstSigma = golden.path("init_noise_sigma").asDouble(1);
        if (Math.abs(scheduler.initNoiseSigma() - firstSigma) > 1e-5 * firstSigma) {
            problems.add(label + ": first sigma was " + scheduler.initNoiseSigma() + ", not " + firstSigma);
        }
        float[] expected = tensors.floats(golden.path("case").asText() + ".trajectory");
        float[] sample = WeightedSum.scaled(new TorchCpuNormal(seed).next(SIZE), scheduler.initNoiseSigma());
        NormalSource noise = new TorchCpuNormal(seed + 1);
        compare(label + ": start", sample, Arrays.copyOf(expected, SIZE));
        int begin = golden.path("begin").asInt(0);
        scheduler.begin(begin);
        for (int call = begin; call < scheduler.timesteps().length; call++) {
            float[] prediction =
                    model(scheduler.scaleModelInput(sample, call), scheduler.timesteps()[call]);
            sample = scheduler.step(prediction, call, sample, noise);
            float[] wanted = Arrays.copyOfRange(expected, (call - begin + 1) * SIZE, (call - begin + 2) * SIZE);
            if (!compare(label + ": call " + call, sample, wanted)) {
                return;
            }
        }
    }

    private void checkNoised(String label, JsonNode golden, Scheduler scheduler) {
        long seed = golden.path("seed").asLong();
        int at = golden.path("noised_at").asInt();
        scheduler.begin(at);
        float[] noised = scheduler.addNoise(
                new TorchCpuNormal(seed + 3).next(SIZE), new TorchCpuNormal(seed + 2).next(SIZE), at);
        compare(label + ": noised", noised, tensors.floats(golden.path("case").asText() + ".noised"));
    }

    private boolean compare(String what, float[] actual, float[] expected) {
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double difference = Math.abs(actual[i] - expected[i]);
            error = Math.max(error, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        if (error > TOLERANCE * (1 + largest)) {
            problems.add(what + String.format(Locale.ROOT, " is off by %.2e (largest value %.3g)", error, largest));
            return false;
        }
        return true;
    }

    /** (0.6 sin 3x + 0.35 x + 0.1 cos x²) (t + 100) / 1100. */
    private static float[] model(float[] input, float timestep) {
        float[] output = new float[input.length];
        for (int i = 0; i < output.length; i++) {
            double x = input[i];
            output[i] = (float) ((0.6 * Math.sin(3 * x) + 0.35 * x + 0.1 * Math.cos(x * x)) * (timestep + 100) / 1100);
        }
        return output;
    }
}
