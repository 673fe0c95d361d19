package dev.triptych.diffusion.scheduler;

/**
 * DPM-Solver++ as a multistep method for {@linkplain EdmLoop EDM models}: the signal is never scaled down (α = 1).
 *
 * <p>Reference: diffusers 0.36, scheduling_edm_dpmsolver_multistep.py.
 */
final class EdmDpmScheduler extends DpmMultistepScheduler {

    private final EdmLoop edm;

    EdmDpmScheduler(SchedulerConfig config, int steps) {
        this(config, EdmLoop.of(config, steps));
    }

    private EdmDpmScheduler(SchedulerConfig config, EdmLoop edm) {
        super(config, LambdaLoop.of(edm));
        this.edm = edm;
        DpmSolver.Algorithm algorithm = DpmSolver.Algorithm.of(config);
        if (!algorithm.ofImages()) {
            throw new IllegalArgumentException("algorithm_type of " + config.className()
                    + " must be dpmsolver++ or sde-dpmsolver++ but was " + config.text(ConfigKey.ALGORITHM_TYPE));
        }
        if (algorithm.stochastic() && solverOrder() == 3) {
            throw new IllegalArgumentException(
                    "solver_order of " + config.className() + " with sde-dpmsolver++ must be 1 or 2 but was 3");
        }
    }

    @Override
    public float initNoiseSigma() {
        return edm.initNoiseSigma();
    }

    @Override
    public float[] scaleModelInput(float[] sample, int callIndex) {
        return edm.scaled(sample, callIndex);
    }

    @Override
    float[] predictedImage(float[] output, int call, float[] sample) {
        return edm.image(output, edm.sigmas()[call], sample);
    }
}
