package dev.triptych.diffusion.runtime;

import ai.onnxruntime.OrtException;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Component;
import dev.triptych.diffusion.checkpoint.Weights;
import dev.triptych.diffusion.graph.ClipTextGraph;
import dev.triptych.diffusion.graph.ModelGraph;
import dev.triptych.diffusion.graph.UnetGraph;
import dev.triptych.diffusion.graph.VaeDecoderGraph;
import dev.triptych.diffusion.graph.VaeEncoderGraph;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The loaded models of a checkpoint, one for each size in use, the longest unused closed first. Used on the worker's
 * thread alone.
 */
final class SessionCache implements AutoCloseable {

    /** Weights up to this size are searched for NaN when a model loads; larger ones when an output is not finite. */
    private static final long CHECKED_AT_LOAD = 256L << 20;

    /** How many sizes of one model stay loaded; of a large model, which may hold its own copy of the weights, one. */
    private static final int KEPT = 4;

    private static final long LARGE = 1L << 30;

    private final Checkpoint checkpoint;
    private final OrtRuntime runtime;
    private final Map<SessionKey, ModelSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    SessionCache(Checkpoint checkpoint, OrtRuntime runtime) {
        this.checkpoint = checkpoint;
        this.runtime = runtime;
    }

    /**
     * The session for {@code key}, loaded if need be.
     *
     * @throws ModelLoadException if the weights do not fit the config, or ONNX Runtime refuses the model
     */
    ModelSession get(SessionKey key) {
        Optional<Path> onnx = checkpoint.readyMade(component(key.kind()));
        if (onnx.isPresent() && key.clipSkip() > 0) {
            throw new ModelLoadException(
                    onnx.get() + " is a ready-made text encoder: clip skip must be 0 but was " + key.clipSkip());
        }
        // A ready-made model takes any size.
        SessionKey stored = onnx.isPresent() ? new SessionKey(key.kind(), 0, 0, 0, 0) : key;
        ModelSession session = sessions.get(stored);
        if (session == null) {
            session = onnx.isPresent() ? loadReadyMade(key.kind(), onnx.get()) : load(key);
            sessions.put(stored, session);
        }
        return session;
    }

    /**
     * Checks that the weights for {@code key} are there, of the right shapes, and finite unless they are very large.
     *
     * @throws ModelLoadException naming the first tensor of which this is not so
     */
    void check(SessionKey key) {
        if (checkpoint.readyMade(component(key.kind())).isEmpty()) {
            checkedGraph(key);
        }
    }

    @Override
    public void close() throws OrtException {
        for (ModelSession session : sessions.values()) {
            session.close();
        }
        sessions.clear();
    }

    private ModelGraph checkedGraph(SessionKey key) {
        ModelGraph graph = graph(key);
        if (graph.weightBytes() <= CHECKED_AT_LOAD) {
            Weights.checkFinite(graph.weights());
        }
        return graph;
    }

    private ModelSession load(SessionKey key) {
        ModelGraph graph = checkedGraph(key);
        makeRoom(key.kind(), graph.weightBytes() > LARGE ? 0 : KEPT - 1);
        try {
            return ModelSession.load(runtime, key.kind(), graph);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    "the " + key.kind() + " in "
                            + checkpoint.weights(component(key.kind())).folder()
                            + " must load but ONNX Runtime refused it: " + e.getMessage(),
                    e);
        }
    }

    private ModelSession loadReadyMade(ModelKind kind, Path model) {
        try {
            return ModelSession.load(runtime, kind, model);
        } catch (OrtException e) {
            throw new ModelLoadException(
                    model + " must be an ONNX model but ONNX Runtime refused it: " + e.getMessage(), e);
        }
    }

    private ModelGraph graph(SessionKey key) {
        Weights weights = checkpoint.weights(component(key.kind()));
        return switch (key.kind()) {
            case TEXT_ENCODER -> ClipTextGraph.build(checkpoint.textEncoder(), weights, key.tokens(), key.clipSkip());
            case IMAGE_ENCODER -> throw noImageEncoder();
            case UNET -> UnetGraph.build(checkpoint.unet(), weights, key.height(), key.width(), key.tokens());
            case VAE_DECODER -> VaeDecoderGraph.build(checkpoint.vae(), weights, key.height(), key.width());
            case VAE_ENCODER -> VaeEncoderGraph.build(checkpoint.vae(), weights, key.height(), key.width());
        };
    }

    /** Closes the longest unused sessions of {@code kind} until {@code kept} are left. */
    private void makeRoom(ModelKind kind, int kept) {
        long tooMany =
                sessions.keySet().stream().filter(key -> key.kind() == kind).count() - kept;
        Iterator<Map.Entry<SessionKey, ModelSession>> oldestFirst =
                sessions.entrySet().iterator();
        while (tooMany > 0 && oldestFirst.hasNext()) {
            Map.Entry<SessionKey, ModelSession> entry = oldestFirst.next();
            if (entry.getKey().kind() == kind) {
                oldestFirst.remove();
                closeIdle(entry.getValue());
                tooMany--;
            }
        }
    }

    private static void closeIdle(ModelSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("a session that runs nothing must close but did not", e);
        }
    }

    private static Component component(ModelKind kind) {
        return switch (kind) {
            case TEXT_ENCODER -> Component.TEXT_ENCODER;
            case IMAGE_ENCODER -> throw noImageEncoder();
            case UNET -> Component.UNET;
            case VAE_DECODER -> Component.VAE_DECODER;
            case VAE_ENCODER -> Component.VAE_ENCODER;
        };
    }

    private static IllegalArgumentException noImageEncoder() {
        return new IllegalArgumentException(
                "kind must be a model of a diffusion checkpoint but was the image encoder, which a CLIP has");
    }
}
