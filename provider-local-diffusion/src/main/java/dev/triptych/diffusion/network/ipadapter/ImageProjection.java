package dev.triptych.diffusion.network.ipadapter;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.clip.ClipVisionEncoder;
import dev.triptych.diffusion.weights.Weights;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/** The network of an IP-Adapter that makes tokens of what a vision tower says of a picture. Immutable. */
public final class ImageProjection implements Network {

    private final ImageProjectionKind kind;
    private final ImageProjectionSize size;
    private final String source;
    private final Supplier<Weights> weights;

    /** A projection over {@code weights}, with its names after {@code image_proj.} */
    ImageProjection(ImageProjectionKind kind, ImageProjectionSize size, String source, Supplier<Weights> weights) {
        this.kind = kind;
        this.size = size;
        this.source = source;
        this.weights = weights;
    }

    /** How it makes tokens. */
    public ImageProjectionKind kind() {
        return kind;
    }

    /** The length of what it reads: of the tower's embedding, or of each of its tokens. */
    public int inputWidth() {
        return size.input();
    }

    /**
     * The tokens of a picture, {@code [1, tokens, crossAttentionDim]}.
     *
     * @param seen the embedding [1, width], or the tower's tokens [1, tokens, width] where the kind reads those
     * @throws dev.triptych.ModelLoadException if a weight is missing or damaged
     */
    public Tensor tokens(Engine engine, Tensor seen, Cancellation cancellation) {
        return Objects.requireNonNull(
                engine.run(this, shape((int) seen.shape()[1]), Map.of("seen", seen), Set.of("tokens"), cancellation)
                        .get("tokens"));
    }

    /** How many tokens it makes of what {@code tower} sees of a picture. */
    public int tokens(ClipVisionEncoder tower) {
        return kind == ImageProjectionKind.FULL ? tower.config().tokens() : size.tokens();
    }

    /** The shape of its graph for what {@code tower} sees. */
    public Shape shape(ClipVisionEncoder tower) {
        return shape(tower.config().tokens());
    }

    private Shape shape(int tokens) {
        return kind.readsTokens() ? Shape.none().with("tokens", tokens) : Shape.none();
    }

    @Override
    public String label() {
        return "IP-Adapter";
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public String identity() {
        return "ip adapter " + source + " " + kind + " " + size;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.MOMENTARY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return ImageProjectionGraph.build(kind, size, weights.get(), shape.get("tokens"));
    }
}
