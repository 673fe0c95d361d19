package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.PatchedWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adapters at their strengths, one after the other in their order: {@code W' = W + Σ strength · δ}. Only the tensors
 * that are touched change; what has no strength is left out. Immutable.
 *
 * @param applied the adapters that have an effect
 */
public record Adaptation(List<Applied> applied) {

    /** Leaves out what has no strength. */
    public Adaptation {
        applied = applied.stream()
                .filter(adapter -> adapter.denoiserStrength() != 0 || adapter.textStrength() != 0)
                .toList();
    }

    /**
     * An adapter at its strengths.
     *
     * @param adapter the adapter
     * @param denoiserStrength for U-Net or transformer; 1 = as it was trained, below 0 = away from it
     * @param textStrength for the text encoders
     */
    public record Applied(Adapter adapter, float denoiserStrength, float textStrength) {

        float strength(String part) {
            return part.startsWith("text_encoder") ? textStrength : denoiserStrength;
        }

        boolean touches(String part) {
            return strength(part) != 0 && adapter.changes().containsKey(part);
        }
    }

    /** No adapters. */
    public static Adaptation none() {
        return new Adaptation(List.of());
    }

    /** Whether the network {@code part} is any different. */
    public boolean touches(String part) {
        return applied.stream().anyMatch(adapter -> adapter.touches(part));
    }

    /** What tells the network {@code part} from one with other adapters; {@code ""} where it is as it was. */
    public String identity(String part) {
        StringBuilder identity = new StringBuilder();
        for (Applied adapter : applied) {
            if (adapter.touches(part)) {
                identity.append('+').append(patchIdentity(adapter, part));
            }
        }
        return identity.toString();
    }

    /** The weights of the network {@code part} with the adapters over them. */
    public Weights over(String part, Weights weights) {
        Map<String, Weight> patched = new LinkedHashMap<>();
        for (Applied adapter : applied) {
            if (adapter.touches(part)) {
                String identity = patchIdentity(adapter, part);
                adapter.adapter().changes().getOrDefault(part, Map.of()).forEach((name, change) -> {
                    Weight base = patched.containsKey(name)
                            ? patched.get(name)
                            : weights.tensor(name).orElseThrow();
                    patched.put(
                            name, new PatchedWeight(base, new TensorPatch(change, adapter.strength(part), identity)));
                });
            }
        }
        return patched.isEmpty() ? weights : weights.overlaid(Weights.of(patched, weights.source(), identity(part)));
    }

    private static String patchIdentity(Applied adapter, String part) {
        return adapter.adapter().hash() + "*" + adapter.strength(part);
    }
}
