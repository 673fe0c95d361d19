package dev.triptych.diffusion;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.PromptPlan;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Optional;

/**
 * A request as the pipeline carries it out: prompt tokenised, loop planned, sizes divided, every default filled in.
 * Everything after the reader trusts it. Immutable.
 *
 * @param request the request with everything that was filled in; it makes the same pictures again
 * @param size pixels, multiples of the codec's factor
 * @param latents the size in latent space
 * @param start the picture that image-to-image starts from
 * @param stages the models that work on a picture, one after the other: one, or base and refiner
 * @param warnings where the job differs from what was asked
 */
record PictureJob(
        ImageRequest request,
        ImageSize size,
        LatentSize latents,
        Optional<Start> start,
        List<Stage> stages,
        List<GenerationWarning> warnings) {

    /** Copies the lists. */
    PictureJob {
        stages = List.copyOf(stages);
        warnings = List.copyOf(warnings);
    }

    /**
     * Where image-to-image starts.
     *
     * @param picture the input, already of the picture's size
     * @param mask where to paint, of the same size; empty = everywhere
     * @param strength how far to leave the input, in (0, 1]
     */
    record Start(Pixels picture, Optional<Mask> mask, double strength) {}

    /**
     * One model's part of the work.
     *
     * @param family the model
     * @param prompt the prompt as it reads it
     * @param loop its part of the denoising loop
     * @param guidance how it is guided
     */
    record Stage(Family family, PromptPlan prompt, LoopPlan loop, Guidance guidance) {}

    /** How many evaluations of a denoiser's loop a picture takes, both passes of guidance counted as one. */
    int calls() {
        return stages.stream().mapToInt(stage -> stage.loop().calls()).sum();
    }

    /** Names no prompt: this may reach a log. */
    @Override
    public String toString() {
        return "PictureJob[" + size + ", " + calls() + " calls of " + stages.size() + " model(s)]";
    }
}
