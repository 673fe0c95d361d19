package dev.triptych.diffusion;

import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.random.PhiloxNormal;
import dev.triptych.diffusion.random.TorchCpuNormal;
import dev.triptych.diffusion.random.VariedNormal;

/**
 * Where the noise of a job's pictures comes from. Immutable.
 *
 * @param cuda whether numbers are those of torch's CUDA generator, else of its CPU's
 * @param variationSeed what the noise is varied towards
 * @param variationStrength how far, 0 to 1; 0 = not at all
 */
record NoisePlan(boolean cuda, long variationSeed, double variationStrength) {

    /** The seed of the picture {@code index}: the next for each, or the same for each variation of one. */
    long seed(long first, int index) {
        return variationStrength > 0 ? first : first + index;
    }

    /** The plan of the picture {@code index} alone: each variation takes the next seed to vary towards. */
    NoisePlan of(int index) {
        return variationStrength > 0 ? new NoisePlan(cuda, variationSeed + index, variationStrength) : this;
    }

    /** The stream of one picture. */
    NormalSource stream(long seed) {
        return variationStrength > 0
                ? new VariedNormal(plain(seed), plain(variationSeed), variationStrength)
                : plain(seed);
    }

    private NormalSource plain(long seed) {
        return cuda ? new PhiloxNormal(seed) : new TorchCpuNormal(seed);
    }
}
