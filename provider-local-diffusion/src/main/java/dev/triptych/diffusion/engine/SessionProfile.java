package dev.triptych.diffusion.engine;

/** What a network asks of its sessions. */
public enum SessionProfile {
    /** Loading is what counts, or the weights are large; memory for activations is kept between runs. */
    STEADY,
    /** Runs once a picture: gains from rearranged weights, and gives memory for activations back after each run. */
    MOMENTARY;

    /** Whether the quick start leaves its weights as they are. */
    boolean loadsQuickly() {
        return this == STEADY;
    }

    /** Whether memory for activations is kept between runs. */
    boolean keepsActivations() {
        return this == STEADY;
    }
}
