package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Self-attentions that can be left out, each pixel then seeing itself alone: the identity in the place of the softmax,
 * as perturbed-attention guidance wants it. Reference: diffusers 0.36, {@code PAGIdentitySelfAttnProcessor2_0}.
 *
 * <p>Input: {@code perturbed} [1], 1 = they are left out, 0 = nothing changes. So one graph, and one set of weights,
 * serves both passes.
 */
final class PerturbedAttention {

    private final Layers layers;
    private final Set<String> names;
    private final Optional<String> isPerturbed;

    PerturbedAttention(Layers layers, List<String> names) {
        this.layers = layers;
        this.names = Set.copyOf(names);
        this.isPerturbed = names.isEmpty() ? Optional.empty() : Optional.of(input(layers));
    }

    private static String input(Layers layers) {
        GraphBuilder graph = layers.graph();
        Value input = layers.input(Unet.PERTURBED, ElementType.FLOAT, 1);
        return graph.node("Greater", List.of(input.name(), graph.constant(List.of(1L), 0.5f)));
    }

    /** What the attention {@code prefix} gave, or its {@code values} [1, pixels, channels] themselves. */
    Value orValues(Value attended, Value values, String prefix) {
        return isPerturbed.isPresent() && names.contains(prefix)
                ? attended.like(
                        layers.graph().node("Where", List.of(isPerturbed.get(), values.name(), attended.name())))
                : attended;
    }

    /** The names of a U-Net's self-attentions. */
    static List<String> names(UnetConfig config) {
        return ImageAttention.places(config).stream()
                .filter(place ->
                        !place.block().onlyCrossAttention() && !place.block().glide())
                .map(place -> place.prefix().replaceFirst("attn2$", "attn1"))
                .toList();
    }
}
