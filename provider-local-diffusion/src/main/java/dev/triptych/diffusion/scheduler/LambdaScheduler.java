package dev.triptych.diffusion.scheduler;

import java.util.EnumSet;

/**
 * A scheduler of the DPM-Solver family: it looks back at converted outputs, x₀ or ε, of earlier calls and uses as high
 * an order as there are.
 */
abstract class LambdaScheduler extends SteppedScheduler {

    /** Below this many steps the last ones are of a lower order, for stability. */
    private static final int FEW_STEPS = 15;

    private final LambdaLoop loop;
    private final PredictionType prediction;
    private final SampleLimit limit;
    private final int solverOrder;
    private final float[][] outputs;
    private int outputCount;

    LambdaScheduler(SchedulerConfig config, LambdaLoop loop, int largestOrder) {
        super(loop.timesteps());
        this.loop = loop;
        this.prediction = PredictionType.of(config, EnumSet.allOf(PredictionType.class));
        this.limit = SampleLimit.of(config);
        this.solverOrder = config.integer(ConfigKey.SOLVER_ORDER);
        if (solverOrder < 1 || solverOrder > largestOrder) {
            throw new IllegalArgumentException("solver_order of " + config.className() + " must be between 1 and "
                    + largestOrder + " but was " + solverOrder);
        }
        String variance = config.text(ConfigKey.VARIANCE_TYPE);
        if (variance.startsWith("learned")) {
            throw new IllegalArgumentException("variance_type of " + config.className()
                    + " must be null or a fixed one but was " + variance
                    + ", which needs a model that predicts its variance");
        }
        this.outputs = new float[solverOrder][];
    }

    final LambdaLoop.Point point(int step) {
        return loop.points()[step];
    }

    final int solverOrder() {
        return solverOrder;
    }

    final PredictionType prediction() {
        return prediction;
    }

    /** How many converted outputs there are to look back at. */
    final int outputCount() {
        return outputCount;
    }

    /** The converted output of {@code back} calls ago; 0 is the newest. */
    final float[] output(int back) {
        return outputs[back];
    }

    final void remember(float[] converted) {
        System.arraycopy(outputs, 0, outputs, 1, outputs.length - 1);
        outputs[0] = converted;
        outputCount = Math.min(outputCount + 1, solverOrder);
    }

    /** Whether this loop is short enough to end with lower orders, and this is its last call but {@code fromEnd}. */
    final boolean isShortAndEnds(int call, int fromEnd) {
        int calls = timesteps().length;
        return calls < FEW_STEPS && call == calls - 1 - fromEnd;
    }

    /** The predicted image x₀, limited as configured. */
    final float[] image(float[] output, int call, float[] sample) {
        return limit.applyTo(predictedImage(output, call, sample));
    }

    /** The predicted image x₀ as the model says it. */
    float[] predictedImage(float[] output, int call, float[] sample) {
        LambdaLoop.Point point = point(call);
        return switch (prediction) {
            case SAMPLE -> output;
            case V_PREDICTION -> WeightedSum.of(point.alpha(), sample, -point.sigma(), output);
            case FLOW_PREDICTION -> WeightedSum.of(1, sample, -point.raw(), output);
            case EPSILON -> unscaled(sample, output, point.sigma(), point.alpha());
        };
    }

    /** The predicted noise ε; where images are thresholded, the noise that leads to the thresholded one. */
    final float[] epsilon(float[] output, int call, float[] sample) {
        LambdaLoop.Point point = point(call);
        float[] epsilon = switch (prediction) {
            case EPSILON -> output;
            case SAMPLE -> unscaled(sample, output, point.alpha(), point.sigma());
            case V_PREDICTION -> WeightedSum.of(point.alpha(), output, point.sigma(), sample);
            case FLOW_PREDICTION ->
                throw new IllegalArgumentException(
                        "prediction_type flow_prediction needs a solver of images such as dpmsolver++");
        };
        if (!limit.thresholds()) {
            return epsilon;
        }
        float[] image = limit.applyTo(unscaled(sample, epsilon, point.sigma(), point.alpha()));
        return unscaled(sample, image, point.alpha(), point.sigma());
    }

    /** {@code (x − weight · y) / divisor}. */
    static float[] unscaled(float[] x, float[] y, float weight, float divisor) {
        float[] result = new float[x.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (x[i] - weight * y[i]) / divisor;
        }
        return result;
    }

    /** α x + σ z. */
    @Override
    public final float[] addNoise(float[] original, float[] noise, int callIndex) {
        LambdaLoop.Point point = point(callIndex);
        return WeightedSum.of(point.alpha(), original, point.sigma(), noise);
    }

    static float exp(float value) {
        return (float) Math.exp(value);
    }
}
