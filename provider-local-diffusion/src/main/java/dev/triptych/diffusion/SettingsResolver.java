package dev.triptych.diffusion;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.SizeRule;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.tokenizer.ClipTokenizer;
import java.util.List;
import java.util.Optional;

/** Fills in what a negotiated request leaves open, from the checkpoint's defaults. Immutable, thread-safe. */
final class SettingsResolver {

    private static final double IMAGE_TO_IMAGE_STRENGTH = 0.8;
    private static final double INPAINTING_STRENGTH = 1;

    /** Far more than any text encoder reads; what is longer is a mistake, not a prompt. */
    static final int MAX_TEXT_CHARACTERS = 20_000;

    private final Checkpoint checkpoint;
    private final SchedulerConfig ownScheduler;
    private final ClipTokenizer tokenizer;
    private final SizeRule sizes;

    SettingsResolver(Checkpoint checkpoint, SchedulerConfig ownScheduler, ClipTokenizer tokenizer, SizeRule sizes) {
        this.checkpoint = checkpoint;
        this.ownScheduler = ownScheduler;
        this.tokenizer = tokenizer;
        this.sizes = sizes;
    }

    /**
     * The settings of {@code request}. Adds a warning where text is cut.
     *
     * @throws UnsupportedRequestException if an option or an input picture cannot be used
     */
    DiffusionSettings resolve(ImageRequest request, NegotiationMode mode, List<GenerationWarning> warnings) {
        LocalOptions options = LocalOptions.read(
                request.options(), ownScheduler, checkpoint.textEncoder().layers());
        Checkpoint.Defaults defaults = checkpoint.defaults();
        int steps = request.steps().orElse(defaults.steps());
        requireSchedulerFor(steps, options);
        Optional<Pixels> input = request.inputs().stream().findFirst().map(SettingsResolver::decodeInput);
        ImageSize size = request.size().orElseGet(() -> input.map(this::ownSize).orElse(sizes.standard()));
        double guidanceScale = request.guidanceScale().orElse(defaults.guidanceScale());
        warnOfCutText("prompt", request.prompt(), mode, warnings);
        if (guides(guidanceScale)) {
            warnOfCutText("negativePrompt", request.negativePrompt(), mode, warnings);
        } else if (!request.negativePrompt().isEmpty()) {
            warn(
                    GenerationWarning.ignored(
                            "negativePrompt", "negativePrompt has no effect without classifier-free guidance"),
                    mode,
                    warnings);
        }
        return new DiffusionSettings(
                request.prompt(),
                request.negativePrompt(),
                size,
                steps,
                guidanceScale,
                options.guidanceRescale().orElse((float) defaults.guidanceRescale()),
                options.clipSkip(),
                options.scheduler(),
                options.stepArguments(),
                input.map(picture -> start(picture, size, request, steps)));
    }

    /** A scheduler that contradicts itself, or cannot take so many steps, is found before any work. */
    private static void requireSchedulerFor(int steps, LocalOptions options) {
        try {
            Schedulers.create(options.scheduler(), steps, options.stepArguments());
        } catch (IllegalArgumentException e) {
            throw unsupported(String.valueOf(e.getMessage()));
        }
    }

    private static DiffusionSettings.Start start(Pixels picture, ImageSize size, ImageRequest request, int steps) {
        Optional<Mask> mask = request.mask().map(SettingsResolver::decodeMask);
        double strength = request.strength().orElse(mask.isPresent() ? INPAINTING_STRENGTH : IMAGE_TO_IMAGE_STRENGTH);
        if ((int) (steps * strength) < 1) {
            throw unsupported(
                    "strength must be at least 1/steps (" + 1.0 / steps + ") to leave one step but was " + strength);
        }
        return new DiffusionSettings.Start(
                picture.resizeLanczos(size.width(), size.height()),
                mask.map(given -> given.resize(size.width(), size.height())),
                strength);
    }

    /** The input's own size, each edge rounded down to what the VAE can take, as diffusers' image processor does. */
    private ImageSize ownSize(Pixels picture) {
        int factor = checkpoint.vaeScaleFactor();
        int width = picture.width() - picture.width() % factor;
        int height = picture.height() - picture.height() % factor;
        if (width == 0 || height == 0 || !sizes.accepts(new ImageSize(width, height))) {
            throw unsupported("input must have " + sizes.describe() + ", or a size be given, but was " + picture.width()
                    + "x" + picture.height());
        }
        return new ImageSize(width, height);
    }

    private static Pixels decodeInput(ImageInput input) {
        try {
            return Pixels.decode(input.bytes());
        } catch (IllegalArgumentException e) {
            throw unsupported(String.valueOf(e.getMessage()));
        }
    }

    private static Mask decodeMask(ImageInput mask) {
        try {
            return Mask.decode(mask.bytes());
        } catch (IllegalArgumentException e) {
            throw unsupported("mask must be a picture that can be read but was not: " + e.getMessage());
        }
    }

    private void warnOfCutText(String field, String text, NegotiationMode mode, List<GenerationWarning> warnings) {
        if (text.length() > MAX_TEXT_CHARACTERS) {
            throw unsupported(
                    field + " must be at most " + MAX_TEXT_CHARACTERS + " characters but was " + text.length());
        }
        String cut = tokenizer.tokenize(text).cutText();
        if (cut.isEmpty()) {
            return;
        }
        int kept = tokenizer.maxLength() - 2;
        if (mode == NegotiationMode.STRICT) {
            throw unsupported(field + " must be at most " + kept + " tokens but was longer");
        }
        warnings.add(GenerationWarning.truncated(
                field, field + " must be at most " + kept + " tokens; this was cut off: " + cut));
    }

    /** A distilled U-Net takes the guidance scale as an input, and never sees a negative prompt. */
    private boolean guides(double guidanceScale) {
        return guidanceScale > 1 && checkpoint.timeCondProjDim() == 0;
    }

    private static void warn(GenerationWarning warning, NegotiationMode mode, List<GenerationWarning> warnings) {
        if (mode == NegotiationMode.STRICT) {
            throw unsupported(warning.message());
        }
        warnings.add(warning);
    }

    /** The request as it is carried out: what {@code settings} filled in is written down. */
    static ImageRequest effective(ImageRequest request, DiffusionSettings settings) {
        ImageRequest.Builder effective = request.toBuilder()
                .size(settings.size())
                .steps(settings.steps())
                .guidanceScale(settings.guidanceScale())
                .options(LocalOptions.write(request.options(), settings));
        settings.start().ifPresent(start -> effective.strength(start.strength()));
        return effective.build();
    }

    private static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, LocalDiffusionGenerator.PROVIDER);
    }
}
