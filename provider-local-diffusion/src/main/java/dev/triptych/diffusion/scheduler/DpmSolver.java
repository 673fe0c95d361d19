package dev.triptych.diffusion.scheduler;

/**
 * The weights of one DPM-Solver step, for each of its four algorithms: Lu et al., "DPM-Solver" (2022), equation 3.7 and
 * algorithm 2; "DPM-Solver++" (2022), equations 9 to 12 and algorithm 2; the SDE variants of both.
 *
 * <p>Reference: diffusers 0.36, scheduling_dpmsolver_multistep.py, {@code *_update}. With h the step in λ and φ the
 * exponential of the algorithm, a step is {@code sample·x + d0·D0 + d1·D1 + d2·D2 + noise·z}, where Dk are differences
 * of earlier outputs.
 *
 * @param sample the weight of the sample
 * @param d0 of the output itself
 * @param d1Heun of its first difference, by the exact integral; the midpoint rule has half of {@code d0} instead
 * @param d2 of its second difference
 * @param noise of fresh noise; 0 without an SDE
 */
record DpmSolver(float sample, float d0, float d1Heun, float d2, float noise) {

    /** The algorithm, as the configuration names it. */
    enum Algorithm {
        DPMSOLVER_PP("dpmsolver++", true, false),
        DPMSOLVER("dpmsolver", false, false),
        SDE_DPMSOLVER_PP("sde-dpmsolver++", true, true),
        SDE_DPMSOLVER("sde-dpmsolver", false, true);

        private final String jsonName;
        private final boolean ofImages;
        private final boolean stochastic;

        Algorithm(String jsonName, boolean ofImages, boolean stochastic) {
            this.jsonName = jsonName;
            this.ofImages = ofImages;
            this.stochastic = stochastic;
        }

        static Algorithm of(SchedulerConfig config) {
            String name = config.text(ConfigKey.ALGORITHM_TYPE);
            for (Algorithm algorithm : values()) {
                if (algorithm.jsonName.equals(name)) {
                    return algorithm.checked(config);
                }
            }
            throw new IllegalArgumentException(
                    "algorithm_type must be " + ConfigKey.ALGORITHM_TYPE.wanted() + " but was null");
        }

        /** ε goes to infinity where σ ends at 0, so a solver of ε must end above it. */
        private Algorithm checked(SchedulerConfig config) {
            if (!ofImages && config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero")) {
                throw new IllegalArgumentException(
                        "final_sigmas_type of algorithm_type " + jsonName + " must be sigma_min but was zero");
            }
            return this;
        }

        /** Whether it integrates x₀, not ε. */
        boolean ofImages() {
            return ofImages;
        }

        /** Whether it adds fresh noise. */
        boolean stochastic() {
            return stochastic;
        }
    }

    static DpmSolver of(Algorithm algorithm, LambdaLoop.Point from, LambdaLoop.Point to) {
        float h = to.lambda() - from.lambda();
        float alpha = to.alpha();
        float sigma = to.sigma();
        return switch (algorithm) {
            case DPMSOLVER_PP -> {
                float phi = exp(-h) - 1;
                yield new DpmSolver(
                        sigma / from.sigma(),
                        -(alpha * phi),
                        alpha * (phi / h + 1),
                        -(alpha * ((phi + h) / (h * h) - 0.5f)),
                        0);
            }
            case DPMSOLVER -> {
                float phi = exp(h) - 1;
                yield new DpmSolver(
                        alpha / from.alpha(),
                        -(sigma * phi),
                        -(sigma * (phi / h - 1)),
                        -(sigma * ((phi - h) / (h * h) - 0.5f)),
                        0);
            }
            case SDE_DPMSOLVER_PP -> {
                float phi = 1 - exp(-2 * h);
                yield new DpmSolver(
                        sigma / from.sigma() * exp(-h),
                        alpha * phi,
                        alpha * (phi / (-2 * h) + 1),
                        alpha * ((phi - 2 * h) / (4 * h * h) - 0.5f),
                        sigma * (float) Math.sqrt(phi));
            }
            case SDE_DPMSOLVER -> {
                float phi = exp(h) - 1;
                yield new DpmSolver(
                        alpha / from.alpha(),
                        -2 * (sigma * phi),
                        -2 * (sigma * (phi / h - 1)),
                        Float.NaN,
                        sigma * (float) Math.sqrt(exp(2 * h) - 1));
            }
        };
    }

    /** The weight of the first difference by the configured rule. */
    float d1(boolean heun) {
        return heun ? d1Heun : 0.5f * d0;
    }

    private static float exp(float value) {
        return (float) Math.exp(value);
    }
}
