package dev.triptych.diffusion.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Makes schedulers from their configuration, and finds a configuration by a scheduler's name. Stateless. */
public final class Schedulers {

    /** A thousand times what any model was trained with. */
    private static final int MAX_TRAIN_STEPS = 1_000_000;

    private Schedulers() {}

    /**
     * The scheduler of one image.
     *
     * @param steps how many denoising steps, 1 to the training steps
     * @throws IllegalArgumentException if the class is unknown, its keys contradict each other, or it cannot take so
     *     many steps
     */
    public static Scheduler create(SchedulerConfig config, int steps, StepArguments arguments) {
        return create(config, steps, 1, arguments);
    }

    /**
     * The same for pipelines that let a distilled scheduler (LCM, TCD) plan all {@code steps} within the last part of
     * the noise, as diffusers' latent consistency image-to-image does; then the loop runs from call 0. Other schedulers
     * do not read {@code strength}: their image-to-image begins later in the loop.
     *
     * @param strength how much of the noise, above 0 to 1
     * @throws IllegalArgumentException as above, or if the strength is outside its range
     */
    public static Scheduler create(SchedulerConfig config, int steps, double strength, StepArguments arguments) {
        return create(config, steps, strength, FlowTimes.ofScheduler(), arguments);
    }

    /**
     * The same for pipelines of rectified-flow models, which have a say in the times of the loop.
     *
     * @throws IllegalArgumentException as above, or if the class cannot take such times
     */
    public static Scheduler create(
            SchedulerConfig config, int steps, double strength, FlowTimes times, StepArguments arguments) {
        SchedulerKind kind = config.kind();
        times.requireTakenBy(kind);
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        if (trainSteps < 1 || trainSteps > MAX_TRAIN_STEPS) {
            throw new IllegalArgumentException(
                    "num_train_timesteps must be between 1 and " + MAX_TRAIN_STEPS + " but was " + trainSteps);
        }
        if (steps < 1 || steps > trainSteps) {
            throw new IllegalArgumentException("steps must be between 1 and " + trainSteps + " but was " + steps);
        }
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength must be above 0 and at most 1 but was " + strength);
        }
        return switch (kind) {
            case DDIM -> new DdimScheduler(config, steps, arguments);
            case DDPM -> new DdpmScheduler(config, steps);
            case PNDM -> new PndmScheduler(config, steps);
            case EULER -> new EulerScheduler(config, steps, arguments);
            case EULER_ANCESTRAL -> new EulerAncestralScheduler(config, steps);
            case LMS -> new LmsScheduler(config, steps, arguments);
            case HEUN -> new HeunScheduler(config, steps);
            case KDPM2 -> Kdpm2Scheduler.of(config, steps, false);
            case KDPM2_ANCESTRAL -> Kdpm2Scheduler.of(config, steps, true);
            case DPM_MULTISTEP -> new DpmMultistepScheduler(config, steps);
            case DPM_SINGLESTEP -> new DpmSinglestepScheduler(config, steps);
            case DEIS -> new DeisScheduler(config, steps);
            case UNIPC -> new UniPcScheduler(config, steps);
            case LCM -> new LcmScheduler(config, steps, strength);
            case TCD -> new TcdScheduler(config, steps, strength, arguments);
            case EDM_EULER -> new EdmEulerScheduler(config, steps, arguments);
            case EDM_DPM_MULTISTEP -> new EdmDpmScheduler(config, steps);
            case IPNDM -> new IpndmScheduler(config, steps);
            case UNCLIP -> new UnClipScheduler(config, steps);
            case FLOW_MATCH_EULER -> new FlowMatchEulerScheduler(config, steps, times);
            case FLOW_MATCH_HEUN -> new FlowMatchHeunScheduler(config, steps);
        };
    }

    /**
     * The step arguments that were stated, wherever they came from, and have no effect with this configuration. An eta
     * or churn of 0 asks for nothing, and so is never ignored.
     *
     * @throws IllegalArgumentException if the class is unknown
     */
    public static List<IgnoredArgument> ignored(SchedulerConfig config, StepArguments arguments) {
        SchedulerKind kind = config.kind();
        List<IgnoredArgument> ignored = new ArrayList<>();
        if (arguments.eta().orElse(0) > 0 && !kind.readsEta()) {
            ignored.add(ignored("eta", kind, SchedulerKind::readsEta));
        }
        List<String> stated = arguments.statedOfChurn();
        for (String name : stated) {
            if (!kind.readsChurn()) {
                ignored.add(ignored(name, kind, SchedulerKind::readsChurn));
            } else if (!stated.contains("s_churn")) {
                ignored.add(new IgnoredArgument(name, name + " has no effect without s_churn"));
            }
        }
        if (arguments.lmsOrder() != StepArguments.DEFAULTS.lmsOrder() && !kind.readsOrder()) {
            ignored.add(ignored("order", kind, SchedulerKind::readsOrder));
        }
        return List.copyOf(ignored);
    }

    private static IgnoredArgument ignored(String name, SchedulerKind kind, Predicate<SchedulerKind> reads) {
        String readers = Arrays.stream(SchedulerKind.values())
                .filter(reads)
                .map(SchedulerKind::className)
                .collect(Collectors.joining(" and "));
        return new IgnoredArgument(
                name, name + " has no effect with " + kind.className() + "; it is read by " + readers);
    }

    /**
     * The checkpoint's own configuration, read by the scheduler of this name: a class name of diffusers
     * ({@code EulerDiscreteScheduler}) or a common name of other tools ({@code euler a}, {@code DPM++ 2M SDE Karras}).
     * Case, spaces, hyphens and underscores do not matter.
     *
     * @throws IllegalArgumentException if nothing is called so; the message lists the names, the nearest first
     */
    public static SchedulerConfig named(SchedulerConfig checkpointOwn, String name) {
        return SchedulerNames.apply(checkpointOwn, name);
    }

    /** The names of {@link #named} that fit many models: common names first, then class names. */
    public static List<String> names() {
        return SchedulerNames.all();
    }
}
