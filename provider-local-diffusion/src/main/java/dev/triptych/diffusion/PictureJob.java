package dev.triptych.diffusion;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.diffusion.family.ConvolutionForm;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.LoopOptions;
import dev.triptych.diffusion.family.NoiseOptions;
import dev.triptych.diffusion.family.Phase;
import dev.triptych.diffusion.family.PromptPlan;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.diffusion.guide.Shortcuts;
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
 * @param noise where noise comes from
 * @param stages the models that work on a picture, one after the other: one, or base and refiner
 * @param rendering what stands around the loop
 * @param secondPass what follows on an enlarged picture
 * @param warnings where the job differs from what was asked
 */
record PictureJob(
        ImageRequest request,
        ImageSize size,
        LatentSize latents,
        Optional<Start> start,
        NoisePlan noise,
        List<Stage> stages,
        Rendering rendering,
        Optional<SecondPass> secondPass,
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
     * @param rule how the strength is counted in steps
     */
    record Start(Pixels picture, Optional<Mask> mask, double strength, StrengthRule rule) {}

    /**
     * One model's part of the work.
     *
     * @param family the model
     * @param prompt the prompt as it reads it
     * @param loop its part of the denoising loop
     * @param guidance how it is guided
     * @param shortcuts what is left out of it
     * @param phase what it denoises, where the family has several loops; empty = the latents
     */
    record Stage(
            Family family,
            PromptPlan prompt,
            LoopPlan loop,
            Guidance guidance,
            Shortcuts shortcuts,
            Optional<Phase> phase) {

        /** A loop over the latents. */
        Stage(Family family, PromptPlan prompt, LoopPlan loop, Guidance guidance, Shortcuts shortcuts) {
            this(family, prompt, loop, guidance, shortcuts, Optional.empty());
        }

        /** The same with another prompt and loop. */
        Stage with(PromptPlan otherPrompt, LoopPlan otherLoop) {
            return new Stage(family, otherPrompt, otherLoop, guidance, shortcuts, phase);
        }
    }

    /** How convolutions must be computed; empty = as memory allows. */
    Optional<ConvolutionForm> convolution() {
        return Optional.ofNullable(request.options().get(LoopOptions.CONVOLUTION))
                .map(ConvolutionForm::parse);
    }

    /** The same, where the request says that convolutions are direct. */
    PictureJob withDirectConvolutions() {
        return from(request.toBuilder()
                .option(LoopOptions.CONVOLUTION, ConvolutionForm.DIRECT.id())
                .build());
    }

    /** Whether the stages are the loops of one family, each of which begins anew. */
    boolean isCascade() {
        return stages.get(0).phase().isPresent();
    }

    /** The stage that the request's steps and guidance scale are of. */
    Stage main() {
        return stages.stream()
                .filter(stage -> stage.phase().map(Phase::isMain).orElse(true))
                .findFirst()
                .orElseThrow();
    }

    /** The same as another request made it. */
    PictureJob from(ImageRequest other) {
        return new PictureJob(other, size, latents, start, noise, stages, rendering, secondPass, warnings);
    }

    /** The same in another size, by one stage from a picture that is there. */
    PictureJob again(ImageSize larger, LatentSize largerLatents, Stage stage, Rendering otherRendering) {
        return new PictureJob(
                request,
                larger,
                largerLatents,
                Optional.empty(),
                noise,
                List.of(stage),
                otherRendering,
                Optional.empty(),
                warnings);
    }

    /** How many evaluations all passes over a picture take. */
    int allCalls() {
        return calls() + secondPass.map(second -> second.job().calls()).orElse(0);
    }

    /** How many evaluations of a denoiser's loop a picture takes, both passes of guidance counted as one. */
    int calls() {
        return stages.stream().mapToInt(stage -> stage.loop().calls()).sum();
    }

    /** The request for the picture {@code index}, but for its seed. */
    ImageRequest request(int index) {
        return noise.variationStrength() > 0
                ? request.toBuilder()
                        .option(
                                NoiseOptions.VARIATION_SEED,
                                Long.toString(noise.of(index).variationSeed()))
                        .build()
                : request;
    }

    /** Names no prompt: this may reach a log. */
    @Override
    public String toString() {
        return "PictureJob[" + size + ", " + calls() + " calls of " + stages.size() + " model(s)]";
    }
}
