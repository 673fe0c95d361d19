package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.TransformerNames.Name;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The names of Z-Image's transformer, its authors' and diffusers'. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code convert_z_image_transformer_checkpoint_to_diffusers}.
 */
public final class ZImageNames {

    /** diffusers has an embedding for each size of patches; this is that of the released models. */
    private static final String PATCH = "2-1";

    private static final Map<String, String> BLOCK = Map.of(
            "attention.out", "attention.to_out.0",
            "attention.q_norm", "attention.norm_q",
            "attention.k_norm", "attention.norm_k");

    private static final List<StackedModules.Blocks> BLOCKS =
            List.of("layers", "noise_refiner", "context_refiner").stream()
                    .map(blocks -> new StackedModules.Blocks(
                            blocks,
                            blocks,
                            Map.of("attention.out", "attention.to_out.0"),
                            Map.of("attention.qkv", List.of("attention.to_q", "attention.to_k", "attention.to_v"))))
                    .toList();

    private ZImageNames() {}

    /**
     * What its authors call modules, for adapters: each name with the modules of diffusers whose rows it stacks.
     *
     * @param modules the modules of a transformer by diffusers' names
     */
    public static Map<String, List<String>> modules(Collection<String> modules) {
        return StackedModules.of(
                modules,
                Map.of(
                        "x_embedder", "all_x_embedder." + PATCH,
                        "final_layer.linear", "all_final_layer." + PATCH + ".linear",
                        "final_layer.adaLN_modulation.1", "all_final_layer." + PATCH + ".adaLN_modulation.1"),
                BLOCKS);
    }

    /**
     * Where the tensors of a transformer stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the transformer's names, such as {@code "model.diffusion_model."}, or {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        return TransformerNames.pieces(file, prefix, "x_embedder.weight", ZImageNames::add);
    }

    private static void add(Name name, TransformerNames to) {
        if (name.whole().startsWith("x_embedder.")) {
            to.whole("all_x_embedder." + PATCH + name.leaf(), name);
        } else if (name.whole().startsWith("final_layer.")) {
            to.whole(name.whole().replace("final_layer.", "all_final_layer." + PATCH + "."), name);
        } else if (name.whole().startsWith("norm_final.")) {
            return; // nothing in diffusers reads it
        } else if (name.module().equals("attention.qkv")) {
            String at = name.blocks() + "." + name.block() + ".attention.";
            to.thirds(at, name, List.of("to_q", "to_k", "to_v"));
        } else if (BLOCK.containsKey(name.module())) {
            to.whole(name.blocks() + "." + name.block() + "." + BLOCK.get(name.module()) + name.leaf(), name);
        } else {
            to.whole(name.whole(), name);
        }
    }
}
