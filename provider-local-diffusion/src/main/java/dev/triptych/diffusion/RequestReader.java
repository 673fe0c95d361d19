package dev.triptych.diffusion;

import dev.triptych.AspectRatio;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.NegotiationMode;
import dev.triptych.SizeRule;
import dev.triptych.diffusion.LoopPlan.Range;
import dev.triptych.diffusion.PictureJob.Stage;
import dev.triptych.diffusion.PictureJob.Start;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Cascade;
import dev.triptych.diffusion.family.ControlOptions;
import dev.triptych.diffusion.family.ControlPicture;
import dev.triptych.diffusion.family.ConvolutionForm;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentGeometry;
import dev.triptych.diffusion.family.LoopOptions;
import dev.triptych.diffusion.family.NoiseOptions;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.family.Precision;
import dev.triptych.diffusion.family.PromptOptions;
import dev.triptych.diffusion.family.PromptPlan;
import dev.triptych.diffusion.family.Speed;
import dev.triptych.diffusion.family.SteeringOptions;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.diffusion.guide.Shortcuts;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.PromptSyntax;
import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.IgnoredArgument;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Turns a negotiated request into a {@link PictureJob}: reads every option once, fills in the checkpoint's defaults,
 * plans the loop. Immutable, thread-safe.
 *
 * <table>
 * <caption>Options whatever the family</caption>
 * <tr><th>key<th>meaning<th>default
 * <tr><td>local.scheduler<td>class name or common name of the scheduler<td>the checkpoint's own
 * <tr><td>local.scheduler.KEY<td>any key of scheduler_config.json<td>the checkpoint's own
 * <tr><td>local.guidance-rescale<td>φ in [0, 1]<td>the checkpoint's, else 0
 * <tr><td>local.guidance-interval<td>A-B: guidance in this part of the evaluations<td>0-1
 * <tr><td>local.speed<td>exact, balanced or fast: {@link Family#shortcuts}<td>exact
 * <tr><td>local.precision<td>fp32, int8 or auto: what the denoiser computes in<td>fp32
 * <tr><td>local.deep-cache<td>how many steps one computation of the deep part serves<td>0, off
 * <tr><td>local.deep-cache-branch<td>3 · level + layer, where the deep part begins<td>0
 * <tr><td>local.easy-cache<td>how far predictions may have moved while evaluations are left out<td>0, off
 * <tr><td>local.first-block-cache<td>how far what a transformer's first block adds may have moved while the others are
 * left out<td>0, off
 * <tr><td>local.cfg-plus-plus<td>whether CFG++ puts the unconditional pass's noise back<td>false
 * <tr><td>local.pag-scale, local.pag-adaptive, local.pag-layers<td>perturbed-attention guidance<td>0, 0, mid
 * <tr><td>local.freeu<td>b1,b2,s1,s2 of FreeU<td>none
 * <tr><td>local.noise<td>cpu or cuda: which of torch's generators a seed means<td>cpu
 * <tr><td>local.variation-seed, local.variation-strength<td>what the first noise is varied towards, and how far<td>drawn, 0
 * <tr><td>local.strength-rule<td>diffusers, a1111 or a1111-exact<td>diffusers
 * <tr><td>local.eta<td>noise of DDIM and TCD steps in [0, 1]<td>0
 * <tr><td>local.denoising-start, local.denoising-end<td>a part of the loop, in (0, 1)<td>the whole loop
 * <tr><td>local.lora<td>configured LoRAs with strengths, {@link Adapters}<td>none
 * <tr><td>local.annotate<td>what control pictures become before they steer, {@link Annotations}<td>as they are
 * <tr><td>local.guess-mode<td>whether ControlNets guess: they act on the pass with the text alone<td>false
 * <tr><td>local.prompt-syntax<td>plain or a1111<td>plain
 * <tr><td>local.long-prompts<td>whether long plain prompts are read in chunks, not cut<td>false
 * <tr><td>local.decoder<td>full or tiny: which autoencoder decodes<td>full
 * <tr><td>local.tiled-vae<td>true, false or auto: autoencoding tile by tile<td>auto: above 1024x1536 pixels
 * <tr><td>local.preview-every<td>an unfinished picture each so many evaluations<td>the generator's, 0 = none
 * <tr><td>local.hires-scale<td>how many times as large a second pass makes the picture<td>1 = none
 * <tr><td>local.hires-steps, local.hires-strength<td>the second pass's steps and strength<td>the first's, 0.7
 * <tr><td>local.hires-upscaler<td>latent, latent-bicubic, latent-nearest, lanczos, or a name<td>latent
 * <tr><td>local.keep-unmasked<td>whether pixels outside the mask stay the input's own<td>false
 * <tr><td>local.outpaint<td>LEFT,TOP,RIGHT,BOTTOM: pixels to paint around the input<td>none
 * <tr><td>local.tiled-diffusion<td>edge of the windows that the denoiser works on<td>the whole picture
 * <tr><td>local.refiner-start<td>where the refiner takes over, in (0, 1)<td>0.8
 * </table>
 */
final class RequestReader {

    private static final double REFINER_START = 0.8;

    private final Family family;
    private final Optional<Family> refiner;
    private final Adapters adapters;
    private final Controls controls;
    private final Enlargers enlargers;
    private final int previewEvery;

    /**
     * Reads requests to {@code family}, which hands its latents to {@code refiner} where there is one.
     *
     * @param previewEvery previews where a request does not say; 0 = none
     */
    RequestReader(
            Family family,
            Optional<Family> refiner,
            Adapters adapters,
            Controls controls,
            Enlargers enlargers,
            int previewEvery) {
        this.family = family;
        this.refiner = refiner;
        this.adapters = adapters;
        this.controls = controls;
        this.enlargers = enlargers;
        this.previewEvery = previewEvery;
    }

    /**
     * The job of {@code request}.
     *
     * @throws dev.triptych.UnsupportedRequestException if an option or an input picture cannot be used
     */
    PictureJob read(ImageRequest request, Notices notices) {
        Family.Defaults defaults = family.defaults();
        int steps = request.steps().orElse(defaults.steps());
        Options options = hurried(new Options(request.options()), steps, notices);
        double guidanceScale = request.guidanceScale().orElse(defaults.guidanceScale());
        Optional<Pixels> input = request.inputs(InputRole.START).stream()
                .filter(given -> !family.tells(request))
                .findFirst()
                .map(RequestReader::decodeInput);
        Optional<Pixels> shape = input.or(
                () -> request.inputs(InputRole.CONTROL).stream().findFirst().map(RequestReader::decodeInput));
        ImageSize size = request.size()
                .or(() -> family.sizeOf(request))
                .orElseGet(() -> shape.map(picture -> ownSize(picture, notices))
                        .orElse(family.capabilities().sizes().standard()));
        Optional<Start> start = input.map(picture -> start(picture, size, request, options, steps));
        NoisePlan noise = noise(options, start.isPresent(), notices);
        Guidance guidance = guidance(options, guidanceScale, family.steering(guidanceScale, request, options), notices);
        Adapters.Chosen adapted = adapters.choose(family, request, options, notices);
        Family.PromptWish words = new Family.PromptWish(request, size, guidanceScale, steps);
        Optional<Cascade> cascade = family.cascade(words, steps, options, notices);
        Shortcuts shortcuts = shortcuts(options, notices);
        Precision precision = precision(options, notices);
        if (options.has(LoopOptions.CONVOLUTION)) {
            options.checked(LoopOptions.CONVOLUTION, ConvolutionForm::parse); // the engine's plan asks for it
        }
        List<Stage> stages = cascade.isPresent()
                ? stages(cascade.get(), adapted.family(), words, options, notices)
                : stages(
                        adapted,
                        request,
                        size,
                        steps,
                        guidanceScale,
                        start,
                        guidance,
                        shortcuts,
                        precision,
                        options,
                        notices);
        LatentGeometry geometry = family.latents();
        RenderingReader renderings = new RenderingReader(options, previewEvery);
        boolean masked = start.flatMap(Start::mask).isPresent();
        Family last = stages.get(stages.size() - 1).family();
        Rendering rendering = renderings.read(family, last, geometry.of(size), masked, notices);
        PictureJob first = new PictureJob(
                cascade.isPresent()
                        ? effective(request, size, steps, guidanceScale, cascade.get())
                        : effective(request, options, size, steps, guidanceScale, start, stages, adapted, precision),
                size,
                geometry.of(size),
                start,
                noise,
                stages,
                rendering,
                Optional.empty(),
                List.of());
        Optional<SecondPass> second = new SecondPassReader(options, enlargers).read(first, renderings, notices);
        boolean elsewhere = rendering.windows().isPresent() || second.isPresent();
        if (elsewhere && !request.inputs(InputRole.CONTROL).isEmpty()) {
            throw LocalErrors.unsupported("option "
                    + (second.isPresent() ? PictureOptions.HIRES_SCALE : PictureOptions.TILED_DIFFUSION)
                    + " must not be given with a control picture, which is of the whole picture's size");
        }
        ImageRequest stated = second.map(pass -> pass.stated(first.request())).orElse(first.request());
        return new PictureJob(
                enlargers.stated(stated),
                size,
                first.latents(),
                start,
                noise,
                stages,
                rendering,
                second,
                notices.all());
    }

    /** The stages of a family with several loops, all of which read one prompt. */
    private static List<Stage> stages(
            Cascade cascade, Family model, Family.PromptWish words, Options options, Notices notices) {
        PromptPlan prompt = model.plan(words, options, notices);
        StepArguments arguments = StepArguments.DEFAULTS.withEta(0);
        Range whole = new Range(1, false, OptionalDouble.empty(), OptionalDouble.empty());
        List<Stage> stages = new ArrayList<>();
        for (Cascade.Loop loop : cascade.loops()) {
            LoopPlan plan = planned(() -> LoopPlan.of(loop.scheduler(), loop.steps(), arguments, whole));
            loop.scheduler().warnings().forEach(warning -> notices.notice("model", warning));
            Guidance guidance = new Guidance(loop.guidanceScale(), 0, Guidance.Interval.ALWAYS);
            stages.add(new Stage(model, prompt, plan, guidance, Shortcuts.NONE, Optional.of(loop.phase())));
        }
        return stages;
    }

    private List<Stage> stages(
            Adapters.Chosen adapted,
            ImageRequest request,
            ImageSize size,
            int steps,
            double guidanceScale,
            Optional<Start> start,
            Guidance guidance,
            Shortcuts shortcuts,
            Precision precision,
            Options options,
            Notices notices) {
        SchedulerConfig scheduler = scheduler(family, options);
        StepArguments arguments = arguments(scheduler, options, notices);
        OptionalDouble handOver = handOver(options, start, notices);
        Range range = range(start, options, handOver);
        FlowTimes times = family.times(scheduler, family.latents().of(size), steps);
        LoopPlan loop = planned(() -> LoopPlan.of(scheduler, steps, arguments, range, times));
        Family.PromptWish wish = new Family.PromptWish(
                request, size, guidanceScale, steps * loop.scheduler().order());
        List<Stage> stages = new ArrayList<>();
        Family first = controlled(
                computedIn(precision, adapted.family().changed(options)), request, size, loop, options, notices);
        stages.add(new Stage(first, first.plan(wish, options, notices), loop, guidance, shortcuts));
        if (refiner.isPresent() && handOver.isPresent()) {
            Family second = computedIn(precision, adapted.on(refiner.get()));
            SchedulerConfig own = scheduler(second, options);
            Range rest = new Range(1, false, handOver, OptionalDouble.empty());
            stages.add(new Stage(
                    second,
                    second.plan(wish, options, new Notices(NegotiationMode.ADAPT)),
                    planned(() -> LoopPlan.of(own, steps, arguments, rest)),
                    guidance.unperturbed(),
                    Shortcuts.NONE));
        }
        int calls = stages.stream().mapToInt(stage -> stage.loop().calls()).sum();
        if (calls < 1) {
            throw LocalErrors.unsupported("steps must leave at least one call of the denoiser but " + steps
                    + " steps leave none of the part that was asked for");
        }
        if (guidance.plusPlus()) {
            stages.forEach(stage -> options.checked(
                    LoopOptions.CFG_PLUS_PLUS, value -> stage.loop().noiseLeft()));
        }
        return stages;
    }

    /** {@code model} steered by the request's control pictures. */
    private Family controlled(
            Family model, ImageRequest request, ImageSize size, LoopPlan loop, Options options, Notices notices) {
        boolean guess = options.flag(ControlOptions.GUESS_MODE);
        List<ControlPicture> pictures = controls.pictures(model, request, size, loop, options);
        if (pictures.isEmpty()) {
            if (guess) {
                notices.ignored(
                        "options." + ControlOptions.GUESS_MODE,
                        ControlOptions.GUESS_MODE + " has no effect without a control picture");
            }
            if (options.has(ControlOptions.ANNOTATE)) {
                notices.ignored(
                        "options." + ControlOptions.ANNOTATE,
                        ControlOptions.ANNOTATE + " has no effect without a control picture");
            }
            return model;
        }
        return model.controlledBy(pictures, guess);
    }

    /** Where the base model hands over to the refiner; empty without one. */
    private OptionalDouble handOver(Options options, Optional<Start> start, Notices notices) {
        OptionalDouble asked = part(options, LoopOptions.REFINER_START);
        if (refiner.isEmpty()) {
            if (asked.isPresent()) {
                notices.ignored(
                        "options." + LoopOptions.REFINER_START,
                        LoopOptions.REFINER_START + " has no effect without a refiner");
            }
            return OptionalDouble.empty();
        }
        if (start.flatMap(Start::mask).isPresent() && family.seesMask()) {
            throw LocalErrors.unsupported(
                    "mask must not be given to an inpainting U-Net with a refiner, which does not see it");
        }
        return OptionalDouble.of(asked.orElse(REFINER_START));
    }

    private Range range(Optional<Start> start, Options options, OptionalDouble handOver) {
        OptionalDouble from = part(options, LoopOptions.DENOISING_START);
        OptionalDouble to = part(options, LoopOptions.DENOISING_END);
        OptionalDouble end = to.isPresent() ? to : handOver;
        if (from.isPresent() && end.isPresent() && from.getAsDouble() >= end.getAsDouble()) {
            throw LocalErrors.unsupported("option " + LoopOptions.DENOISING_START + " must be below "
                    + end.getAsDouble() + ", where the loop ends, but was " + from.getAsDouble());
        }
        if (from.isPresent() && start.isEmpty()) {
            throw LocalErrors.unsupported("option " + LoopOptions.DENOISING_START
                    + " must come with an input picture to go on from but there was none");
        }
        return new Range(
                start.map(Start::strength).orElse(1.0),
                start.isPresent() && family.plansStrength(),
                family.makesBegunSteps(),
                from,
                end,
                start.map(Start::rule).orElse(StrengthRule.DIFFUSERS));
    }

    private static OptionalDouble part(Options options, String key) {
        OptionalDouble part = options.number(key, 0, 1);
        if (part.isPresent() && (part.getAsDouble() == 0 || part.getAsDouble() == 1)) {
            throw LocalErrors.unsupported("option " + key + " must be above 0 and below 1 but was "
                    + options.text(key).orElse(""));
        }
        return part;
    }

    private static Family computedIn(Precision precision, Family model) {
        return precision == Precision.INT8 ? model.inIntegers() : model;
    }

    /** What the denoisers compute in: never {@link Precision#AUTO}. */
    private Precision precision(Options options, Notices notices) {
        Precision asked = options.has(LoopOptions.PRECISION)
                ? options.checked(LoopOptions.PRECISION, Precision::parse)
                : Precision.FP32;
        if (asked == Precision.FP32) {
            return asked;
        }
        Optional<String> obstacle = integerObstacle();
        if (asked == Precision.INT8 && obstacle.isPresent()) {
            throw LocalErrors.unsupported(
                    "option " + LoopOptions.PRECISION + " must be fp32 but was int8: " + obstacle.get());
        }
        if (asked == Precision.AUTO) {
            notices.notice(
                    "options." + LoopOptions.PRECISION,
                    "precision auto painted with "
                            + obstacle.map(why -> "fp32: " + why).orElse("int8"));
        }
        return obstacle.isPresent() ? Precision.FP32 : Precision.INT8;
    }

    /** Why not all denoisers of a picture can compute in integers; empty = they can. */
    private Optional<String> integerObstacle() {
        return family.integerObstacle().or(() -> refiner.flatMap(Family::integerObstacle));
    }

    /** The options with those that a speed means, where the request does not say them itself. */
    private Options hurried(Options options, int steps, Notices notices) {
        Speed speed = options.has(LoopOptions.SPEED) ? options.checked(LoopOptions.SPEED, Speed::parse) : Speed.EXACT;
        Map<String, String> shortcuts = new TreeMap<>(family.shortcuts(speed, steps));
        if (!shortcuts.isEmpty() && integerObstacle().isEmpty()) {
            shortcuts.put(LoopOptions.PRECISION, Precision.INT8.id());
        }
        shortcuts.keySet().removeIf(options::has);
        if (!shortcuts.isEmpty()) {
            notices.notice(
                    "options." + LoopOptions.SPEED,
                    "speed " + speed.id() + " painted with "
                            + shortcuts.entrySet().stream()
                                    .map(option -> option.getKey() + " " + option.getValue())
                                    .collect(Collectors.joining(", ")));
        } else if (speed != Speed.EXACT) {
            notices.notice(
                    "options." + LoopOptions.SPEED,
                    "speed " + speed.id() + " painted as exact does: this model with " + steps
                            + " steps leaves nothing out, or the request says all of it");
        }
        return options.or(shortcuts);
    }

    private Guidance guidance(Options options, double guidanceScale, OptionalDouble steering, Notices notices) {
        Guidance.Interval interval = options.has(LoopOptions.GUIDANCE_INTERVAL)
                ? options.checked(LoopOptions.GUIDANCE_INTERVAL, Guidance.Interval::parse)
                : Guidance.Interval.ALWAYS;
        boolean plusPlus = options.flag(LoopOptions.CFG_PLUS_PLUS);
        if (steering.isEmpty()) {
            requireGuided(!interval.equals(Guidance.Interval.ALWAYS), LoopOptions.GUIDANCE_INTERVAL, notices);
            requireGuided(plusPlus, LoopOptions.CFG_PLUS_PLUS, notices);
        }
        double perturbed = options.number(SteeringOptions.PAG_SCALE, 0, 20).orElse(0);
        double adaptive = options.number(SteeringOptions.PAG_ADAPTIVE, 0, 1).orElse(0);
        if (perturbed == 0) {
            for (String key : List.of(SteeringOptions.PAG_ADAPTIVE, SteeringOptions.PAG_LAYERS)) {
                requireBeside(SteeringOptions.PAG_SCALE, key, options, notices);
            }
        }
        return new Guidance(
                steering.orElse(guidanceScale),
                rescale(options, steering, notices),
                interval,
                perturbed == 0 ? Optional.empty() : Optional.of(new Guidance.Perturbation(perturbed, adaptive)),
                plusPlus && steering.isPresent());
    }

    private static void requireGuided(boolean asked, String key, Notices notices) {
        if (asked) {
            notices.ignored("options." + key, key + " has no effect without classifier-free guidance");
        }
    }

    private static void requireBeside(String other, String key, Options options, Notices notices) {
        if (options.has(key)) {
            notices.ignored("options." + key, key + " has no effect without " + other);
        }
    }

    private static Shortcuts shortcuts(Options options, Notices notices) {
        int deepCache = options.wholeNumber(SteeringOptions.DEEP_CACHE, 0, 1000).orElse(0);
        if (deepCache < 2) {
            requireBeside(SteeringOptions.DEEP_CACHE, SteeringOptions.DEEP_CACHE_BRANCH, options, notices);
        }
        return new Shortcuts(
                deepCache,
                options.number(LoopOptions.EASY_CACHE, 0, 10).orElse(0),
                options.number(LoopOptions.FIRST_BLOCK_CACHE, 0, 10).orElse(0));
    }

    private static NoisePlan noise(Options options, boolean hasInput, Notices notices) {
        boolean cuda = options.has(NoiseOptions.NOISE) && options.checked(NoiseOptions.NOISE, RequestReader::isCuda);
        double strength = options.number(NoiseOptions.VARIATION_STRENGTH, 0, 1).orElse(0);
        if (strength == 0) {
            requireBeside(NoiseOptions.VARIATION_STRENGTH, NoiseOptions.VARIATION_SEED, options, notices);
        }
        if (!hasInput && options.has(NoiseOptions.STRENGTH_RULE)) {
            options.checked(NoiseOptions.STRENGTH_RULE, StrengthRule::parse);
            notices.ignored(
                    "options." + NoiseOptions.STRENGTH_RULE,
                    NoiseOptions.STRENGTH_RULE + " has no effect without an input picture");
        }
        long seed = options.has(NoiseOptions.VARIATION_SEED)
                ? options.checked(NoiseOptions.VARIATION_SEED, RequestReader::seed)
                : 0;
        return new NoisePlan(cuda, seed, strength);
    }

    private static boolean isCuda(String name) {
        if (!name.equals("cpu") && !name.equals("cuda")) {
            throw new IllegalArgumentException("must be cpu or cuda but was \"" + name + "\"");
        }
        return name.equals("cuda");
    }

    private static long seed(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number but was \"" + text + "\"", e);
        }
    }

    private float rescale(Options options, OptionalDouble steering, Notices notices) {
        OptionalDouble asked = options.number(LoopOptions.GUIDANCE_RESCALE, 0, 1);
        if (asked.orElse(0) > 0 && steering.isEmpty()) {
            notices.ignored(
                    "options." + LoopOptions.GUIDANCE_RESCALE,
                    LoopOptions.GUIDANCE_RESCALE + " has no effect without classifier-free guidance");
        }
        return (float) asked.orElse(family.defaults().guidanceRescale());
    }

    private static SchedulerConfig scheduler(Family family, Options options) {
        SchedulerConfig own = family.scheduler();
        SchedulerConfig scheduler = options.has(LoopOptions.SCHEDULER)
                ? options.checked(LoopOptions.SCHEDULER, name -> Schedulers.named(own, name))
                : own;
        for (String key : new TreeMap<>(options.values()).keySet()) {
            if (key.startsWith(LoopOptions.SCHEDULER_KEY)) {
                SchedulerConfig before = scheduler;
                String name = key.substring(LoopOptions.SCHEDULER_KEY.length());
                scheduler = options.checked(key, value -> before.with(name, value));
            }
        }
        return scheduler;
    }

    private static StepArguments arguments(SchedulerConfig scheduler, Options options, Notices notices) {
        OptionalDouble eta = options.number(LoopOptions.ETA, 0, 1);
        StepArguments arguments = StepArguments.DEFAULTS.withEta(eta.orElse(0)); // as diffusers' pipelines pass it
        for (IgnoredArgument ignored : Schedulers.ignored(scheduler, arguments)) {
            notices.ignored("options.local." + ignored.name(), ignored.message());
        }
        scheduler.warnings().forEach(warning -> notices.notice("options." + LoopOptions.SCHEDULER, warning));
        return arguments;
    }

    /** A scheduler that contradicts itself, or cannot take so many steps, is found before any work. */
    private static LoopPlan planned(Supplier<LoopPlan> plan) {
        try {
            return plan.get();
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(String.valueOf(e.getMessage()), e);
        }
    }

    private Start start(Pixels picture, ImageSize size, ImageRequest request, Options options, int steps) {
        StrengthRule rule = options.has(NoiseOptions.STRENGTH_RULE)
                ? options.checked(NoiseOptions.STRENGTH_RULE, StrengthRule::parse)
                : StrengthRule.DIFFUSERS;
        Optional<Mask> mask = request.mask().map(RequestReader::decodeMask);
        Family.Defaults defaults = family.defaults();
        double strength = request.strength()
                .orElse(mask.isPresent() ? defaults.inpaintingStrength() : defaults.imageToImageStrength());
        boolean asked = request.strength().isPresent();
        boolean cuts = !family.plansStrength() && !family.makesBegunSteps() && rule == StrengthRule.DIFFUSERS;
        if (cuts && (int) (steps * strength) < 1) {
            if (asked || steps > 1) {
                throw LocalErrors.unsupported("strength must be at least 1/steps (" + 1.0 / steps
                        + ") to leave one step but was " + strength);
            }
            strength = 1; // a single step cannot be divided
        }
        if (strength == 0) {
            throw LocalErrors.unsupported("strength must be above 0 to change anything but was 0.0");
        }
        return new Start(
                picture.resizeLanczos(size.width(), size.height()),
                mask.map(given -> given.resize(size.width(), size.height())),
                strength,
                rule);
    }

    /**
     * The input's own size, each edge rounded down to what the codec can take, as diffusers' image processor does; of
     * one that is larger than can be painted, a size of its shape and the usual area.
     */
    private ImageSize ownSize(Pixels picture, Notices notices) {
        SizeRule sizes = family.capabilities().sizes();
        int factor = sizes.multipleOf();
        ImageSize found = new ImageSize(picture.width(), picture.height());
        int width = picture.width() - picture.width() % factor;
        int height = picture.height() - picture.height() % factor;
        if (width == 0 || height == 0) {
            throw LocalErrors.unsupported(
                    "input must have " + sizes.describe() + ", or a size be given, but was " + found);
        }
        ImageSize rounded = new ImageSize(width, height);
        if (!sizes.accepts(rounded)) {
            ImageSize fitted = sizes.forRatio(new AspectRatio(found.width(), found.height()));
            notices.adapted(
                    "size",
                    "the input is " + found + ", edges may have " + sizes.maxEdge() + " at most; " + fitted
                            + " was taken: size says another");
            return fitted;
        }
        if (!rounded.equals(found)) {
            notices.notice(
                    "size",
                    "the input is " + found + " and edges are multiples of " + factor + "; " + rounded + " was taken");
        }
        return rounded;
    }

    static Pixels decodeInput(ImageInput input) {
        try {
            return Pixels.decode(input.bytes());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(String.valueOf(e.getMessage()), e);
        }
    }

    private static Mask decodeMask(ImageInput mask) {
        try {
            return Mask.decode(mask.bytes());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported("mask must be a picture that can be read but was not: " + e.getMessage(), e);
        }
    }

    /** The same for a family with several loops. */
    private static ImageRequest effective(
            ImageRequest request, ImageSize size, int steps, double guidanceScale, Cascade cascade) {
        Map<String, String> options = new TreeMap<>(request.options());
        options.remove(PictureOptions.PREVIEW_EVERY); // changes no pixel
        options.putAll(cascade.options());
        return request.toBuilder()
                .size(size)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .options(options)
                .build();
    }

    /** The request as it is carried out: what was filled in is written down. */
    private ImageRequest effective(
            ImageRequest request,
            Options asked,
            ImageSize size,
            int steps,
            double guidanceScale,
            Optional<Start> start,
            List<Stage> stages,
            Adapters.Chosen adapted,
            Precision precision) {
        Stage first = stages.get(0);
        Map<String, String> options = new TreeMap<>(asked.values());
        options.remove(PictureOptions.PREVIEW_EVERY);
        options.putAll(adapted.options());
        controls.hashes(request).ifPresent(hashes -> options.put(ControlOptions.HASHES, hashes));
        options.putIfAbsent(LoopOptions.SCHEDULER, first.loop().config().className());
        options.put(
                LoopOptions.GUIDANCE_RESCALE, Float.toString(first.guidance().rescale()));
        options.putIfAbsent(PromptOptions.SYNTAX, PromptSyntax.PLAIN.id());
        options.putIfAbsent(LoopOptions.SPEED, Speed.EXACT.id());
        options.put(LoopOptions.PRECISION, precision.id());
        options.putAll(first.family().effective(first.prompt()));
        if (stages.size() > 1) {
            options.putIfAbsent(LoopOptions.REFINER_START, Double.toString(REFINER_START));
        }
        ImageRequest.Builder effective = request.toBuilder()
                .size(size)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .options(options);
        start.ifPresent(given -> effective.strength(given.strength()));
        return effective.build();
    }
}
