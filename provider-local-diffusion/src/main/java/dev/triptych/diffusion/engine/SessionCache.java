package dev.triptych.diffusion.engine;

import ai.onnxruntime.OrtException;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The loaded networks, one session for each shape in use, the longest unused closed first when their own copies of
 * weights take too much memory. Used on the worker's thread alone.
 */
final class SessionCache implements AutoCloseable {

    /** Weights up to this size are searched for NaN when a network loads; larger ones when an output is not finite. */
    private static final long CHECKED_AT_LOAD = 256L << 20;

    /** Sessions of one network beside each other; each keeps memory for activations too. */
    private static final int SHAPES = 4;

    /** What the copies of weights in a network's further sessions may take together. */
    private static final long FURTHER_SHAPES = 1L << 30;

    /**
     * What a network computes in, in values of the size of its largest: measured with Stable Diffusion 1.5 at 512 ×
     * 512, 0.4 GB for the U-Net (21 MB) and 1.5 GB for the decoder (268 MB), with a little to spare.
     */
    private static final long STEADY_VALUES = 20;

    private static final long MOMENTARY_VALUES = 6;

    private final OrtRuntime runtime;
    private final long budget;
    private final PreparedWeights prepared;
    private final Map<Key, ModelSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** Graphs that were built to count what they need, until they are loaded. */
    private final Map<Key, ModelGraph> counted = new HashMap<>();

    private Residence residence;

    private record Key(String lineage, String identity, Shape shape, Form form) {}

    private enum Form {
        READY_MADE,
        WIDE,
        NARROW
    }

    private Form form() {
        return residence == Residence.NARROW ? Form.NARROW : Form.WIDE;
    }

    /** A ready-made model takes any size. */
    private Key key(Network network, Shape shape) {
        return network.readyMade().isPresent()
                ? new Key(network.lineage(), network.identity(), Shape.none(), Form.READY_MADE)
                : new Key(network.lineage(), network.identity(), shape, form());
    }

    /**
     * An empty cache.
     *
     * @param budget what the copies of weights in all sessions may take together, in bytes
     * @param residence how long networks stay, and in which form, until {@link #setResidence} says otherwise
     */
    SessionCache(OrtRuntime runtime, long budget, Residence residence) {
        this.residence = residence;
        this.runtime = runtime;
        this.budget = budget;
        this.prepared = new PreparedWeights(runtime);
    }

    /**
     * The session of {@code network} for {@code shape}, loaded if need be.
     *
     * @throws ModelLoadException if the weights do not fit the config, or ONNX Runtime refuses the model
     */
    ModelSession get(Network network, Shape shape) {
        Optional<Path> onnx = network.readyMade();
        Key key = key(network, shape);
        ModelSession session = sessions.get(key);
        if (session == null) {
            session = onnx.isPresent() ? loadReadyMade(network, onnx.get()) : load(network, shape, key);
            sessions.put(key, session);
        }
        return session;
    }

    /** Whether there is a session already. */
    boolean has(Network network, Shape shape) {
        return sessions.containsKey(key(network, shape));
    }

    /** How networks are loaded from now on; those in another form are closed. */
    void setResidence(Residence next) {
        residence = next;
        counted.keySet().removeIf(key -> key.form() != form());
        for (Key key : List.copyOf(sessions.keySet())) {
            if (key.form() != Form.READY_MADE && key.form() != form()) {
                close(key);
            }
        }
    }

    /** Closes the sessions of all networks but these. */
    void keepOnly(List<List<Engine.Use>> phases) {
        Set<Key> kept = phases.stream()
                .flatMap(List::stream)
                .map(use -> key(use.network(), use.shape()))
                .collect(Collectors.toSet());
        List.copyOf(sessions.keySet()).stream()
                .filter(key -> !kept.contains(key))
                .forEach(this::close);
    }

    /** Closes all sessions, and gives their weights back. */
    void closeAll() {
        List.copyOf(sessions.keySet()).forEach(this::close);
        counted.clear();
    }

    /** What the copies of weights in all sessions take, in bytes. */
    long bytes() {
        return allBytes();
    }

    /**
     * What a network takes in memory. Its graph is built for that, and kept until it is loaded.
     *
     * @throws ModelLoadException if the weights do not fit the config
     */
    MemoryPlan.Need need(Network network, Shape shape) {
        boolean keepsActivations = network.profile().keepsActivations();
        Optional<Path> onnx = network.readyMade();
        if (onnx.isPresent()) {
            long bytes = size(onnx.get());
            return new MemoryPlan.Need(network.identity(), bytes, bytes, 0, keepsActivations);
        }
        ModelGraph graph = network.graph(shape);
        counted.put(new Key(network.lineage(), network.identity(), shape, Form.WIDE), graph);
        counted.put(new Key(network.lineage(), network.identity(), shape, Form.NARROW), graph);
        long values = keepsActivations ? STEADY_VALUES : MOMENTARY_VALUES;
        return new MemoryPlan.Need(
                network.identity(),
                graph.cpuForm().residentBytes(runtime.widensBlocks())
                        + graph.cpuForm().widestBytes(),
                graph.residentBytes(false) + graph.widestBytes(),
                values * graph.largestBytes(),
                keepsActivations);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws OrtException {
        List<OrtException> failures = new ArrayList<>();
        for (ModelSession session : sessions.values()) {
            try {
                session.close();
            } catch (OrtException e) {
                failures.add(e);
            }
        }
        sessions.clear();
        if (!failures.isEmpty()) {
            OrtException first = failures.get(0);
            failures.stream().skip(1).forEach(first::addSuppressed);
            throw first;
        }
    }

    private ModelGraph graph(Network network, Shape shape, Key key) {
        if (runtime.provider().cuda()) {
            return network.cudaGraph(shape).orElseGet(() -> network.graph(shape));
        }
        ModelGraph known = counted.remove(key);
        ModelGraph graph = known == null ? network.graph(shape) : known;
        return residence == Residence.NARROW ? graph : graph.cpuForm();
    }

    private ModelSession load(Network network, Shape shape, Key key) {
        ModelGraph graph = graph(network, shape, key);
        if (graph.weightBytes() <= CHECKED_AT_LOAD) {
            Weights.checkFinite(graph.weights());
        }
        Collection<Weight> made = graph.made().values();
        makeRoom(
                network.lineage(),
                runtime.keepsWeights(network.profile(), residence)
                        ? () -> prepared.missingBytes(made)
                        : graph::madeBytes);
        try {
            return ModelSession.load(runtime, prepared, network, graph, residence);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    "the " + network.label() + " in " + network.source() + " must load but ONNX Runtime refused it: "
                            + e.getMessage(),
                    e);
        }
    }

    private ModelSession loadReadyMade(Network network, Path model) {
        try {
            long bytes = size(model);
            makeRoom(network.lineage(), () -> bytes);
            return ModelSession.load(runtime, network, model, bytes);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    model + " must be an ONNX model but ONNX Runtime refused it: " + e.getMessage(), e);
        }
    }

    /**
     * Closes the longest unused sessions until {@code bytes} more fit: first other shapes and variants of the network,
     * then others.
     */
    private void makeRoom(String lineage, LongSupplier bytes) {
        List<Key> same = keys(lineage);
        long copies = same.stream().mapToLong(this::bytes).sum();
        int count = same.size();
        for (Key key : same) {
            if (count < SHAPES && copies + bytes.getAsLong() <= FURTHER_SHAPES) {
                break;
            }
            copies -= bytes(key);
            count--;
            close(key);
        }
        for (Key key : List.copyOf(sessions.keySet())) {
            if (allBytes() + bytes.getAsLong() <= budget) {
                break;
            }
            close(key);
        }
    }

    private long allBytes() {
        return prepared.bytes()
                + sessions.values().stream()
                        .mapToLong(ModelSession::copiedBytes)
                        .sum();
    }

    private List<Key> keys(String lineage) {
        return sessions.keySet().stream()
                .filter(key -> key.lineage().equals(lineage))
                .toList();
    }

    /** What closing a session gives back. */
    private long bytes(Key key) {
        for (Map.Entry<Key, ModelSession> session : sessions.entrySet()) {
            if (session.getKey().equals(key)) {
                return session.getValue().ownBytes(prepared);
            }
        }
        return 0;
    }

    private void close(Key key) {
        ModelSession session = sessions.remove(key);
        if (session == null) {
            return;
        }
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("a session that runs nothing must close but did not", e);
        }
    }
}
