package dev.triptych.diffusion.engine;

/**
 * What computes: the CPU or CUDA.
 *
 * @param cuda whether it is CUDA
 * @param reason why, as the end of a sentence
 */
record ExecutionProvider(boolean cuda, String reason) {

    @Override
    public String toString() {
        return (cuda ? "CUDA" : "CPU") + " (" + reason + ")";
    }
}
