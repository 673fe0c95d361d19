package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.TransformerNames.Name;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The names of FLUX.2's transformer, Black Forest Labs' and diffusers'. One modulation serves all blocks of a kind, and
 * the fused product of a single block stays one. Reference: diffusers 0.42, {@code loaders/single_file_utils.py},
 * {@code convert_flux2_transformer_checkpoint_to_diffusers}.
 */
public final class Flux2Names {

    private static final Map<String, String> SINGLE = Map.of(
            "time_in.in_layer", "time_guidance_embed.timestep_embedder.linear_1",
            "time_in.out_layer", "time_guidance_embed.timestep_embedder.linear_2",
            "guidance_in.in_layer", "time_guidance_embed.guidance_embedder.linear_1",
            "guidance_in.out_layer", "time_guidance_embed.guidance_embedder.linear_2",
            "txt_in", "context_embedder",
            "img_in", "x_embedder",
            "double_stream_modulation_img.lin", "double_stream_modulation_img.linear",
            "double_stream_modulation_txt.lin", "double_stream_modulation_txt.linear",
            "single_stream_modulation.lin", "single_stream_modulation.linear",
            "final_layer.linear", "proj_out");

    private static final Map<String, String> DOUBLE = Map.of(
            "img_attn.proj", "attn.to_out.0",
            "txt_attn.proj", "attn.to_add_out",
            "img_mlp.0", "ff.linear_in",
            "img_mlp.2", "ff.linear_out",
            "txt_mlp.0", "ff_context.linear_in",
            "txt_mlp.2", "ff_context.linear_out",
            "img_attn.norm.query_norm", "attn.norm_q",
            "img_attn.norm.key_norm", "attn.norm_k",
            "txt_attn.norm.query_norm", "attn.norm_added_q",
            "txt_attn.norm.key_norm", "attn.norm_added_k");

    private static final Map<String, String> IN_SINGLE_BLOCK = Map.of(
            "linear1", "attn.to_qkv_mlp_proj",
            "linear2", "attn.to_out",
            "norm.query_norm", "attn.norm_q",
            "norm.key_norm", "attn.norm_k");

    private static final List<StackedModules.Blocks> BLOCKS = List.of(
            new StackedModules.Blocks(
                    "double_blocks",
                    "transformer_blocks",
                    DOUBLE,
                    Map.of(
                            "img_attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v"),
                            "txt_attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))),
            new StackedModules.Blocks("single_blocks", "single_transformer_blocks", IN_SINGLE_BLOCK, Map.of()));

    private Flux2Names() {}

    /**
     * What Black Forest Labs call modules, for adapters: each name with the modules of diffusers whose rows it stacks.
     * The last modulation is not among them, whose halves stand the other way round.
     *
     * @param modules the modules of a transformer by diffusers' names
     */
    public static Map<String, List<String>> modules(Collection<String> modules) {
        return StackedModules.of(modules, SINGLE, BLOCKS);
    }

    /**
     * Where the tensors of a transformer stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the transformer's names, such as {@code "model.diffusion_model."}, or {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        return TransformerNames.pieces(file, prefix, "img_in.weight", Flux2Names::add);
    }

    private static void add(Name name, TransformerNames to) {
        String leaf = name.leaf().equals(".scale") ? ".weight" : name.leaf();
        String at = "transformer_blocks." + name.block() + ".";
        if (name.blocks().equals("single_blocks")) {
            String inside = IN_SINGLE_BLOCK.get(name.module());
            if (inside != null) {
                to.whole("single_" + at + inside + leaf, name);
            }
        } else if (!name.blocks().equals("double_blocks")) {
            addOutside(name, to);
        } else if (name.module().equals("img_attn.qkv")) {
            to.thirds(at + "attn.", name, List.of("to_q", "to_k", "to_v"));
        } else if (name.module().equals("txt_attn.qkv")) {
            to.thirds(at + "attn.", name, List.of("add_q_proj", "add_k_proj", "add_v_proj"));
        } else if (DOUBLE.containsKey(name.module())) {
            to.whole(at + DOUBLE.get(name.module()) + leaf, name);
        }
    }

    private static void addOutside(Name name, TransformerNames to) {
        String single = SINGLE.get(name.module());
        if (single != null) {
            to.whole(single + name.leaf(), name);
        } else if (name.module().equals("final_layer.adaLN_modulation.1")) {
            to.swapped("norm_out.linear" + name.leaf(), name);
        }
    }
}
