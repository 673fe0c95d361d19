package dev.triptych.diffusion.family;

import java.util.Set;

/** The options that say what noise a picture is made from, and how much of it an input picture gets. */
public final class NoiseOptions {

    /** {@code cpu} or {@code cuda}: which of torch's generators a seed means; {@code cpu} by default. */
    public static final String NOISE = "local.noise";

    /** The seed that the first noise is varied towards; drawn where there is none. */
    public static final String VARIATION_SEED = "local.variation-seed";

    /** How far it is varied, 0 to 1; 0 = not at all, the default. */
    public static final String VARIATION_STRENGTH = "local.variation-strength";

    /** {@code diffusers}, {@code a1111} or {@code a1111-exact}: how a strength is counted in steps. */
    public static final String STRENGTH_RULE = "local.strength-rule";

    static final Set<String> KEYS = Set.of(NOISE, VARIATION_SEED, VARIATION_STRENGTH, STRENGTH_RULE);

    private NoiseOptions() {}
}
