package dev.triptych.diffusion.family;

import java.util.Set;

/** The options that change what a U-Net computes, to steer it or to save time. */
public final class SteeringOptions {

    /** {@code b1,b2,s1,s2} of FreeU; none by default. */
    public static final String FREE_U = "local.freeu";

    /** The scale of perturbed-attention guidance, 0 to 20; 0 = off, the default. */
    public static final String PAG_SCALE = "local.pag-scale";

    /** How much that scale falls with each step of training time; 0 by default. */
    public static final String PAG_ADAPTIVE = "local.pag-adaptive";

    /** Which self-attentions are left out: parts of their names, commas between them; {@code mid} by default. */
    public static final String PAG_LAYERS = "local.pag-layers";

    /** How many steps one computation of the deep part serves; 0 = off, the default. */
    public static final String DEEP_CACHE = "local.deep-cache";

    /** Where the deep part begins: 3 · level + layer; 0, the default, = as high as can be. */
    public static final String DEEP_CACHE_BRANCH = "local.deep-cache-branch";

    static final Set<String> KEYS = Set.of(FREE_U, PAG_SCALE, PAG_ADAPTIVE, PAG_LAYERS, DEEP_CACHE, DEEP_CACHE_BRANCH);

    private SteeringOptions() {}
}
