package dev.triptych.diffusion.network.unet;

import java.util.List;
import java.util.Optional;

/**
 * What a U-Net computes otherwise than its checkpoint says, over the same weights. Immutable.
 *
 * @param freeU weights on the two ways that meet on the way up
 * @param perturbed the self-attentions that can be left out, by their names; each evaluation says whether they are
 * @param cut where the deep part ends that can be left out
 * @param mapped whether it also tells where it looks at each token, {@link Unet#predictMapped}
 */
public record UnetChanges(Optional<FreeU> freeU, List<String> perturbed, Optional<DeepCut> cut, boolean mapped) {

    /** Nothing. */
    public static final UnetChanges NONE = new UnetChanges(Optional.empty(), List.of(), Optional.empty(), false);

    /** Copies the list. */
    public UnetChanges {
        perturbed = List.copyOf(perturbed);
    }

    /** Changes of what is computed, without maps. */
    public UnetChanges(Optional<FreeU> freeU, List<String> perturbed, Optional<DeepCut> cut) {
        this(freeU, perturbed, cut, false);
    }

    /** The same telling where it looks at each token. */
    UnetChanges withMaps() {
        return new UnetChanges(freeU, perturbed, cut, true);
    }

    /**
     * FreeU [1]: on the two deepest levels of the way up, the first half of the channels that come from below is
     * weighted, and the lowest frequencies of what comes from the way down.
     *
     * <p>Reference: [1] Si et al., "FreeU: Free Lunch in Diffusion U-Net" (2024), equations 4 and 5.
     *
     * @param backbone1 b₁, for the deepest level; above 1 = more
     * @param backbone2 b₂, for the one above it
     * @param skip1 s₁, for the deepest level; below 1 = less
     * @param skip2 s₂, for the one above it
     */
    public record FreeU(float backbone1, float backbone2, float skip1, float skip2) {}

    /**
     * A cut through the U, as DeepCache makes it: what lies below gives one tensor, which changes slowly from step to
     * step.
     *
     * @param block the first level of the way down that is below the cut, at least in part; counted from the other end,
     *     the level of the way up where the tensor comes back
     * @param layer how many layers of that level are above the cut
     * @param shallow whether what is below is left out and the tensor fed; else all is computed and the tensor an
     *     output
     */
    public record DeepCut(int block, int layer, boolean shallow) {}

    /** The same without what is below the cut. */
    UnetChanges shallow() {
        DeepCut at = cut.orElseThrow();
        return new UnetChanges(freeU, perturbed, Optional.of(new DeepCut(at.block(), at.layer(), true)), mapped);
    }

    /** Whether what is below the cut is left out. */
    boolean isShallow() {
        return cut.filter(DeepCut::shallow).isPresent();
    }
}
