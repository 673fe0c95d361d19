package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.engine.Tensor;
import java.util.List;

/**
 * The cosines and sines by which {@link Rotary} turns: of each token's positions along some axes, each axis with a part
 * of the head for itself. Angle k of an axis of d values is position · θ^(−2k/d), for k from 0 up to half of d.
 *
 * @param cosines [tokens, half a head]
 * @param sines as many
 */
public record RotaryTable(Tensor cosines, Tensor sines) {

    /** How far the reference rounds on the way. */
    public enum Precision {
        /** Angles, cosines and sines in double precision. */
        DOUBLE,
        /** Angles in double precision, rounded to float before their cosines and sines. */
        ROUNDED_ANGLES,
        /** Frequencies, angles, cosines and sines in single precision. */
        SINGLE
    }

    /**
     * The table of a sequence.
     *
     * @param positions each token's position along each axis, in the order of the sequence
     * @param axes how many values of a head belong to each axis, even numbers
     * @param theta θ
     */
    public static RotaryTable of(List<int[]> positions, List<Integer> axes, double theta, Precision precision) {
        int half = axes.stream().mapToInt(Integer::intValue).sum() / 2;
        double[] frequencies = new double[half];
        int[] axisOf = new int[half];
        int at = 0;
        for (int axis = 0; axis < axes.size(); axis++) {
            for (int k = 0; k < axes.get(axis) / 2; k++) {
                frequencies[at] = Math.pow(theta, -2.0 * k / axes.get(axis));
                axisOf[at++] = axis;
            }
        }
        float[] cosines = new float[positions.size() * half];
        float[] sines = new float[cosines.length];
        for (int token = 0; token < positions.size(); token++) {
            for (int i = 0; i < half; i++) {
                double angle = angle(positions.get(token)[axisOf[i]], frequencies[i], precision);
                cosines[token * half + i] = (float) Math.cos(angle);
                sines[token * half + i] = (float) Math.sin(angle);
            }
        }
        long[] shape = {positions.size(), half};
        return new RotaryTable(new Tensor(shape, cosines), new Tensor(shape, sines));
    }

    private static double angle(int position, double frequency, Precision precision) {
        return switch (precision) {
            case DOUBLE -> position * frequency;
            case ROUNDED_ANGLES -> (float) (position * frequency);
            case SINGLE -> position * (float) frequency;
        };
    }
}
