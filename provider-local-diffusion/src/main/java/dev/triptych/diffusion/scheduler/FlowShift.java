package dev.triptych.diffusion.scheduler;

/**
 * How far the size of a picture moves the times of a rectified flow towards noise: {@code mu}. More tokens tell more of
 * a picture under the same noise (Esser et al., "Scaling Rectified Flow Transformers", 2024, section 5.3.2). Stateless.
 */
public final class FlowShift {

    /** The size and the number of steps at which the rules of few and of many steps meet: FLUX.2's own numbers. */
    private static final int LARGE = 4300;

    private static final double FEW_SLOPE = 8.73809524e-05;
    private static final double FEW_OFFSET = 1.89833333;
    private static final double MANY_SLOPE = 0.00016927;
    private static final double MANY_OFFSET = 0.45666666;
    private static final int FEW = 10;
    private static final int MANY = 200;

    private FlowShift() {}

    /**
     * On a straight line through two sizes and shifts of the scheduler's configuration. Reference: diffusers 0.42,
     * pipelines/flux/pipeline_flux.py, {@code calculate_shift}.
     *
     * @param tokens how many tokens the picture is for the transformer
     * @param maxShift the larger of the two shifts for a class that does not know the key {@code max_shift}
     */
    public static double bySize(SchedulerConfig config, int tokens, double maxShift) {
        return bySize(
                tokens,
                config.optionalNumber(ConfigKey.BASE_IMAGE_SEQ_LEN).orElse(256),
                config.optionalNumber(ConfigKey.MAX_IMAGE_SEQ_LEN).orElse(4096),
                config.optionalNumber(ConfigKey.BASE_SHIFT).orElse(0.5),
                config.optionalNumber(ConfigKey.MAX_SHIFT).orElse(maxShift));
    }

    static double bySize(int tokens, double baseTokens, double maxTokens, double baseShift, double maxShift) {
        double slope = (maxShift - baseShift) / (maxTokens - baseTokens);
        return tokens * slope + (baseShift - slope * baseTokens);
    }

    /**
     * FLUX.2's rule, which also counts the steps. Reference: diffusers 0.42, pipelines/flux2/pipeline_flux2.py,
     * {@code compute_empirical_mu}.
     *
     * @param tokens how many tokens the picture is for the transformer
     */
    public static double bySizeAndSteps(int tokens, int steps) {
        double many = MANY_SLOPE * tokens + MANY_OFFSET;
        if (tokens > LARGE) {
            return many;
        }
        double few = FEW_SLOPE * tokens + FEW_OFFSET;
        double slope = (many - few) / (MANY - FEW);
        return slope * steps + (many - MANY * slope);
    }
}
