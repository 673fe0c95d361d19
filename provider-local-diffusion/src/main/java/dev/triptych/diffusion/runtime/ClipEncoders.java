package dev.triptych.diffusion.runtime;

import ai.onnxruntime.OrtException;
import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.ClipCheckpoint;
import dev.triptych.diffusion.graph.ClipTextGraph;
import dev.triptych.diffusion.graph.ClipVisionGraph;
import dev.triptych.diffusion.graph.ModelGraph;
import java.util.EnumMap;
import java.util.Map;

/**
 * The two towers of a CLIP, ready to be evaluated. Each is loaded when it is first used. Thread-safe: evaluations
 * happen one after the other, and can be cancelled or interrupted as those of {@link DiffusionModels}.
 */
public final class ClipEncoders implements AutoCloseable {

    private final ClipCheckpoint checkpoint;
    private final OrtRuntime runtime;
    private final ModelGraph text;
    private final ModelGraph vision;
    private final ModelWorker worker = new ModelWorker("triptych-clip");

    /** Used on the worker's thread alone. */
    private final Map<ModelKind, ModelSession> sessions = new EnumMap<>(ModelKind.class);

    private ClipEncoders(ClipCheckpoint checkpoint, int tokens, OrtRuntime runtime) {
        this.checkpoint = checkpoint;
        this.runtime = runtime;
        this.text = ClipTextGraph.buildProjected(
                checkpoint.text(), checkpoint.weights(), tokens, checkpoint.projectionSize());
        this.vision = ClipVisionGraph.build(checkpoint.vision(), checkpoint.weights(), checkpoint.projectionSize());
    }

    /**
     * The towers of {@code checkpoint}; neither is loaded yet, but that all weights are there is checked.
     *
     * @param tokens how many ids a text has, padding included; at most as many as the text tower has positions
     * @throws ModelLoadException if a weight is missing or of another shape than the config asks for, or ONNX Runtime
     *     does not start on this system
     */
    public static ClipEncoders open(ClipCheckpoint checkpoint, int tokens, RuntimeOptions options) {
        return new ClipEncoders(checkpoint, tokens, OrtRuntime.start(options));
    }

    /**
     * The embedding of a text.
     *
     * @param tokenIds the ids, padded
     * @return [projectionSize], not normalised
     * @throws ModelLoadException if the tower cannot be loaded, an id is not in its vocabulary, or a damaged weight
     *     makes the embedding NaN
     */
    public float[] encodeText(int[] tokenIds, Cancellation cancellation) {
        Tensor ids = DiffusionModels.inputIds(tokenIds, checkpoint.text().vocabularySize(), checkpoint.folder());
        return run(ModelKind.TEXT_ENCODER, text, Map.of("input_ids", ids), "text_embeds", cancellation);
    }

    /**
     * The embedding of a picture.
     *
     * @param pixels [3, imageSize, imageSize], normalised as the checkpoint's preprocessing says
     * @return [projectionSize], not normalised
     * @throws ModelLoadException if the tower cannot be loaded, or a damaged weight makes the embedding NaN
     */
    public float[] encodeImage(float[] pixels, Cancellation cancellation) {
        int edge = checkpoint.vision().imageSize();
        // Sessions know every picture by the name "sample".
        Tensor picture = new Tensor(new long[] {1, 3, edge, edge}, pixels);
        return run(ModelKind.IMAGE_ENCODER, vision, Map.of("sample", picture), "image_embeds", cancellation);
    }

    /** Stops what is running and releases the towers. Nothing can be evaluated afterwards. */
    @Override
    public void close() {
        worker.close();
        try {
            for (ModelSession session : sessions.values()) {
                session.close();
            }
            sessions.clear();
        } catch (OrtException e) {
            throw new IllegalStateException("sessions that run nothing must close but did not", e);
        }
    }

    private float[] run(
            ModelKind kind, ModelGraph graph, Map<String, Tensor> feed, String output, Cancellation cancellation) {
        try {
            return worker.call(options -> session(kind, graph).run(feed, output, options), cancellation)
                    .values();
        } catch (ModelWorker.ModelFailure e) {
            throw new ModelLoadException(
                    "the " + kind + " of " + checkpoint.folder() + " must run but ONNX Runtime failed: "
                            + e.getMessage(),
                    e);
        }
    }

    private ModelSession session(ModelKind kind, ModelGraph graph) throws OrtException {
        ModelSession session = sessions.get(kind);
        if (session == null) {
            session = ModelSession.load(runtime, kind, graph);
            sessions.put(kind, session);
        }
        return session;
    }
}
