package dev.triptych.diffusion;

import java.util.Locale;

/**
 * Where image-to-image enters the loop. With 20 steps and strength 0.75, diffusers makes 15 of them, AUTOMATIC1111's
 * web UI 16, and 20 of 26 where it is set to make the very number that was asked for.
 *
 * <p>Reference: diffusers 0.36, {@code get_timesteps} of pipeline_stable_diffusion_img2img.py;
 * AUTOMATIC1111/stable-diffusion-webui, modules/sd_samplers_common.py, {@code setup_img2img_steps}, whose pictures
 * begin at the mean of the encoder's distribution here, so that the noise is a seed's first.
 */
enum StrengthRule {
    /** int(steps · strength) steps. */
    DIFFUSERS,
    /** The web UI's: int(steps · strength) + 1 steps. */
    A1111,
    /** The web UI's with "exactly the amount of steps the slider specifies", as its hires fix has it always. */
    A1111_EXACT;

    private static final double MOST = 0.999;

    /** The rule that options call {@code name}. */
    static StrengthRule parse(String name) {
        for (StrengthRule rule : values()) {
            if (rule.id().equals(name)) {
                return rule;
            }
        }
        throw new IllegalArgumentException("must be diffusers, a1111 or a1111-exact but was \"" + name + "\"");
    }

    /** What options call it. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How many steps the scheduler plans where {@code steps} are asked for. */
    int planned(int steps, double strength) {
        return this == A1111_EXACT ? (int) (steps / Math.min(strength, MOST)) : steps;
    }

    /** How many of the planned steps are left out at the beginning. */
    int skipped(int steps, double strength) {
        return switch (this) {
            case DIFFUSERS -> steps - Math.min((int) (steps * strength), steps);
            case A1111 -> steps - 1 - (int) (Math.min(strength, MOST) * steps);
            case A1111_EXACT -> planned(steps, strength) - steps;
        };
    }

    /** Whether a picture begins as a draw from the encoder's distribution, not at its mean. */
    boolean drawsPicture() {
        return this == DIFFUSERS;
    }
}
