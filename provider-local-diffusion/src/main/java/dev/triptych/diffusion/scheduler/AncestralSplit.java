package dev.triptych.diffusion.scheduler;

/**
 * An ancestral step from σ to a smaller one, split in two: down by the ODE, up again with fresh noise.
 *
 * <p>{@code up}² = σ₊² (σ² − σ₊²) / σ², {@code down}² = σ₊² − {@code up}²: {@code get_ancestral_step} of k-diffusion.
 *
 * @param down where the deterministic part ends
 * @param up the standard deviation of the noise that is then added
 */
record AncestralSplit(float down, float up) {

    static AncestralSplit of(float from, float to) {
        float up = (float) Math.sqrt(to * to * (from * from - to * to) / (from * from));
        return new AncestralSplit((float) Math.sqrt(to * to - up * up), up);
    }
}
