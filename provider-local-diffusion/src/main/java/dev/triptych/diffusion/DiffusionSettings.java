package dev.triptych.diffusion;

import dev.triptych.ImageSize;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.util.Optional;

/**
 * Everything the pipeline needs to know beside the seed, with every default filled in.
 *
 * @param prompt what to show
 * @param negativePrompt what to steer away from; {@code ""} = nothing
 * @param size pixels, multiples of the VAE's factor
 * @param steps denoising steps, at least 1
 * @param guidanceScale 1 or less = off
 * @param guidanceRescale φ in [0, 1]; 0 = off
 * @param clipSkip layers of the text encoder left out at its end; 0 = none
 * @param scheduler class and configuration of the scheduler
 * @param stepArguments what the scheduler is told at each step
 * @param start the picture that image-to-image starts from
 */
record DiffusionSettings(
        String prompt,
        String negativePrompt,
        ImageSize size,
        int steps,
        double guidanceScale,
        float guidanceRescale,
        int clipSkip,
        SchedulerConfig scheduler,
        StepArguments stepArguments,
        Optional<Start> start) {

    /**
     * Where image-to-image starts.
     *
     * @param picture the input, already of the picture's size
     * @param mask where to paint, of the same size; empty = everywhere
     * @param strength how far to leave the input, in (0, 1]
     */
    record Start(Pixels picture, Optional<Mask> mask, double strength) {}

    /** Names no prompt: this may reach a log. */
    @Override
    public String toString() {
        return "DiffusionSettings[" + size + ", steps=" + steps + ", guidanceScale=" + guidanceScale + ", scheduler="
                + scheduler.className() + "]";
    }
}
