package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.Denoiser;

/**
 * One of the denoising loops of a family that has several, one after the other. Each begins from noise of a size of its
 * own, and is told what the one before it ended with. Immutable.
 *
 * <pre>
 * text ── prior ── image embedding ── decoder ── small picture ── super-resolution ── picture
 * </pre>
 */
public interface Phase {

    /** What it denoises, as channels, height and width. */
    LatentSize size();

    /**
     * What its denoiser is told.
     *
     * @param text what the prompt encoder gave
     * @param before what the phase before it ended with; empty for the first one
     */
    ConditioningPlan conditioning(ConditioningPlan text, float[] before, Cancellation cancellation);

    /** Its denoiser, guided by {@code guidanceScale} where its conditioning has two sides. */
    Denoiser denoiser(double guidanceScale);

    /** Whether the request's steps and guidance scale are its. */
    default boolean isMain() {
        return false;
    }
}
