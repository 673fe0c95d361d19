package dev.triptych.diffusion.scheduler;

import java.util.Optional;

/**
 * A descending row of σ between a largest and a smallest one, in a shape of its own rather than the training
 * schedule's. Values are double; {@code sigma_min} and {@code sigma_max} of the configuration replace the ends where
 * they are set, also where a configuration carries them over from another class.
 *
 * @param max where the row starts
 * @param min where it ends
 */
record SigmaRange(double max, double min) {

    /** The exponent of Karras et al. */
    private static final double RHO = 7;

    /** Both parameters of the beta distribution. */
    private static final double BETA_SHAPE = 0.6;

    /** The shapes a configuration can ask for. */
    enum Shape {
        KARRAS(ConfigKey.USE_KARRAS_SIGMAS),
        EXPONENTIAL(ConfigKey.USE_EXPONENTIAL_SIGMAS),
        BETA(ConfigKey.USE_BETA_SIGMAS);

        private final ConfigKey key;

        Shape(ConfigKey key) {
            this.key = key;
        }

        ConfigKey key() {
            return key;
        }

        /** The one that is switched on. */
        static Optional<Shape> of(SchedulerConfig config) {
            Optional<Shape> chosen = Optional.empty();
            for (Shape shape : values()) {
                if (config.flag(shape.key)) {
                    if (chosen.isPresent()) {
                        throw new IllegalArgumentException("only one of use_karras_sigmas, use_exponential_sigmas and "
                                + "use_beta_sigmas may be true but two were");
                    }
                    chosen = Optional.of(shape);
                }
            }
            return chosen;
        }
    }

    /** The range between two σ of the schedule, unless the configuration states its own ends. */
    static SigmaRange of(SchedulerConfig config, double max, double min) {
        return new SigmaRange(
                config.carriedNumber(ConfigKey.SIGMA_MAX).orElse(max),
                config.carriedNumber(ConfigKey.SIGMA_MIN).orElse(min));
    }

    double[] sigmas(Shape shape, int count) {
        return switch (shape) {
            case KARRAS -> karras(count);
            case EXPONENTIAL -> exponential(count);
            case BETA -> beta(count);
        };
    }

    /** Karras et al. (2022), equation 5. */
    double[] karras(int count) {
        double[] ramp = TimestepSpacing.linspace(0, 1, count);
        double minRoot = Math.pow(min, 1 / RHO);
        double maxRoot = Math.pow(max, 1 / RHO);
        for (int i = 0; i < count; i++) {
            ramp[i] = Math.pow(maxRoot + ramp[i] * (minRoot - maxRoot), RHO);
        }
        return ramp;
    }

    /** Even in ln σ: {@code get_sigmas_exponential} of k-diffusion; also the λ of Lu et al. with ρ = 1. */
    double[] exponential(int count) {
        double[] sigmas = TimestepSpacing.linspace(Math.log(max), Math.log(min), count);
        for (int i = 0; i < count; i++) {
            sigmas[i] = Math.exp(sigmas[i]);
        }
        return sigmas;
    }

    /** Lee et al., "Beta Sampling is All You Need" (2024): dense at both ends. */
    double[] beta(int count) {
        BetaDistribution distribution = new BetaDistribution(BETA_SHAPE, BETA_SHAPE);
        double[] ramp = TimestepSpacing.linspace(0, 1, count);
        for (int i = 0; i < count; i++) {
            ramp[i] = min + distribution.quantile(1 - ramp[i]) * (max - min);
        }
        return ramp;
    }
}
