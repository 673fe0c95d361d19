package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.Arrays;

/**
 * UniPC: Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models" (2023),
 * algorithms 5 to 8. Each call first corrects the sample it was given, with the output that was computed from it, and
 * then predicts the next; so a step of order p has accuracy p + 1 at no further U-Net call.
 *
 * <p>Reference: diffusers 0.36, scheduling_unipc_multistep.py.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><td>r_k</td><td>earlier points in λ, as fractions of this step h</td></tr>
 * <tr><td>B(h)</td><td>{@code bh1}: h; {@code bh2}: e^h − 1</td></tr>
 * <tr><td>ρ</td><td>solution of R ρ = b: equation 9</td></tr>
 * </table>
 */
final class UniPcScheduler extends LambdaScheduler {

    private static final int LARGEST_ORDER = 6;

    private final boolean ofImages;
    private final boolean bh1;
    private final boolean lowerOrderFinal;
    private final double[] uncorrected;
    private int lastOrder;
    private float[] lastSample = {};

    UniPcScheduler(SchedulerConfig config, int steps) {
        super(config, LambdaLoop.of(config, steps), LARGEST_ORDER);
        this.ofImages = config.flag(ConfigKey.PREDICT_X0);
        this.bh1 = config.text(ConfigKey.SOLVER_TYPE).equals("bh1");
        this.lowerOrderFinal = config.flag(ConfigKey.LOWER_ORDER_FINAL);
        this.uncorrected = config.numbers(ConfigKey.DISABLE_CORRECTOR);
        if (!ofImages && config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero")) {
            throw new IllegalArgumentException(
                    "final_sigmas_type of UniPCMultistepScheduler without predict_x0 must be sigma_min but was zero");
        }
        if (!config.flag(ConfigKey.USE_FLOW_SIGMAS)
                && config.optionalNumber(ConfigKey.SHIFT_TERMINAL).isPresent()) {
            throw new IllegalArgumentException("shift_terminal needs use_flow_sigmas");
        }
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float[] converted = ofImages ? image(output, call, sample) : unlimitedEpsilon(output, call, sample);
        float[] corrected = corrects(call) ? correct(converted, call) : sample;
        remember(converted);
        int order = lowerOrderFinal ? Math.min(solverOrder(), timesteps().length - call) : solverOrder();
        lastOrder = Math.min(order, outputCount());
        lastSample = corrected;
        return predict(call, corrected);
    }

    private float[] unlimitedEpsilon(float[] output, int call, float[] sample) {
        LambdaLoop.Point point = point(call);
        return switch (prediction()) {
            case EPSILON -> output;
            case SAMPLE -> unscaled(sample, output, point.alpha(), point.sigma());
            case V_PREDICTION -> WeightedSum.of(point.alpha(), output, point.sigma(), sample);
            case FLOW_PREDICTION ->
                throw new IllegalArgumentException("prediction_type flow_prediction needs predict_x0");
        };
    }

    private boolean corrects(int call) {
        boolean disabled = Arrays.stream(uncorrected).anyMatch(step -> step == call - 1);
        return call > 0 && !disabled && outputCount() > 0;
    }

    /** UniP: the next sample from this one and earlier outputs. */
    private float[] predict(int call, float[] sample) {
        Step step = new Step(point(call), point(call + 1), ofImages, bh1);
        float[] ratios = ratios(call, lastOrder, step.h);
        float[] next = step.base(sample, output(0));
        float[] rho = lastOrder == 2 ? new float[] {0.5f} : step.rho(ratios, lastOrder - 1);
        return step.add(next, differences(ratios), rho);
    }

    /** UniC: the sample of this call again, now that the model's output there is known. */
    private float[] correct(float[] converted, int call) {
        Step step = new Step(point(call - 1), point(call), ofImages, bh1);
        float[] ratios = ratios(call - 1, lastOrder, step.h);
        float[] again = step.base(lastSample, output(0));
        float[] rho = lastOrder == 1 ? new float[] {0.5f} : step.rho(ratios, lastOrder);
        float[][] differences = Arrays.copyOf(differences(ratios), lastOrder);
        differences[lastOrder - 1] = WeightedSum.difference(converted, output(0), 1);
        return step.add(again, differences, rho);
    }

    /** r_1 … r_{order−1} of earlier points, then 1. */
    private float[] ratios(int from, int order, float h) {
        float[] ratios = new float[order];
        for (int k = 1; k < order; k++) {
            ratios[k - 1] = (point(from - k).lambda() - point(from).lambda()) / h;
        }
        ratios[order - 1] = 1;
        return ratios;
    }

    /** D_k / r_k of earlier outputs against the newest. */
    private float[][] differences(float[] ratios) {
        float[][] differences = new float[ratios.length - 1][];
        for (int k = 0; k < differences.length; k++) {
            differences[k] = WeightedSum.difference(output(k + 1), output(0), 1 / ratios[k]);
        }
        return differences;
    }

    /** The weights of one step between two points. */
    private static final class Step {

        private final float h;
        private final float signedH;
        private final float bOfH;
        private final float sampleWeight;
        private final float outputWeight;
        private final float differenceWeight;

        Step(LambdaLoop.Point from, LambdaLoop.Point to, boolean ofImages, boolean bh1) {
            this.h = to.lambda() - from.lambda();
            this.signedH = ofImages ? -h : h;
            float phi1 = (float) Math.expm1(signedH);
            this.bOfH = bh1 ? signedH : phi1;
            float amplitude = ofImages ? to.alpha() : to.sigma();
            this.sampleWeight = ofImages ? to.sigma() / from.sigma() : to.alpha() / from.alpha();
            this.outputWeight = -(amplitude * phi1);
            this.differenceWeight = -(amplitude * bOfH);
        }

        /** The first-order step. */
        float[] base(float[] sample, float[] output) {
            return WeightedSum.of(sampleWeight, sample, outputWeight, output);
        }

        float[] add(float[] base, float[][] differences, float[] rho) {
            float[] sum = base;
            for (int k = 0; k < differences.length; k++) {
                sum = WeightedSum.of(1, sum, differenceWeight * rho[k], differences[k]);
            }
            return sum;
        }

        /** The first {@code size} equations of R ρ = b: R_{ij} = r_j^{i}, b_i = i! φ_{i+1}(h) / B(h). */
        float[] rho(float[] ratios, int size) {
            double[][] matrix = new double[size][size + 1];
            float phi = (float) Math.expm1(signedH) / signedH - 1;
            float factorial = 1;
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    matrix[i][j] = (float) Math.pow(ratios[j], i);
                }
                matrix[i][size] = phi * factorial / bOfH;
                factorial *= i + 2;
                phi = phi / signedH - 1 / factorial;
            }
            return solved(matrix);
        }

        /** Gauss–Jordan with row exchange; the last column is the right-hand side. */
        private static float[] solved(double[][] matrix) {
            int size = matrix.length;
            for (int column = 0; column < size; column++) {
                int pivot = column;
                for (int row = column + 1; row < size; row++) {
                    if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) {
                        pivot = row;
                    }
                }
                double[] exchanged = matrix[column];
                matrix[column] = matrix[pivot];
                matrix[pivot] = exchanged;
                for (int row = 0; row < size; row++) {
                    double factor = row == column ? 0 : matrix[row][column] / matrix[column][column];
                    for (int k = column; k <= size; k++) {
                        matrix[row][k] -= factor * matrix[column][k];
                    }
                }
            }
            float[] solution = new float[size];
            for (int i = 0; i < size; i++) {
                solution[i] = (float) (matrix[i][size] / matrix[i][i]);
            }
            return solution;
        }
    }
}
