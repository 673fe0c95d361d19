package dev.triptych.diffusion.family;

import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.checkpoint.names.CompVisUnet;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.weights.Weights;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
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
