package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.ImageUpscaler;
import dev.triptych.InputRole;
import dev.triptych.InputRule;
import dev.triptych.ModelLoadException;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import dev.triptych.Outcome;
import dev.triptych.Provenance;
import dev.triptych.RunningCalls;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.NotFiniteException;
import dev.triptych.diffusion.engine.Residence;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.ConvolutionForm;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LoopOptions;
import dev.triptych.diffusion.family.NoiseOptions;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.family.Precision;
import dev.triptych.diffusion.family.PromptOptions;
import dev.triptych.diffusion.family.Speed;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.PromptSyntax;
import dev.triptych.diffusion.random.NormalSource;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes pictures on this machine: latent diffusion on ONNX Runtime, from a Hugging Face diffusers directory or from the
 * bundled checkpoint. Free, offline, and the same seed gives the same picture.
 *
 * <pre>{@code
 * try (ImageGenerator generator = LocalDiffusionGenerator.bundled()) {
 *     ImageResult result = generator.generate("a red fox in the snow");
 *     result.image().writeTo(Path.of("fox.png"));
 * }
 * }</pre>
 *
 * <p>Thread-safe; one request is worked on at a time, the others wait in order. Configs are read with the first
 * request, or with the first question about capabilities; weights with the first request, or with {@link #prepare}.
 */
public final class LocalDiffusionGenerator implements ImageGenerator, ImageUpscaler {

    /** This provider's id. */
    public static final String PROVIDER = LocalErrors.PROVIDER;

    private final String name;
    private final LocalSettings settings;
    private final Adapters adapters;
    private final Controls controls;
    private final Enlargers enlargers;
    private final LongSupplier seeds;
    private final Engine engine;
    private final Supplier<ModelHub> hub;
    private final RunningCalls calls = new RunningCalls(this::info);

    /** Held while configs are read; never while anything is painted. */
    private final ReentrantLock opening = new ReentrantLock();

    private volatile @Nullable Models models;

    private LocalDiffusionGenerator(Builder builder) {
        this.name = builder.name;
        this.settings = builder.settings;
        this.adapters = new Adapters(builder.settings, this::place);
        this.controls = new Controls(builder.settings, this::place);
        this.seeds = builder.seeds;
        this.engine = new Engine(builder.settings.engine());
        this.enlargers = new Enlargers(builder.settings.upscalers(), this::place, engine);
        this.hub = builder.hub;
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
        return calls.run(context, call -> {
            call.context().checkActive(PROVIDER, Outcome.NOT_SENT);
            return withClearErrors(call.context(), () -> paint(request, call));
        });
    }

    /**
     * How the picture of {@code request} comes to be, from one real run: its tokens, what the denoiser saw and expected
     * at some of its steps, where it looked at each word, and the same seed without guidance. The picture is the one
     * that {@link #generate} makes; it takes about twice as long.
     *
     * @param request one picture from text alone; what it leaves open is filled in as ever
     * @throws dev.triptych.UnsupportedRequestException if the model is no Stable Diffusion 1, 2 or XL, or the request
     *     has inputs, several pictures, a refiner or a cut through the U-Net
     */
    public Explanation explain(ImageRequest request, GenerationContext context) {
        PaintingWatch watch = new PaintingWatch();
        Explanation guided = calls.run(context, call -> {
            call.context().checkActive(PROVIDER, Outcome.NOT_SENT);
            return withClearErrors(call.context(), () -> painted(request, call, Optional.of(watch)))
                    .explanation()
                    .orElseThrow();
        });
        ImageRequest effective = guided.result().execution().effectiveRequest();
        if (!watch.isGuided()) {
            return guided;
        }
        ImageRequest without = effective.toBuilder().guidanceScale(1.0).build();
        return guided.withUnguided(generate(without, context).image());
    }

    /** {@code lanczos}, and the upscalers of the settings. */
    @Override
    public Set<String> upscalers() {
        return enlargers.names();
    }

    /**
     * {@code picture} in another size, without painting anything anew: no checkpoint is opened. An upscaling network
     * works tile by tile, so that memory is bounded by the result, and as often as it takes; Lanczos makes the size
     * exact. Transparency stays; so does what the picture says of itself, with what was done behind.
     *
     * <pre>{@code
     * GeneratedImage large = generator.upscale(
     *         ImageInput.of(Path.of("fox.png")), new ImageSize(1024, 1024), "lanczos", GenerationContext.create());
     * }</pre>
     *
     * @param picture a picture that can be decoded
     * @param size what it becomes, with edges of 1 to 16384 pixels
     * @param upscaler one of {@link #upscalers}
     * @return a PNG
     * @throws dev.triptych.UnsupportedRequestException if the picture cannot be read, the size is too large, or there
     *     is no such upscaler
     * @throws ModelLoadException if the upscaler's file is damaged or holds something else
     */
    @Override
    @SuppressWarnings("try") // the turn is only closed
    public GeneratedImage upscale(ImageInput picture, ImageSize size, String upscaler, GenerationContext context) {
        Upscaling upscaling = new Upscaling(upscaler, size);
        return calls.run(context, call -> {
            call.context().checkActive(PROVIDER, Outcome.NOT_SENT);
            return withClearErrors(call.context(), () -> {
                Enlarger enlarger = enlargers.required(upscaler);
                try (Engine.Turn turn = engine.enter(call.context())) {
                    call.begin(CostClass.FREE);
                    return GeneratedImage.of(upscaling.of(picture, enlarger, watch(call.context())));
                }
            });
        });
    }

    private static Enlarger.Watch watch(GenerationContext context) {
        return new Enlarger.Watch() {
            @Override
            public Cancellation cancellation() {
                return context.cancellation();
            }

            @Override
            public void tileDone(int done, int total) {
                context.emit(new GenerationEvent.Progress(done, total));
                context.checkActive(PROVIDER, Outcome.NOT_SENT);
            }
        };
    }

    @Override
    @SuppressWarnings("try") // the turn is only closed
    public void prepare(GenerationContext context) {
        calls.run(
                context,
                call -> withClearErrors(call.context(), () -> {
                    Models opened = opened(call.context());
                    ImageRequest usual =
                            ImageRequest.builder().prompt("").seed(0).build();
                    PictureJob job = opened.reader(0).read(usual, new Notices(NegotiationMode.ADAPT));
                    try (Engine.Turn turn = engine.enter(call.context())) {
                        call.begin(CostClass.FREE);
                        opened.load(job, call.context());
                    }
                    return job;
                }));
    }

    /** An interrupt closes a file that is being read; too little memory is no defect of ours. */
    private static <T> T withClearErrors(GenerationContext context, Supplier<T> work) {
        try {
            return work.get();
        } catch (ModelLoadException e) {
            context.checkActive(PROVIDER, Outcome.NOT_SENT);
            throw e;
        } catch (OutOfMemoryError e) {
            throw LocalErrors.unsupported(
                    "a picture of this size needs more memory than Java's heap of "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MB has left: a smaller one, or a larger heap (-Xmx), would do",
                    e);
        }
    }

    private ImageResult paint(ImageRequest request, RunningCalls.Call call) {
        return painted(request, call, Optional.empty()).result();
    }

    /**
     * A request that was carried out.
     *
     * @param explanation how, where somebody looked on
     */
    private record Painted(ImageResult result, Optional<Explanation> explanation) {}

    @SuppressWarnings("try") // the turn is only closed
    private Painted painted(ImageRequest request, RunningCalls.Call call, Optional<PaintingWatch> watch) {
        GenerationContext context = call.context();
        Stopwatch stopwatch = new Stopwatch();
        Models opened = opened(context);
        refuseHugeSize(request, opened.family());
        opened.family().check(request);
        Optional<Outpainting> outpainting =
                Outpainting.of(request, opened.family().latents().factor());
        Negotiation.Negotiated negotiated = Negotiation.negotiate(
                asSet(outpainting.map(Outpainting::widened).orElse(request)),
                withNames(adapters.honoured(opened.family())),
                context.negotiation(),
                PROVIDER);
        ImageRequest seeded = withVariationSeed(
                negotiated.request().seed().isPresent()
                        ? negotiated.request()
                        : negotiated.request().toBuilder()
                                .seed(seeds.getAsLong())
                                .build());
        Notices notices = new Notices(context.negotiation());
        PictureJob read = opened.reader(settings.previewEvery()).read(seeded, notices);
        PictureJob whole = outpainting
                .map(wanted -> read.from(wanted.narrowed(read.request())))
                .orElse(read);
        if (request.size().isPresent()) {
            read.secondPass()
                    .ifPresent(second -> notices.notice(
                            "size", "the second pass makes " + second.job().size() + " of " + read.size()));
        }
        PictureJob asked = watch.map(each -> each.watched(whole)).orElse(whole);
        stopwatch.lap("prepare");
        try (Engine.Turn turn = engine.enter(context)) {
            stopwatch.lap("queue");
            call.begin(CostClass.FREE);
            Residence residence = opened.load(asked, context);
            PictureJob job = residence == Residence.NARROW ? asked.withDirectConvolutions() : asked;
            stopwatch.lap("load");
            context.emit(new GenerationEvent.Started(info()));
            Delivery delivery = paintAll(job, opened, context, stopwatch, watch);
            delivery.refuseAll();
            ImageResult result = result(opened, job, delivery, negotiated.warnings(), notices, stopwatch, context);
            DiffusionPipeline pipeline = new DiffusionPipeline(job, monitor(0, 1, context));
            return new Painted(result, watch.map(each -> each.explanation(result, pipeline::decode)));
        }
    }

    private ImageResult result(
            Models opened,
            PictureJob job,
            Delivery delivery,
            List<GenerationWarning> negotiated,
            Notices notices,
            Stopwatch stopwatch,
            GenerationContext context) {
        opened.tellRemarks(notices);
        engine.missingCuda()
                .ifPresent(reason -> notices.notice("device", "device is cuda but the CPU painted: " + reason));
        List<GenerationWarning> warnings = new ArrayList<>(negotiated);
        warnings.addAll(notices.all());
        ExecutionRecord execution = ExecutionRecord.of(info(), context, job.request(), stopwatch.total())
                .withDurations(stopwatch.laps());
        return new ImageResult(
                delivery.images(), delivery.failures(), warnings, Optional.empty(), Optional.empty(), execution);
    }

    /** A variation that does not say towards what is one towards a seed that is drawn. */
    private ImageRequest withVariationSeed(ImageRequest request) {
        Map<String, String> options = request.options();
        return options.containsKey(NoiseOptions.VARIATION_STRENGTH) && !options.containsKey(NoiseOptions.VARIATION_SEED)
                ? request.toBuilder()
                        .option(NoiseOptions.VARIATION_SEED, Long.toString(seeds.getAsLong()))
                        .build()
                : request;
    }

    /** Pictures, and those that the safety checker refused. */
    private record Delivery(List<GeneratedImage> images, List<ImageFailure> failures) {

        /** Where no picture is left, that is an exception and no result. */
        void refuseAll() {
            if (images.isEmpty()) {
                throw failures.size() == 1
                        ? failures.get(0).error()
                        : LocalErrors.refused("the safety checker refused all " + failures.size() + " pictures");
            }
        }
    }

    private Delivery paintAll(
            PictureJob job,
            Models opened,
            GenerationContext context,
            Stopwatch stopwatch,
            Optional<PaintingWatch> watch) {
        ImageRequest request = job.request();
        List<GeneratedImage> images = new ArrayList<>();
        List<ImageFailure> failures = new ArrayList<>();
        int total = job.allCalls();
        List<ConditioningPlan> texts =
                new DiffusionPipeline(job, monitor(0, total * request.count(), context)).encode();
        List<ConditioningPlan> secondTexts = job.secondPass()
                .map(second ->
                        new DiffusionPipeline(second.job(), monitor(0, total * request.count(), context)).encode())
                .orElse(List.of());
        watch.ifPresent(each -> each.encoded(texts.get(0)));
        stopwatch.lap("encode");
        for (int index = 0; index < request.count(); index++) {
            int before = index * total;
            DiffusionPipeline pipeline =
                    new DiffusionPipeline(job, monitor(before, total * request.count(), context, watch));
            long seed = job.noise().seed(request.seed().orElseThrow(), index);
            NormalSource noise = job.noise().of(index).stream(seed);
            NormalSource again = job.noise().of(index).stream(seed);
            float[] latents = finite(job, () -> pipeline.denoise(texts, noise));
            stopwatch.lap("denoise");
            Pixels picture = job.secondPass().isEmpty()
                    ? finite(job, () -> pipeline.decode(latents))
                    : larger(
                            job.secondPass().get(),
                            secondTexts,
                            latents,
                            pipeline,
                            again,
                            monitor(before + job.calls(), total * request.count(), context),
                            stopwatch);
            stopwatch.lap("decode");
            if (opened.safetyChecker().isPresent()) {
                List<Integer> concepts = opened.safetyChecker().get().found(engine, picture, context.cancellation());
                stopwatch.lap("safety checker");
                if (!concepts.isEmpty()) {
                    failures.add(new ImageFailure(
                            index,
                            LocalErrors.refused("the safety checker refused the picture: concepts " + concepts)));
                    continue;
                }
            }
            byte[] png = Provenance.stamp(
                    picture.toPng(),
                    job.request(index),
                    info(),
                    seed,
                    Infotext.of(job, opened.safetyChecker().isPresent(), index, seed, info()));
            images.add(GeneratedImage.of(png).withSeed(seed));
            stopwatch.lap("write");
        }
        return new Delivery(images, failures);
    }

    /** The picture of a second pass over {@code latents}. */
    private static Pixels larger(
            SecondPass second,
            List<ConditioningPlan> texts,
            float[] latents,
            DiffusionPipeline first,
            NormalSource noise,
            DiffusionPipeline.StepMonitor monitor,
            Stopwatch stopwatch) {
        DiffusionPipeline pipeline = new DiffusionPipeline(second.job(), monitor);
        float[] again = finite(second.job(), () -> pipeline.again(second, texts, latents, first, noise));
        stopwatch.lap("denoise");
        return finite(second.job(), () -> pipeline.decode(again));
    }

    /**
     * Numbers that are not finite though the weights are: with guidance, or a scheduler that was changed, the settings
     * are the likely cause, and the model is not blamed.
     */
    private static <T> T finite(PictureJob job, Supplier<T> work) {
        try {
            return work.get();
        } catch (NotFiniteException e) {
            boolean changed =
                    job.request().options().keySet().stream().anyMatch(key -> key.startsWith("local.scheduler."));
            double scale = job.main().guidance().scale();
            if (changed || scale > 1) {
                throw LocalErrors.unsupported(
                        "settings must keep all numbers finite but " + e.getMessage() + ": guidanceScale " + scale
                                + (changed ? " or the scheduler's changed keys are" : " is") + " the likely cause",
                        e);
            }
            throw new ModelLoadException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The largest picture instead of a huge one would take hours: it is refused, not adapted. */
    private static void refuseHugeSize(ImageRequest request, Family family) {
        int most = family.capabilities().sizes().maxEdge();
        request.size()
                .filter(size -> Math.max(size.width(), size.height()) > most)
                .ifPresent(size -> {
                    throw LocalErrors.unsupported(
                            "size must have edges of at most " + most + " pixels but was " + size);
                });
    }

    /**
     * Turns the steps of one picture into the progress of the whole request, and stops it when nobody waits any more.
     */
    private DiffusionPipeline.StepMonitor monitor(int before, int all, GenerationContext context) {
        return monitor(before, all, context, Optional.empty());
    }

    private DiffusionPipeline.StepMonitor monitor(
            int before, int all, GenerationContext context, Optional<PaintingWatch> watch) {
        return new DiffusionPipeline.StepMonitor() {
            @Override
            public void stepDone(int done, int total) {
                context.emit(new GenerationEvent.Progress(before + done, all));
                context.checkActive(PROVIDER, Outcome.NOT_SENT);
            }

            @Override
            public void preview(Pixels unfinished) {
                context.emit(new GenerationEvent.Preview(GenerationEvent.PreviewImage.of(unfinished.toPng())));
            }

            @Override
            public void evaluated(DiffusionPipeline.Evaluation evaluation) {
                watch.ifPresent(each -> each.evaluated(evaluation));
            }

            @Override
            public void partDone() {
                engine.partDone();
            }

            @Override
            public Cancellation cancellation() {
                return context.cancellation();
            }
        };
    }

    /**
     * What the checkpoint can do. Reads its configs where nobody did; while a checkpoint is being unpacked or
     * downloaded, or still has to be, provisional ones.
     *
     * @throws ModelLoadException if the checkpoint cannot be read
     */
    @Override
    public Capabilities capabilities() {
        Models known = openedSoon();
        return withNames(known == null ? ProvisionalCapabilities.of(settings) : adapters.honoured(known.family()));
    }

    /** {@code model} with the names of this generator's controls. */
    private Capabilities withNames(Capabilities model) {
        int most = model.inputRule(InputRole.CONTROL).most();
        return most == 0
                ? model
                : model.toBuilder()
                        .inputs(
                                InputRole.CONTROL,
                                InputRule.named(most, settings.controls().keySet()))
                        .build();
    }

    @Override
    public ImageRequest pinned(ImageRequest request) {
        boolean namesNone = settings.adapterSources().findAny().isEmpty();
        boolean allHere =
                settings.adapterSources().allMatch(source -> here(source).isPresent());
        ImageRequest written = asSet(request);
        ImageRequest plain = written.options().containsKey(PictureOptions.PREVIEW_EVERY)
                ? written.toBuilder().options(withoutPreviews(written)).build()
                : written;
        ImageRequest stated = allHere ? enlargers.stated(plain) : plain;
        return namesNone || !allHere ? stated : controls.pinned(adapters.pinned(stated));
    }

    /** Previews change no pixel: with and without them it is the same picture. */
    private static Map<String, String> withoutPreviews(ImageRequest request) {
        Map<String, String> options = new TreeMap<>(request.options());
        options.remove(PictureOptions.PREVIEW_EVERY);
        return options;
    }

    /**
     * The request with what the settings say where it does not: its prompt's syntax, its speed, precision and memory.
     */
    private ImageRequest asSet(ImageRequest request) {
        Map<String, String> options = new HashMap<>(request.options());
        if (!settings.promptSyntax().equals(PromptSyntax.PLAIN.id())) {
            options.putIfAbsent(PromptOptions.SYNTAX, settings.promptSyntax());
        }
        if (!settings.speed().equals(Speed.EXACT.id())) {
            options.putIfAbsent(LoopOptions.SPEED, settings.speed());
        }
        if (!settings.precision().equals(Precision.FP32.id())) {
            options.putIfAbsent(LoopOptions.PRECISION, settings.precision());
        }
        if (settings.memory().equals("low")) {
            options.putIfAbsent(LoopOptions.CONVOLUTION, ConvolutionForm.DIRECT.id());
        }
        return options.equals(request.options())
                ? request
                : request.toBuilder().options(options).build();
    }

    /** Where a model or file is that has been downloaded, or never had to be. */
    private Optional<Path> here(ModelSource source) {
        return ModelHub.path(source).or(() -> hub.get().cached(source));
    }

    /** Where a LoRA or textual inversion is: all have been downloaded when the model has. */
    private Path place(ModelSource source) {
        return here(source)
                .orElseThrow(() -> new ModelLoadException(source + " must have been downloaded but is not here"));
    }

    @Override
    public GeneratorInfo info() {
        Models known;
        try {
            known = openedSoon();
        } catch (ModelLoadException e) {
            known = null; // who asks for a picture hears why
        }
        if (known != null) {
            return new GeneratorInfo(name, PROVIDER, known.family().model(), known.revision(), true);
        }
        String model = settings.checkpoint().map(ModelSource::shortName).orElse("bundled");
        return new GeneratorInfo(
                name, PROVIDER, model, Models.bundledRevision(settings).orElse(""), true);
    }

    /**
     * The models, read from their configs if that has not been done; first downloaded, without a lock, if they are not
     * here. A failure is forgotten.
     */
    private Models opened(GenerationContext context) {
        Models known = models;
        return known != null ? known : opened(LocalFiles.find(settings, hub, context));
    }

    private Models opened(LocalFiles files) {
        opening.lock();
        try {
            Models read = models;
            if (read == null) {
                read = Models.open(files, adapters, controls, enlargers, engine);
                models = read;
            }
            return read;
        } finally {
            opening.unlock();
        }
    }

    /** The models if they are known or can be read within milliseconds; else null. */
    private @Nullable Models openedSoon() {
        Models known = models;
        if (known != null) {
            return known;
        }
        boolean unpacks = settings.checkpoint().isEmpty() && !BundledCheckpoint.isUnpacked(settings.cache());
        if (unpacks) {
            return null;
        }
        Optional<LocalFiles> files = LocalFiles.cached(settings, hub);
        return files.isPresent() ? opened(files.get()) : null;
    }

    /** Ends what runs and releases the models; who this generator was can still be asked. */
    @Override
    public void close() {
        calls.close(engine::close);
    }

    /** Collects the parts of a generator. Not thread-safe. */
    public static final class Builder {
        private String name = "local";
        private LocalSettings settings = LocalSettings.bundled();
        private Supplier<ModelHub> hub = ModelHub::ofEnvironment;
        private LongSupplier seeds = () -> Integer.toUnsignedLong(new SecureRandom().nextInt());

        private Builder() {}

        /** The generator's name; {@code "local"} by default. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        /** Files and devices, all at once. */
        public Builder settings(LocalSettings value) {
            settings = value;
            return this;
        }

        /** A Hugging Face diffusers directory; the bundled checkpoint by default. */
        public Builder checkpoint(Path folder) {
            settings = settings.withCheckpoint(folder);
            return this;
        }

        /** A checkpoint that may be on the hub; it is downloaded with the first request. */
        public Builder checkpoint(ModelSource source) {
            settings = settings.withCheckpoint(source);
            return this;
        }

        /** Where names on the hub lead; what the environment says by default. */
        Builder hub(ModelHub value) {
            hub = () -> value;
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
