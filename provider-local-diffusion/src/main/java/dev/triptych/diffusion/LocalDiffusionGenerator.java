package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.Negotiation;
import dev.triptych.Outcome;
import dev.triptych.Provenance;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.DiffusionPipeline.Conditioning;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.random.TorchCpuNormal;
import dev.triptych.diffusion.runtime.RuntimeOptions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes pictures on this machine: CLIP and latent diffusion on ONNX Runtime, from a Hugging Face diffusers directory or
 * from the bundled checkpoint. Free, offline, and the same seed gives the same picture.
 *
 * <pre>{@code
 * try (ImageGenerator generator = LocalDiffusionGenerator.bundled()) {
 *     ImageResult result = generator.generate("a red fox in the snow");
 *     result.image().writeTo(Path.of("fox.png"));
 * }
 * }</pre>
 *
 * <p>Thread-safe; one request is worked on at a time, the others wait in order. The checkpoint is opened with the first
 * request, or with the first question about capabilities.
 */
public final class LocalDiffusionGenerator implements ImageGenerator {

    /** This provider's id. */
    public static final String PROVIDER = "local";

    private final String name;
    private final Supplier<Path> directory;
    private final RuntimeOptions runtimeOptions;
    private final LongSupplier seeds;
    private final Turnstile turnstile = new Turnstile();
    private @Nullable LoadedCheckpoint loaded;
    private boolean closed;

    private LocalDiffusionGenerator(Builder builder) {
        this.name = builder.name;
        this.directory = builder.directory;
        this.runtimeOptions = builder.runtimeOptions;
        this.seeds = builder.seeds;
    }

    /** A generator with the bundled checkpoint. */
    public static LocalDiffusionGenerator bundled() {
        return builder().build();
    }

    /** A generator with the checkpoint in {@code directory}, a Hugging Face diffusers directory. */
    public static LocalDiffusionGenerator of(Path directory) {
        return builder().checkpoint(directory).build();
    }

    /** A generator with nothing set yet. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        context.checkActive(PROVIDER, Outcome.NOT_SENT);
        requireOpen();
        try {
            return paint(request, context, loaded());
        } catch (ModelLoadException e) {
            context.checkActive(PROVIDER, Outcome.NOT_SENT); // an interrupt closes a file that is being read
            throw e;
        } catch (OutOfMemoryError e) {
            throw new UnsupportedRequestException(
                    "a picture of this size needs more memory than Java's heap of "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MB has left: a smaller one, or a larger heap (-Xmx), would do",
                    PROVIDER);
        }
    }

    @SuppressWarnings("try") // the turn is only closed
    private ImageResult paint(ImageRequest request, GenerationContext context, LoadedCheckpoint checkpoint) {
        Stopwatch stopwatch = new Stopwatch(context.clock());
        LoadedCheckpoint.refuseHugeSize(request);
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(request, checkpoint.capabilities(), context.negotiation(), PROVIDER);
        ImageRequest seeded = negotiated.request().seed().isPresent()
                ? negotiated.request()
                : negotiated.request().toBuilder().seed(seeds.getAsLong()).build();
        List<GenerationWarning> warnings = new ArrayList<>(negotiated.warnings());
        DiffusionSettings settings = checkpoint.settings().resolve(seeded, context.negotiation(), warnings);
        ImageRequest effective = SettingsResolver.effective(seeded, settings);
        List<GeneratedImage> images;
        stopwatch.lap("prepare");
        try (Turnstile.Turn turn = turnstile.enter(context)) {
            stopwatch.lap("queue");
            context.emit(new GenerationEvent.Started(info()));
            images = paintAll(checkpoint, settings, effective, context, stopwatch);
        }
        ExecutionRecord execution = ExecutionRecord.of(info(), context, effective, stopwatch.total())
                .withDurations(stopwatch.laps());
        return ImageResult.of(images, warnings, execution);
    }

    private List<GeneratedImage> paintAll(
            LoadedCheckpoint checkpoint,
            DiffusionSettings settings,
            ImageRequest request,
            GenerationContext context,
            Stopwatch stopwatch) {
        DiffusionPipeline pipeline = checkpoint.pipeline(runtimeOptions);
        stopwatch.lap("load");
        Conditioning text = pipeline.encode(settings, context.cancellation());
        stopwatch.lap("encode");
        List<GeneratedImage> images = new ArrayList<>();
        for (int index = 0; index < request.count(); index++) {
            long seed = request.seed().orElseThrow() + index;
            NormalSource noise = new TorchCpuNormal(seed);
            float[] latents = pipeline.denoise(text, settings, noise, monitor(index, request.count(), context));
            stopwatch.lap("denoise");
            Pixels picture = pipeline.decode(latents, settings, context.cancellation());
            stopwatch.lap("decode");
            byte[] png = Provenance.stamp(
                    picture.toPng(),
                    request,
                    info(),
                    seed,
                    Infotext.of(request, settings, seed, checkpoint.model(), checkpoint.revision()));
            images.add(GeneratedImage.of(png).withSeed(seed));
            stopwatch.lap("write");
        }
        return images;
    }

    /**
     * Turns the steps of one picture into the progress of the whole request, and stops it when nobody waits any more.
     */
    private static DiffusionPipeline.StepMonitor monitor(int index, int count, GenerationContext context) {
        return new DiffusionPipeline.StepMonitor() {
            @Override
            public void stepDone(int done, int total) {
                context.emit(new GenerationEvent.Progress(index * total + done, count * total));
                context.checkActive(PROVIDER, Outcome.NOT_SENT);
            }

            @Override
            public Cancellation cancellation() {
                return context.cancellation();
            }
        };
    }

    @Override
    public Capabilities capabilities() {
        return loaded().capabilities();
    }

    @Override
    public GeneratorInfo info() {
        LoadedCheckpoint checkpoint = loaded();
        return new GeneratorInfo(name, PROVIDER, checkpoint.model(), checkpoint.revision(), true);
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new ProviderUnavailableException(
                    "generator \"" + name + "\" must be open but was closed",
                    ErrorOrigin.of(PROVIDER, Outcome.NOT_SENT));
        }
    }

    private synchronized LoadedCheckpoint loaded() {
        if (loaded == null) {
            loaded = LoadedCheckpoint.open(directory.get());
        }
        return loaded;
    }

    /** Stops the running request and releases the models; who this generator was can still be asked. */
    @Override
    public void close() {
        LoadedCheckpoint toClose;
        synchronized (this) {
            closed = true;
            toClose = loaded;
        }
        if (toClose != null) {
            toClose.close();
        }
    }

    /** Collects the parts of a generator. Not thread-safe. */
    public static final class Builder {
        private String name = "local";
        private Supplier<Path> directory = BundledCheckpoint::directory;
        private RuntimeOptions runtimeOptions = RuntimeOptions.standard();
        private LongSupplier seeds = () -> Integer.toUnsignedLong(new SecureRandom().nextInt());

        private Builder() {}

        /** The generator's name; {@code "local"} by default. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        /** A Hugging Face diffusers directory; the bundled checkpoint by default. */
        public Builder checkpoint(Path value) {
            directory = () -> value;
            return this;
        }

        /** Where the bundled checkpoint is unpacked; the user's cache folder by default. */
        public Builder bundledIn(Path cacheRoot) {
            directory = () -> BundledCheckpoint.directory(cacheRoot);
            return this;
        }

        /** Threads and device. */
        public Builder runtime(RuntimeOptions value) {
            runtimeOptions = value;
            return this;
        }

        /** Where a seed comes from when a request has none; random 32-bit numbers by default. */
        public Builder seeds(LongSupplier value) {
            seeds = value;
            return this;
        }

        /** The generator. Nothing is read yet. */
        public LocalDiffusionGenerator build() {
            return new LocalDiffusionGenerator(this);
        }
    }
}
