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
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentGeometry;
import dev.triptych.diffusion.family.LoopOptions;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PromptOptions;
import dev.triptych.diffusion.guide.Guidance;
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
 * <tr><td>local.eta<td>noise of DDIM and TCD steps in [0, 1]<td>0
 * <tr><td>local.denoising-start, local.denoising-end<td>a part of the loop, in (0, 1)<td>the whole loop
 * <tr><td>local.lora<td>configured LoRAs with strengths, {@link Adapters}<td>none
 * <tr><td>local.prompt-syntax<td>plain or a1111<td>plain
 * <tr><td>local.long-prompts<td>whether long plain prompts are read in chunks, not cut<td>false
 * <tr><td>local.refiner-start<td>where the refiner takes over, in (0, 1)<td>0.8
 * </table>
 */
final class RequestReader {

    private static final double REFINER_START = 0.8;

    private final Family family;
    private final Optional<Family> refiner;
    private final Adapters adapters;

    /** Reads requests to {@code family}, which hands its latents to {@code refiner} where there is one. */
    RequestReader(Family family, Optional<Family> refiner, Adapters adapters) {
        this.family = family;
        this.refiner = refiner;
        this.adapters = adapters;
    }

    /**
     * The job of {@code request}.
     *
     * @throws dev.triptych.UnsupportedRequestException if an option or an input picture cannot be used
     */
    PictureJob read(ImageRequest request, Notices notices) {
        Options options = new Options(request.options());
        Family.Defaults defaults = family.defaults();
        int steps = request.steps().orElse(defaults.steps());
        double guidanceScale = request.guidanceScale().orElse(defaults.guidanceScale());
        Optional<Pixels> input =
                request.inputs(InputRole.START).stream().findFirst().map(RequestReader::decodeInput);
        ImageSize size = request.size()
                .orElseGet(() -> input.map(picture -> ownSize(picture, notices))
                        .orElse(family.capabilities().sizes().standard()));
        Optional<Start> start = input.map(picture -> start(picture, size, request, steps));
        Guidance guidance = guidance(options, guidanceScale, family.steering(guidanceScale, request, options), notices);
        Adapters.Chosen adapted = adapters.choose(family, request, options, notices);
        List<Stage> stages = stages(adapted, request, size, steps, guidanceScale, start, guidance, options, notices);
        LatentGeometry geometry = family.latents();
        return new PictureJob(
                effective(request, size, steps, guidanceScale, start, stages, adapted),
                size,
                geometry.of(size),
                start,
                stages,
                notices.all());
    }

    private List<Stage> stages(
            Adapters.Chosen adapted,
            ImageRequest request,
            ImageSize size,
            int steps,
            double guidanceScale,
            Optional<Start> start,
            Guidance guidance,
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
        stages.add(new Stage(adapted.family(), adapted.family().plan(wish, options, notices), loop, guidance));
        if (refiner.isPresent() && handOver.isPresent()) {
            Family second = adapted.on(refiner.get());
            SchedulerConfig own = scheduler(second, options);
            Range rest = new Range(1, false, handOver, OptionalDouble.empty());
            stages.add(new Stage(
                    second,
                    second.plan(wish, options, new Notices(NegotiationMode.ADAPT)),
                    planned(() -> LoopPlan.of(own, steps, arguments, rest)),
                    guidance));
        }
        int calls = stages.stream().mapToInt(stage -> stage.loop().calls()).sum();
        if (calls < 1) {
            throw LocalErrors.unsupported("steps must leave at least one call of the denoiser but " + steps
                    + " steps leave none of the part that was asked for");
        }
        return stages;
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
                end);
    }

    private static OptionalDouble part(Options options, String key) {
        OptionalDouble part = options.number(key, 0, 1);
        if (part.isPresent() && (part.getAsDouble() == 0 || part.getAsDouble() == 1)) {
            throw LocalErrors.unsupported("option " + key + " must be above 0 and below 1 but was "
                    + options.text(key).orElse(""));
        }
        return part;
    }

    private Guidance guidance(Options options, double guidanceScale, OptionalDouble steering, Notices notices) {
        Guidance.Interval interval = options.has(LoopOptions.GUIDANCE_INTERVAL)
                ? options.checked(LoopOptions.GUIDANCE_INTERVAL, Guidance.Interval::parse)
                : Guidance.Interval.ALWAYS;
        if (!interval.equals(Guidance.Interval.ALWAYS) && steering.isEmpty()) {
            notices.ignored(
                    "options." + LoopOptions.GUIDANCE_INTERVAL,
                    LoopOptions.GUIDANCE_INTERVAL + " has no effect without classifier-free guidance");
        }
        return new Guidance(steering.orElse(guidanceScale), rescale(options, steering, notices), interval);
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

    private Start start(Pixels picture, ImageSize size, ImageRequest request, int steps) {
        Optional<Mask> mask = request.mask().map(RequestReader::decodeMask);
        Family.Defaults defaults = family.defaults();
        double strength = request.strength()
                .orElse(mask.isPresent() ? defaults.inpaintingStrength() : defaults.imageToImageStrength());
        boolean asked = request.strength().isPresent();
        if (!family.plansStrength() && !family.makesBegunSteps() && (int) (steps * strength) < 1) {
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
                strength);
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

    private static Pixels decodeInput(ImageInput input) {
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

    /** The request as it is carried out: what was filled in is written down. */
    private static ImageRequest effective(
            ImageRequest request,
            ImageSize size,
            int steps,
            double guidanceScale,
            Optional<Start> start,
            List<Stage> stages,
            Adapters.Chosen adapted) {
        Stage first = stages.get(0);
        Map<String, String> options = new TreeMap<>(request.options());
        options.putAll(adapted.options());
        options.putIfAbsent(LoopOptions.SCHEDULER, first.loop().config().className());
        options.put(
                LoopOptions.GUIDANCE_RESCALE, Float.toString(first.guidance().rescale()));
        options.putIfAbsent(PromptOptions.SYNTAX, PromptSyntax.PLAIN.id());
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
