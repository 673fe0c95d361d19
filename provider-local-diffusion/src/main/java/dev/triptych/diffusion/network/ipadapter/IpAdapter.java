package dev.triptych.diffusion.network.ipadapter;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.clip.ClipImageEncoder;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.Unet.AttentionSize;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An IP-Adapter's file, as its authors publish them: an image projection ({@code image_proj.*}) and keys and values for
 * each attention over the prompt ({@code ip_adapter.N.to_k_ip.weight}). Immutable; headers are read when it is opened.
 */
public final class IpAdapter {

    private static final String PROJECTION = "image_proj.";
    private static final String KEYS = "ip_adapter.";

    private final Weights weights;
    private final ImageProjection projection;

    private IpAdapter(Weights weights, ImageProjection projection) {
        this.weights = weights;
        this.projection = projection;
    }

    /**
     * The adapter in {@code file}.
     *
     * @throws ModelLoadException if it is missing, damaged, no IP-Adapter, or one that needs more than a vision tower
     */
    public static IpAdapter open(Path file) {
        Weights weights;
        try {
            weights = Weights.open(List.of(file.toRealPath()), file.toString());
        } catch (IOException e) {
            throw new ModelLoadException(file + " must be an IP-Adapter but cannot be read: " + e.getMessage(), e);
        }
        Weights own = behind(weights, PROJECTION);
        ImageProjectionKind kind = kind(own);
        ImageProjectionSize size = ImageProjectionSize.of(kind, own);
        return new IpAdapter(weights, new ImageProjection(kind, size, file.toString(), () -> own));
    }

    private static Weights behind(Weights weights, String prefix) {
        Map<String, Weight> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            if (name.startsWith(prefix)) {
                weights.tensor(name).ifPresent(tensor -> tensors.put(name.substring(prefix.length()), tensor));
            }
        }
        return Weights.of(tensors, weights.source(), weights.identity() + prefix);
    }

    /** Told by names, as diffusers does it (loaders/unet.py, {@code _convert_ip_adapter_image_proj_to_diffusers}). */
    private static ImageProjectionKind kind(Weights projection) {
        boolean ofFaceIdentity = projection.names().stream().anyMatch(name -> name.startsWith("perceiver_resampler."))
                || (projection.has("proj.0.weight") && projection.has("norm.weight"));
        if (ofFaceIdentity) {
            throw new ModelLoadException(
                    projection.source() + " is an IP-Adapter FaceID, which reads face embeddings of"
                            + " insightface, not pictures; plain, full and Plus ones are supported");
        }
        if (projection.has("latents")) {
            return ImageProjectionKind.PLUS;
        }
        if (projection.has("proj.3.weight")) {
            return ImageProjectionKind.FULL;
        }
        if (projection.has("proj.weight")) {
            return ImageProjectionKind.PLAIN;
        }
        throw new ModelLoadException(projection.source() + " must be an IP-Adapter but has no image projection that is"
                + " known: image_proj.proj.weight, image_proj.proj.3.weight or image_proj.latents");
    }

    /** What makes tokens of a picture. */
    public ImageProjection projection() {
        return projection;
    }

    /** What changes when a weight changes. */
    public String contents() {
        return weights.identity();
    }

    /** What the U-Net attends to its tokens with. */
    public Unet.ImageKeys keys() {
        return new Unet.ImageKeys(() -> weights, " ip adapter " + weights.source());
    }

    /**
     * Checks that its keys and values are those of {@code unet}'s attentions.
     *
     * @throws ModelLoadException if they are not: it was made for another model
     */
    public void requireFits(Unet unet) {
        List<AttentionSize> attentions = unet.attentionSizes();
        for (int i = 0; i < attentions.size(); i++) {
            List<Long> wanted = List.of((long) attentions.get(i).channels(), (long)
                    attentions.get(i).tokenWidth());
            for (String matrix : List.of(".to_k_ip.weight", ".to_v_ip.weight")) {
                requireShape(KEYS + (2 * i + 1) + matrix, wanted, unet);
            }
        }
        long there = weights.names().stream()
                .filter(name -> name.endsWith(".to_k_ip.weight"))
                .count();
        if (there != attentions.size()) {
            throw new ModelLoadException(weights.source() + " must have keys for the " + attentions.size()
                    + " attentions of the U-Net of " + unet.source() + " but has " + there
                    + ": it was made for another model");
        }
    }

    private void requireShape(String name, List<Long> wanted, Unet unet) {
        List<Long> found = weights.tensor(name).map(Weight::dims).orElse(List.of());
        if (!found.equals(wanted)) {
            throw new ModelLoadException(weights.source() + ": tensor " + name + " must have the shape " + wanted
                    + " for the U-Net of " + unet.source() + " but "
                    + (found.isEmpty() ? "is missing" : "has " + found) + ": it was made for another model");
        }
    }

    /**
     * Checks that {@code encoder} gives what the projection reads.
     *
     * @throws ModelLoadException if it does not: it was made for another encoder
     */
    public void requireFits(ClipImageEncoder encoder) {
        boolean readsTokens = projection.kind().readsTokens();
        int given = readsTokens
                ? encoder.network().config().transformer().hiddenSize()
                : encoder.network().projectionSize();
        if (given != projection.inputWidth()) {
            throw new ModelLoadException(weights.source() + " must get "
                    + (readsTokens ? "tokens" : "an embedding") + " of length " + projection.inputWidth()
                    + " but the image encoder of " + encoder.network().source() + " gives " + given
                    + ": it was made for another encoder");
        }
    }

    /** The tokens of a picture, {@code [1, tokens, crossAttentionDim]}. */
    public Tensor tokens(Engine engine, ClipImageEncoder encoder, Pixels picture, Cancellation cancellation) {
        Tensor seen = projection.kind().readsTokens()
                ? encoder.hiddenStates(engine, picture, cancellation)
                : encoder.embedding(engine, picture, cancellation);
        return projection.tokens(engine, seen, cancellation);
    }

    /**
     * The tokens that guidance steers away from: those of an embedding of zeros, or of a picture of zeros, as diffusers
     * has them (pipelines/stable_diffusion, {@code encode_image}).
     */
    public Tensor tokensOfNothing(Engine engine, ClipImageEncoder encoder, Cancellation cancellation) {
        int width = projection.inputWidth();
        Tensor seen = projection.kind().readsTokens()
                ? encoder.hiddenStatesOfZeros(engine, cancellation)
                : new Tensor(new long[] {1, width}, new float[width]);
        return projection.tokens(engine, seen, cancellation);
    }
}
