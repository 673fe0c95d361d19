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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

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

    private final OrtRuntime runtime;
    private final long budget;
    private final PreparedWeights prepared;
    private final Map<Key, ModelSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String lineage, String identity, Shape shape) {

        /** A ready-made model takes any size. */
        static Key of(Network network, Shape shape) {
            return new Key(
                    network.lineage(), network.identity(), network.readyMade().isPresent() ? Shape.none() : shape);
        }
    }

    /** @param budget what the copies of weights in all sessions may take together, in bytes */
    SessionCache(OrtRuntime runtime, long budget) {
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
        Key key = Key.of(network, shape);
        ModelSession session = sessions.get(key);
        if (session == null) {
            session = onnx.isPresent() ? loadReadyMade(network, onnx.get()) : load(network, shape);
            sessions.put(key, session);
        }
        return session;
    }

    /** Whether there is a session already. */
    boolean has(Network network, Shape shape) {
        return sessions.containsKey(Key.of(network, shape));
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

    private ModelSession load(Network network, Shape shape) {
        ModelGraph graph = runtime.provider().cuda()
                ? network.cudaGraph(shape).orElseGet(() -> network.graph(shape))
                : network.graph(shape).cpuForm();
        if (graph.weightBytes() <= CHECKED_AT_LOAD) {
            Weights.checkFinite(graph.weights());
        }
        Collection<Weight> made = graph.made().values();
        makeRoom(
                network.lineage(),
                runtime.keepsWeights(network.profile()) ? () -> prepared.missingBytes(made) : graph::madeBytes);
        try {
            return ModelSession.load(runtime, prepared, network, graph);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    "the " + network.label() + " in " + network.source() + " must load but ONNX Runtime refused it: "
                            + e.getMessage(),
                    e);
        }
    }

    private ModelSession loadReadyMade(Network network, Path model) {
        try {
            long bytes = Files.size(model);
            makeRoom(network.lineage(), () -> bytes);
            return ModelSession.load(runtime, network, model, bytes);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    model + " must be an ONNX model but ONNX Runtime refused it: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ModelLoadException(model + " cannot be read: " + e.getMessage(), e);
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
