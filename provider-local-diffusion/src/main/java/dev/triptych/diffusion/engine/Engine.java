package dev.triptych.diffusion.engine;

import ai.onnxruntime.OrtException;
import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs networks on this machine. Requests wait for their turn in one fair queue; evaluations happen one after the other
 * on one thread; loaded networks are kept and evicted by bytes. Nothing is started before it is needed. Thread-safe.
 *
 * <p>Every method that evaluates or loads can be cancelled, or interrupted, within milliseconds, and throws
 * {@link dev.triptych.GenerationCancelledException} then.
 *
 * <pre>{@code
 * try (Engine engine = new Engine(options)) {
 *     Map<String, Tensor> out = engine.run(network, Shape.of(64, 64), feeds, Set.of("sample"), cancellation);
 * }
 * }</pre>
 */
public final class Engine implements AutoCloseable {

    /** Of the machine's memory, what copies of weights may take. */
    private static final double SHARE = 0.6;

    private static final System.Logger LOG = System.getLogger(Engine.class.getName());

    private final EngineOptions options;
    private final FreeMemory memory = FreeMemory.ofMachine();
    private final FairQueue queue = new FairQueue();
    private final ModelWorker worker = new ModelWorker("triptych-networks");

    /** Used on the worker's thread alone. */
    private @Nullable SessionCache sessions;

    private volatile @Nullable OrtRuntime runtime;

    private volatile Residence residence;

    private final Optional<IdleRelease> idle;

    /** What was logged last; used on the worker's thread alone. */
    private String announced = "";

    @SuppressWarnings("NullableOptional") // null = not looked for yet
    private volatile @Nullable Optional<String> integerObstacle;

    /** An engine that will run with {@code options}. */
    public Engine(EngineOptions options) {
        this.options = options;
        this.residence = options.memory().equals("low") ? Residence.NARROW : Residence.KEPT;
        this.idle = options.unloadAfter().map(time -> new IdleRelease(time, IdleRelease.timer(), this::releaseAll));
    }

    /**
     * A network for one shape.
     *
     * @param network which
     * @param shape the sizes its graph is built for
     */
    public record Use(Network network, Shape shape) {}

    /** A turn; closing it lets the next request through. */
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits until a request has its turn, telling its listener each new position in the queue.
     *
     * @throws dev.triptych.GenerationCancelledException if the wait was cancelled or interrupted
     * @throws dev.triptych.ProviderUnavailableException if the deadline passed
     */
    public Turn enter(GenerationContext context) {
        Turn turn = queue.enter(context);
        idle.ifPresent(IdleRelease::begin);
        return () -> {
            turn.close();
            idle.ifPresent(IdleRelease::end);
        };
    }

    /**
     * Decides how long the networks of one picture stay in memory, and in which form; what is loaded from now on
     * follows it. On a GPU, and where all are loaded already, nothing changes.
     *
     * @param direct whether the picture's convolutions must be direct ones, or must not; empty = either
     * @param phases the networks that are needed at the same time, phase by phase
     * @throws dev.triptych.UnsupportedRequestException if they fit in no way, before anything is loaded
     * @throws ModelLoadException if weights do not fit their configs
     */
    public Residence plan(Optional<Boolean> direct, List<List<Use>> phases, Cancellation cancellation) {
        return worker.call(
                control -> {
                    SessionCache cache = sessions();
                    if (Objects.requireNonNull(runtime).provider().cuda() || stays(cache, direct, phases)) {
                        return residence;
                    }
                    List<List<MemoryPlan.Need>> needs = phases.stream()
                            .map(phase -> phase.stream()
                                    .map(use -> cache.need(use.network(), use.shape()))
                                    .toList())
                            .toList();
                    long free = memory.bytes();
                    MemoryPlan plan = MemoryPlan.choose(options.memory(), direct, needs, free + cache.bytes());
                    residence = plan.residence();
                    cache.setResidence(residence);
                    if (plan.needed() > free) {
                        cache.keepOnly(phases); // what they give back was counted with
                    }
                    announce(plan);
                    return residence;
                },
                cancellation);
    }

    /** Whether everything is loaded as it may be. */
    private boolean stays(SessionCache cache, Optional<Boolean> direct, List<List<Use>> phases) {
        boolean fits = residence == Residence.KEPT && !direct.orElse(false);
        return fits && phases.stream().flatMap(List::stream).allMatch(use -> cache.has(use.network(), use.shape()));
    }

    private void announce(MemoryPlan plan) {
        if (!announced.equals(plan.residence().description())) {
            announced = plan.residence().description();
            LOG.log(Level.INFO, "Memory: {0}", plan.describe());
        }
    }

    /** A picture needs the networks no longer that were used: they are released, where the plan is so. */
    public void partDone() {
        if (residence.releases() && !isOnCuda()) {
            releaseAll();
        }
    }

    private void releaseAll() {
        worker.call(
                control -> {
                    if (sessions != null) {
                        sessions.closeAll();
                    }
                    return true;
                },
                new Cancellation());
    }

    /**
     * Loads {@code network} for {@code shape}, and returns whether it was not loaded before.
     *
     * @throws ModelLoadException if it cannot be loaded
     */
    public boolean prepare(Network network, Shape shape, Cancellation cancellation) {
        return call(network, shape, cancellation, control -> {
            boolean isNew = !sessions().has(network, shape);
            sessions().get(network, shape);
            return isNew;
        });
    }

    /**
     * One evaluation of {@code network}, loaded first if need be.
     *
     * @param shape the sizes its graph is built for
     * @param feeds the inputs, by the names of its graph
     * @param outputs which outputs to return
     * @throws ModelLoadException if it cannot be loaded, or a damaged weight makes an output NaN
     * @throws NotFiniteException if an output is not finite though the weights are
     */
    public Map<String, Tensor> run(
            Network network, Shape shape, Map<String, Tensor> feeds, Set<String> outputs, Cancellation cancellation) {
        return call(network, shape, cancellation, control -> {
            ModelSession session = sessions().get(network, shape);
            return control.evaluate(runOptions -> session.run(feeds, outputs, runOptions));
        });
    }

    /** What computes and why, such as {@code "CPU (no NVIDIA driver was found)"}; empty before the first load. */
    public Optional<String> device() {
        return Optional.ofNullable(runtime).map(started -> started.provider().toString());
    }

    /** Where files may be kept that can be made again. */
    public Path cache() {
        return options.cache();
    }

    /**
     * Why networks cannot be computed in 8-bit integers here; empty = they can. Starts ONNX Runtime where nothing did.
     *
     * @throws ModelLoadException if it cannot be started
     */
    public Optional<String> integerObstacle() {
        Optional<String> known = integerObstacle;
        if (known == null) {
            known = worker.call(
                    control -> {
                        sessions();
                        return IntegerProducts.obstacle(Objects.requireNonNull(runtime));
                    },
                    new Cancellation());
            integerObstacle = known;
        }
        return known;
    }

    /** Whether networks run on CUDA; false before the first load. */
    public boolean isOnCuda() {
        OrtRuntime started = runtime;
        return started != null && started.provider().cuda();
    }

    /** Why CUDA was asked for and the CPU computes; empty if that is not so, or before the first load. */
    public Optional<String> missingCuda() {
        OrtRuntime started = runtime;
        return started == null
                        || !options.device().equals("cuda")
                        || started.provider().cuda()
                ? Optional.empty()
                : Optional.of(started.provider().reason());
    }

    /** Stops what waits and what runs, and releases all networks. Nothing can be evaluated afterwards. */
    @Override
    public void close() {
        idle.ifPresent(IdleRelease::close);
        worker.close();
        SessionCache toClose = sessions; // the worker's thread has ended
        if (toClose == null) {
            return;
        }
        try {
            toClose.close();
        } catch (OrtException e) {
            throw new IllegalStateException("sessions that run nothing must close but did not", e);
        }
    }

    private <T> T call(Network network, Shape shape, Cancellation cancellation, RunControl.Work<T> work) {
        try {
            return worker.call(work, cancellation);
        } catch (ModelWorker.ModelFailure e) {
            throw new ModelLoadException(
                    "the " + network.label() + " of " + network.source() + " must run"
                            + (shape.axes().isEmpty() ? "" : " at " + shape) + " but ONNX Runtime failed: "
                            + e.getMessage(),
                    e);
        }
    }

    private SessionCache sessions() {
        if (sessions == null) {
            OrtRuntime started = OrtRuntime.start(options);
            runtime = started;
            sessions = new SessionCache(started, (long) (SHARE * physicalMemory()), residence);
        }
        return sessions;
    }

    private static long physicalMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }
}
