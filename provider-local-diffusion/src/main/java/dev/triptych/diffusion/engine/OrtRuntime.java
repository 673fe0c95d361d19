package dev.triptych.diffusion.engine;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.triptych.ModelLoadException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * ONNX Runtime itself, started once in a process: its environment with one pool of threads for all models, and the
 * choice between CUDA and the CPU. Thread-safe.
 */
final class OrtRuntime {

    private static final System.Logger LOG = System.getLogger(OrtRuntime.class.getName());

    private static final Object LOCK = new Object();
    private static final Set<String> ANNOUNCED = new HashSet<>();

    /** What "auto" means here; it cannot change while the process lives. */
    private static Optional<ExecutionProvider> automatic = Optional.empty();

    /** The pool that all sessions share; empty if somebody else in this process started ONNX Runtime before us. */
    private static OptionalInt sharedThreads = OptionalInt.empty();

    private static boolean started;

    private final OrtEnvironment environment;
    private final EngineOptions options;
    private final ExecutionProvider provider;

    private OrtRuntime(OrtEnvironment environment, EngineOptions options, ExecutionProvider provider) {
        this.environment = environment;
        this.options = options;
        this.provider = provider;
    }

    /**
     * ONNX Runtime with {@code options}; the first call of a process starts it.
     *
     * @throws ModelLoadException if its native library cannot be loaded
     */
    static OrtRuntime start(EngineOptions options) {
        return DeepStack.call(() -> startHere(options));
    }

    private static OrtRuntime startHere(EngineOptions options) {
        synchronized (LOCK) {
            Optional<Path> driver = options.device().equals("cpu") ? Optional.empty() : CudaDriver.find();
            boolean mayUseCuda = driver.isPresent() && NativeLibraries.hasCuda();
            OrtEnvironment environment = environment(options, mayUseCuda);
            ExecutionProvider provider = options.device().equals("cpu")
                    ? new ExecutionProvider(false, "asked for")
                    : automatic.orElseGet(() -> probeCuda(driver.isPresent()));
            if (!options.device().equals("cpu")) {
                automatic = Optional.of(provider);
            }
            if (ANNOUNCED.add(provider.toString())) {
                LOG.log(
                        Level.INFO,
                        "Models run on {0} with {1} threads: {2}",
                        provider.cuda() ? "CUDA" : "the CPU",
                        options.threads(),
                        provider.reason());
            }
            return new OrtRuntime(environment, options, provider);
        }
    }

    OrtEnvironment environment() {
        return environment;
    }

    ExecutionProvider provider() {
        return provider;
    }

    /** Options for a session on the CPU with the threads that all share; the caller closes them. */
    SessionOptions plainOptions() throws OrtException {
        SessionOptions session = new SessionOptions();
        if (sharedThreads.isPresent() && sharedThreads.getAsInt() == options.threads()) {
            session.disablePerSessionThreads();
        } else {
            session.setIntraOpNumThreads(options.threads());
            session.setInterOpNumThreads(1);
            session.addConfigEntry("session.intra_op.allow_spinning", "0");
        }
        return session;
    }

    /** Whether networks that ask for {@code profile} compute with weights as they are handed over. */
    boolean keepsWeights(SessionProfile profile, Residence residence) {
        return !provider.cuda() && (residence == Residence.NARROW || (profile.loadsQuickly() && !options.throughput()));
    }

    /**
     * Options for a session; the caller closes them. On the CPU a steady network keeps the weights as they lie in the
     * file (no prepacking, no reordering for convolutions): it loads in a tenth of a second instead of ten, and one
     * evaluation takes 4 % longer.
     */
    SessionOptions sessionOptions(SessionProfile profile, Residence residence) throws OrtException {
        SessionOptions session = plainOptions();
        if (provider.cuda()) {
            try (OrtCUDAProviderOptions cuda = cudaOptions()) {
                session.addCUDA(cuda);
            }
            session.setOptimizationLevel(OptLevel.ALL_OPT);
            return session;
        }
        boolean quick = keepsWeights(profile, residence);
        session.setOptimizationLevel(quick ? OptLevel.EXTENDED_OPT : OptLevel.ALL_OPT);
        if (quick) {
            session.addConfigEntry("session.disable_prepacking", "1");
            // It would read weights that are handed over where the graph says they lie, which is nowhere.
            session.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        }
        session.setCPUArenaAllocator(usesArena(profile, residence));
        // A plan of memory would be one more block beside those of the first run: 340 MB for a U-Net of 512 × 512.
        session.setMemoryPatternOptimization(!quick);
        return session;
    }

    /**
     * Whether memory for activations comes from an arena, which uses it again within a run: a decoder of 512 × 512 then
     * touches 2 GB of new pages and not 5, half a second less; its peak is 0.4 GB higher, which is not done where
     * memory is short.
     */
    private static boolean usesArena(SessionProfile profile, Residence residence) {
        return profile.keepsActivations() || residence != Residence.NARROW;
    }

    /** What a run of such a network is told so that its arena is given back at its end, if that is wanted. */
    Optional<String> arenaToGiveBack(SessionProfile profile, Residence residence) {
        return !provider.cuda() && !profile.keepsActivations() && usesArena(profile, residence)
                ? Optional.of("cpu:0")
                : Optional.empty();
    }

    /** Whether quantised weights are widened when a network is loaded. */
    boolean widensBlocks() {
        return options.throughput() || provider.cuda();
    }

    /**
     * Leaves quantised weights in their blocks, in the file: each evaluation widens them anew, a matrix at a time. With
     * {@code throughput}, and on a GPU, they are widened once, and take four bytes an element from then on.
     */
    void keepBlocks(SessionOptions session) throws OrtException {
        if (widensBlocks()) {
            return;
        }
        session.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        // Without folding, ALL_OPT has a fusion of half-precision weights that can abort the process (1.28, 1.29).
        session.setOptimizationLevel(OptLevel.EXTENDED_OPT);
    }

    /**
     * Rearranges weights in 8-bit integers for the processor's matrix instructions when they are loaded, a copy that
     * takes the place of the file's pages: one evaluation takes a tenth less, loading a second more for a gigabyte.
     */
    void packIntegers(SessionOptions session) throws OrtException {
        session.addConfigEntry("session.disable_prepacking", "0");
    }

    private static OrtEnvironment environment(EngineOptions options, boolean cuda) {
        if (started) {
            return OrtEnvironment.getEnvironment();
        }
        NativeLibraries.prepare(options.cache(), cuda);
        try {
            OrtEnvironment environment = createEnvironment(options);
            environment.setTelemetry(false);
            ShutdownGuard.keepAlive(environment);
            started = true;
            return environment;
        } catch (OrtException | LinkageError e) {
            throw new ModelLoadException(
                    "ONNX Runtime's native library must load on this system (" + System.getProperty("os.name") + ", "
                            + System.getProperty("os.arch") + ") but did not: " + e.getMessage(),
                    e);
        }
    }

    private static OrtEnvironment createEnvironment(EngineOptions options) throws OrtException {
        try (OrtEnvironment.ThreadingOptions threading = new OrtEnvironment.ThreadingOptions()) {
            threading.setGlobalIntraOpNumThreads(options.threads());
            threading.setGlobalInterOpNumThreads(1);
            threading.setGlobalSpinControl(false);
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "triptych", threading);
            sharedThreads = OptionalInt.of(options.threads());
            return environment;
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "ONNX Runtime was started before: each model gets threads of its own");
            return OrtEnvironment.getEnvironment();
        }
    }

    private static ExecutionProvider probeCuda(boolean driverFound) {
        if (!driverFound) {
            return new ExecutionProvider(false, "no NVIDIA driver was found");
        }
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            return new ExecutionProvider(
                    false,
                    "an NVIDIA driver was found, but this is the CPU build of ONNX Runtime; onnxruntime_gpu has CUDA");
        }
        try (SessionOptions session = new SessionOptions();
                OrtCUDAProviderOptions cuda = cudaOptions()) {
            session.addCUDA(cuda);
            return new ExecutionProvider(true, "an NVIDIA driver was found");
        } catch (OrtException e) {
            return new ExecutionProvider(
                    false, "an NVIDIA driver was found, but CUDA did not start: " + e.getMessage());
        }
    }

    private static OrtCUDAProviderOptions cudaOptions() throws OrtException {
        OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0);
        cuda.add("cudnn_conv_algo_search", "HEURISTIC");
        cuda.add("arena_extend_strategy", "kSameAsRequested");
        cuda.add("use_tf32", "0");
        return cuda;
    }
}
