package dev.triptych.diffusion;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.runtime.DiffusionModels;
import dev.triptych.diffusion.runtime.RuntimeOptions;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.tokenizer.ClipTokenizer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A checkpoint's files, what they can do, and, from the first picture on, the pipeline over them. Thread-safe. */
final class LoadedCheckpoint implements AutoCloseable {

    /** The largest edge we accept; beyond it one U-Net call takes minutes and tens of gigabytes. */
    private static final int MAX_EDGE = 2048;

    /** Pictures of one request, one after the other. */
    private static final int MAX_IMAGES = 64;

    private final Checkpoint checkpoint;
    private final ClipTokenizer tokenizer;
    private final SettingsResolver settings;
    private final Capabilities capabilities;
    private @Nullable DiffusionModels models;

    private LoadedCheckpoint(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        this.tokenizer = ClipTokenizer.load(checkpoint.tokenizerDirectory());
        requireContextFor(tokenizer, checkpoint);
        SizeRule sizes = SizeRule.multiplesOf(
                checkpoint.vaeScaleFactor(),
                checkpoint.vaeScaleFactor(),
                MAX_EDGE,
                new ImageSize(checkpoint.defaultWidth(), checkpoint.defaultHeight()));
        requireUsualSize(sizes, checkpoint);
        SchedulerConfig scheduler = SchedulerConfig.read(checkpoint.schedulerConfig());
        this.settings = new SettingsResolver(
                checkpoint,
                isConsistencyModel(checkpoint) ? scheduler : scheduler.repairedForStableDiffusion(),
                tokenizer,
                sizes);
        this.capabilities = capabilitiesOf(checkpoint, sizes);
    }

    private static void requireContextFor(ClipTokenizer tokenizer, Checkpoint checkpoint) {
        int positions = checkpoint.textEncoder().maxPositions();
        if (tokenizer.maxLength() > positions) {
            throw new ModelLoadException(checkpoint.tokenizerDirectory()
                    + ": model_max_length must be at most the text encoder's max_position_embeddings, " + positions
                    + ", but was " + tokenizer.maxLength());
        }
    }

    private static void requireUsualSize(SizeRule sizes, Checkpoint checkpoint) {
        if (!sizes.accepts(sizes.standard())) {
            throw new ModelLoadException(checkpoint.folder() + ": the usual size (sample_size of unet/config.json, or"
                    + " width and height of triptych.json) must be " + sizes.describe() + " but was "
                    + sizes.standard());
        }
    }

    /**
     * Checks that {@code request} wants no larger picture than can be made: the largest instead of it would take hours.
     *
     * @throws UnsupportedRequestException if it does
     */
    static void refuseHugeSize(ImageRequest request) {
        request.size()
                .filter(size -> Math.max(size.width(), size.height()) > MAX_EDGE)
                .ifPresent(size -> {
                    throw new UnsupportedRequestException(
                            "size must have edges of at most " + MAX_EDGE + " pixels but was " + size,
                            LocalDiffusionGenerator.PROVIDER);
                });
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

    private static Capabilities capabilitiesOf(Checkpoint checkpoint, SizeRule sizes) {
        Capabilities.Builder capabilities = Capabilities.builder();
        if (Canvases.seesMask(checkpoint)) {
            capabilities.onlyOperations(Operation.INPAINTING);
        } else {
            capabilities.operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING);
        }
        return capabilities
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE,
                        Parameter.STRENGTH)
                .maxImagesPerCall(MAX_IMAGES)
                .maxInputs(1)
                .sizes(sizes)
                .maxPromptCharacters(SettingsResolver.MAX_TEXT_CHARACTERS)
                .options(LocalOptions.PREFIX, LocalOptions.KEYS)
                .deterministicSeeds(true)
                .costClass(CostClass.FREE)
                .build();
    }

    /** How requests to this checkpoint are filled in. */
    SettingsResolver settings() {
        return settings;
    }

    /** The pipeline; its sessions open when they are first used. */
    synchronized DiffusionPipeline pipeline(RuntimeOptions options) {
        if (models == null) {
            models = DiffusionModels.open(checkpoint, options);
        }
        return new DiffusionPipeline(checkpoint, tokenizer, models);
    }

    @Override
    public synchronized void close() {
        if (models != null) {
            models.close();
        }
    }
}
