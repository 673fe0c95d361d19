package dev.triptych.diffusion.scheduler;

/**
 * Noise that is added before a step and taken out by it: Karras et al. (2022), algorithm 2, lines 4 to 6.
 *
 * @param steps how many steps share {@code s_churn}
 * @param arguments the four S of the paper
 */
record Churn(int steps, StepArguments arguments) {

    private static final double MAX_GAMMA = Math.sqrt(2) - 1;

    /** γ: how much σ grows before the step that begins at it. */
    double gamma(float sigma) {
        boolean churns = arguments.sTmin() <= sigma && sigma <= arguments.sTmax();
        return churns ? Math.min(arguments.sChurn() / steps, MAX_GAMMA) : 0;
    }

    /** How much fresh noise lifts a sample from {@code sigma} to {@code churned}. */
    float added(float sigma, float churned) {
        return (float) arguments.sNoise() * (float) Math.sqrt(churned * churned - sigma * sigma);
    }
}
