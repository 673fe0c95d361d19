package dev.triptych.diffusion;

import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.PictureJob.Stage;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.pixels.PlaneResampling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Reads what a request says of a second pass: the options {@code local.hires-…}. Immutable.
 *
 * @param options the request's options
 * @param enlargers what enlarges pixels, by the names that requests ask for it with
 */
record SecondPassReader(Options options, Enlargers enlargers) {

    private static final double MAX_SCALE = 4;
    private static final double STANDARD_STRENGTH = 0.7;
    private static final int MAX_STEPS = 1000;

    /** Full strength would be planned for no steps at all: A1111's limit. */
    private static final double MOST_STRENGTH = 0.999;

    private static final String LATENT = "latent";
    private static final Map<String, PlaneResampling> LATENTS = Map.of(
            LATENT,
            PlaneResampling.BILINEAR,
            "latent-bicubic",
            PlaneResampling.BICUBIC,
            "latent-nearest",
            PlaneResampling.NEAREST);

    private static final List<String> OTHERS =
            List.of(PictureOptions.HIRES_STEPS, PictureOptions.HIRES_STRENGTH, PictureOptions.HIRES_UPSCALER);

    /**
     * The second pass after {@code first}; empty where none was asked for.
     *
     * @throws dev.triptych.UnsupportedRequestException if an option cannot be used, or a second pass cannot be made
     */
    Optional<SecondPass> read(PictureJob first, RenderingReader rendering, Notices notices) {
        double scale = options.number(PictureOptions.HIRES_SCALE, 1, MAX_SCALE).orElse(1);
        if (scale == 1) {
            OTHERS.stream()
                    .filter(options::has)
                    .forEach(key -> notices.ignored(
                            "options." + key, key + " has no effect without " + PictureOptions.HIRES_SCALE));
            return Optional.empty();
        }
        if (first.start().isPresent() || first.stages().size() > 1) {
            throw LocalErrors.unsupported("option " + PictureOptions.HIRES_SCALE + " must not be given with "
                    + (first.start().isPresent() ? "an input picture" : "a refiner")
                    + ": a second pass goes on from a picture made of noise by one model");
        }
        Stage stage = first.stages().get(0);
        Family family = stage.family();
        ImageSize size = enlarged(first.size(), scale, family);
        LatentSize latents = family.latents().of(size);
        int steps =
                options.wholeNumber(PictureOptions.HIRES_STEPS, 0, MAX_STEPS).orElse(0);
        steps = steps == 0 ? first.request().steps().orElseThrow() : steps;
        double strength = strength();
        LoopPlan loop = loop(stage, latents, steps, strength);
        Family.PromptWish wish = new Family.PromptWish(
                first.request(), size, first.request().guidanceScale().orElseThrow(), loop.calls());
        Notices heard = new Notices(NegotiationMode.ADAPT); // the first pass told the same
        Stage again = stage.with(family.plan(wish, options, heard), loop);
        String name = options.text(PictureOptions.HIRES_UPSCALER).orElse(LATENT);
        Optional<PlaneResampling> resampling = Optional.ofNullable(LATENTS.get(name));
        Enlarger pixels = resampling.isPresent() ? Enlarger.lanczos() : enlarger(name);
        PictureJob job = first.again(size, latents, again, rendering.read(family, family, latents, false, notices));
        return Optional.of(new SecondPass(
                job,
                strength,
                resampling,
                pixels,
                Map.of(
                        PictureOptions.HIRES_STEPS, Integer.toString(steps),
                        PictureOptions.HIRES_STRENGTH,
                                options.text(PictureOptions.HIRES_STRENGTH).orElse(Double.toString(strength)),
                        PictureOptions.HIRES_UPSCALER, name)));
    }

    private double strength() {
        double strength = options.number(PictureOptions.HIRES_STRENGTH, 0, 1).orElse(STANDARD_STRENGTH);
        if (strength == 0) {
            throw LocalErrors.unsupported(
                    "option " + PictureOptions.HIRES_STRENGTH + " must be above 0 to change anything but was 0");
        }
        return strength;
    }

    /** All steps asked for are run within the strength: the loop is planned longer, and begins later. */
    private static LoopPlan loop(Stage stage, LatentSize latents, int steps, double strength) {
        int planned = Math.max(steps, (int) (steps / Math.min(strength, MOST_STRENGTH)));
        try {
            return stage.loop()
                    .last(steps, planned, stage.family().times(stage.loop().config(), latents, planned));
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(String.valueOf(e.getMessage()), e);
        }
    }

    private static ImageSize enlarged(ImageSize from, double scale, Family family) {
        SizeRule sizes = family.capabilities().sizes();
        int factor = family.latents().factor();
        ImageSize size = multiple(from, scale, factor);
        if (!sizes.accepts(size)) {
            size = multiple(from, scale, 2 * factor); // transformers take latents in twos
        }
        int most = sizes.maxEdge();
        if (size.width() > most || size.height() > most) {
            throw LocalErrors.unsupported("option " + PictureOptions.HIRES_SCALE + " must leave edges of at most "
                    + most + " pixels but leads to " + size);
        }
        return size;
    }

    private static ImageSize multiple(ImageSize from, double scale, int step) {
        return new ImageSize((int) (from.width() * scale) / step * step, (int) (from.height() * scale) / step * step);
    }

    private Enlarger enlarger(String name) {
        return enlargers.named(name).orElseThrow(() -> {
            TreeSet<String> names = new TreeSet<>(enlargers.names());
            names.addAll(LATENTS.keySet());
            return LocalErrors.unsupported("option " + PictureOptions.HIRES_UPSCALER + " must be one of "
                    + String.join(", ", names) + " but was \"" + name + "\"");
        });
    }
}
