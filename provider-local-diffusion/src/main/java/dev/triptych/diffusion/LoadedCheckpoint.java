package dev.triptych.diffusion;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.runtime.DiffusionModels;
import dev.triptych.diffusion.runtime.RuntimeOptions;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.tokenizer.ClipTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A checkpoint's files, what they can do, and, from the first picture on, the pipeline over them. Thread-safe. */
final class LoadedCheckpoint implements AutoCloseable {

    /** The largest edge we accept; beyond it activations of one U-Net call pass tens of gigabytes. */
    private static final int MAX_EDGE = 4096;

    /** Pictures of one request, one after the other. */
    private static final int MAX_IMAGES = 64;

    private final Checkpoint checkpoint;
    private final SchedulerConfig ownScheduler;
    private final ClipTokenizer tokenizer;
    private final Capabilities capabilities;
    private @Nullable DiffusionModels models;

    private LoadedCheckpoint(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        SchedulerConfig scheduler = SchedulerConfig.read(checkpoint.schedulerConfig());
        this.ownScheduler = isConsistencyModel(checkpoint) ? scheduler : scheduler.repairedForStableDiffusion();
        this.tokenizer = ClipTokenizer.load(checkpoint.tokenizerDirectory());
        this.capabilities = capabilitiesOf(checkpoint);
    }

    /** Latent consistency pipelines take the scheduler's config as it is. */
    private static boolean isConsistencyModel(Checkpoint checkpoint) {
        return checkpoint.pipelineClass().startsWith("LatentConsistencyModel");
    }

    static LoadedCheckpoint open(Path directory) {
        return new LoadedCheckpoint(Checkpoint.open(directory));
    }

    String model() {
        return checkpoint.name();
    }

    String revision() {
        return checkpoint.fingerprint();
    }

    Capabilities capabilities() {
        return capabilities;
    }

    private static Capabilities capabilitiesOf(Checkpoint checkpoint) {
        return Capabilities.builder()
                .operations(Operation.IMAGE_TO_IMAGE)
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE,
                        Parameter.STRENGTH)
                .maxImagesPerCall(MAX_IMAGES)
                .maxInputs(1)
                .sizes(SizeRule.multiplesOf(
                        checkpoint.vaeScaleFactor(),
                        checkpoint.vaeScaleFactor(),
                        MAX_EDGE,
                        new ImageSize(checkpoint.defaultWidth(), checkpoint.defaultHeight())))
                .options(LocalOptions.PREFIX, LocalOptions.KEYS)
                .deterministicSeeds(true)
                .costClass(CostClass.FREE)
                .build();
    }

    /**
     * The settings of a negotiated request, defaults filled in. Adds a warning where text is cut.
     *
     * @throws UnsupportedRequestException if an option or the input picture cannot be used
     */
    DiffusionSettings settings(ImageRequest request, NegotiationMode mode, List<GenerationWarning> warnings) {
        LocalOptions options = LocalOptions.read(
                request.options(), ownScheduler, checkpoint.textEncoder().layers());
        Checkpoint.Defaults defaults = checkpoint.defaults();
        int steps = request.steps().orElse(defaults.steps());
        Optional<Pixels> input = request.inputs().stream().findFirst().map(this::decodeInput);
        ImageSize size =
                request.size().orElseGet(() -> input.map(this::roundedSize).orElseGet(this::defaultSize));
        Optional<DiffusionSettings.Start> start = input.map(picture -> new DiffusionSettings.Start(
                picture.resizeLanczos(size.width(), size.height()), strength(request, steps), steps));
        warnCut("prompt", request.prompt(), mode, warnings);
        warnCut("negativePrompt", request.negativePrompt(), mode, warnings);
        return new DiffusionSettings(
                request.prompt(),
                request.negativePrompt(),
                size,
                steps,
                request.guidanceScale().orElse(defaults.guidanceScale()),
                options.guidanceRescale().orElse((float) defaults.guidanceRescale()),
                options.clipSkip(),
                options.scheduler(),
                options.stepArguments(),
                start);
    }

    private ImageSize defaultSize() {
        return new ImageSize(checkpoint.defaultWidth(), checkpoint.defaultHeight());
    }

    /** The input's own size, each edge rounded down to what the VAE can take, as diffusers' image processor does. */
    private ImageSize roundedSize(Pixels picture) {
        int factor = checkpoint.vaeScaleFactor();
        int width = picture.width() - picture.width() % factor;
        int height = picture.height() - picture.height() % factor;
        if (width < factor || height < factor) {
            throw unsupported("input must be at least " + factor + "x" + factor + " pixels but was " + picture.width()
                    + "x" + picture.height());
        }
        return new ImageSize(width, height);
    }

    private Pixels decodeInput(ImageInput input) {
        try {
            return Pixels.decode(input.bytes());
        } catch (IllegalArgumentException e) {
            throw unsupported("input must be a picture that can be read but was not: " + e.getMessage());
        }
    }

    private static double strength(ImageRequest request, int steps) {
        double strength = request.strength().orElse(LocalOptions.DEFAULT_STRENGTH);
        if ((int) (steps * strength) < 1) {
            throw unsupported(
                    "strength must be at least 1/steps (" + 1.0 / steps + ") to leave one step but was " + strength);
        }
        return strength;
    }

    private void warnCut(String field, String text, NegotiationMode mode, List<GenerationWarning> warnings) {
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

    /** The request as it is carried out: what {@code settings} filled in is written down. */
    ImageRequest effective(ImageRequest request, DiffusionSettings settings) {
        ImageRequest.Builder effective = request.toBuilder()
                .size(settings.size())
                .steps(settings.steps())
                .guidanceScale(settings.guidanceScale())
                .options(LocalOptions.write(request.options(), settings));
        settings.start().ifPresent(start -> effective.strength(start.strength()));
        return effective.build();
    }

    /** The pipeline; its sessions open when they are first used. */
    synchronized DiffusionPipeline pipeline(RuntimeOptions options) {
        if (models == null) {
            models = DiffusionModels.open(checkpoint, options);
        }
        return new DiffusionPipeline(checkpoint, tokenizer, models);
    }

    private static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, LocalDiffusionGenerator.PROVIDER);
    }

    @Override
    public synchronized void close() {
        if (models != null) {
            models.close();
        }
    }
}
