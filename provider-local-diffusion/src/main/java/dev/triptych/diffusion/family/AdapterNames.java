package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.checkpoint.names.CompVisUnet;
import dev.triptych.diffusion.checkpoint.names.Flux2Names;
import dev.triptych.diffusion.checkpoint.names.FluxNames;
import dev.triptych.diffusion.checkpoint.names.StableDiffusion3Names;
import dev.triptych.diffusion.checkpoint.names.ZImageNames;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What adapters call the modules of U-Nets and text encoders, beside their own names. */
final class AdapterNames {

    private static final String TOWER = "text_model.";

    private AdapterNames() {}

    /** CompVis's names, and an attention's output as old files of diffusers have it: without the index. */
    static ModuleTable ofUnet(Weights weights) {
        return ModuleTable.of(
                StableDiffusionParts.UNET,
                weights,
                CompVisUnet::names,
                modules -> renamed(modules, name -> name.replaceFirst("\\.to_out\\.0$", ".to_out")));
    }

    /** Black Forest Labs' names. */
    static ModuleTable ofFlux(Weights weights) {
        return withStacked(ModuleTable.of(TransformerFamily.TRANSFORMER, weights), FluxNames::modules);
    }

    /** Black Forest Labs' names of FLUX.2. */
    static ModuleTable ofFlux2(Weights weights) {
        return withStacked(ModuleTable.of(TransformerFamily.TRANSFORMER, weights), Flux2Names::modules);
    }

    /** Z-Image's authors' names. */
    static ModuleTable ofZImage(Weights weights) {
        return withStacked(ModuleTable.of(TransformerFamily.TRANSFORMER, weights), ZImageNames::modules);
    }

    /** Stability's names. */
    static ModuleTable ofStableDiffusion3(Weights weights) {
        return withStacked(ModuleTable.of(TransformerFamily.TRANSFORMER, weights), StableDiffusion3Names::modules);
    }

    /** Names that stand for the rows of one module, or of several below each other. */
    private static ModuleTable withStacked(
            ModuleTable table, Function<Collection<String>, Map<String, List<String>>> names) {
        Map<String, Long> rows = new LinkedHashMap<>();
        table.weights().shapes().forEach((name, shape) -> {
            if (name.endsWith(".weight")) {
                rows.put(name.substring(0, name.length() - ".weight".length()), shape.get(0));
            }
        });
        ModuleTable all = table;
        for (Map.Entry<String, List<String>> name : names.apply(rows.keySet()).entrySet()) {
            List<ModuleTable.Slot> slots = new ArrayList<>();
            long first = 0;
            for (String module : name.getValue()) {
                long count = Objects.requireNonNull(rows.get(module));
                slots.add(
                        name.getValue().size() == 1
                                ? ModuleTable.Slot.whole(module)
                                : new ModuleTable.Slot(module, first, count));
                first += count;
            }
            all = all.withFused(name.getKey(), slots);
        }
        return all;
    }

    /** With {@code text_model.} before them and without, and the matrices of an attention as old diffusers had them. */
    static ModuleTable ofClip(String part, Weights weights) {
        return ModuleTable.of(
                part,
                weights,
                modules -> renamed(modules, AdapterNames::otherTower),
                modules -> renamed(modules, name -> oldAttention(TOWER + ClipTextEncoder.newName(name))),
                modules -> renamed(modules, name -> oldAttention(ClipTextEncoder.newName(name))));
    }

    private static String otherTower(String name) {
        return name.startsWith(TOWER) ? ClipTextEncoder.newName(name) : TOWER + name;
    }

    private static String oldAttention(String name) {
        return name.replaceFirst("\\.self_attn\\.([qkv])_proj$", ".self_attn.to_$1")
                .replaceFirst("\\.self_attn\\.out_proj$", ".self_attn.to_out");
    }

    private static Map<String, String> renamed(Collection<String> modules, UnaryOperator<String> other) {
        Map<String, String> names = new LinkedHashMap<>();
        modules.forEach(module -> names.put(module, other.apply(module)));
        return names;
    }
}
