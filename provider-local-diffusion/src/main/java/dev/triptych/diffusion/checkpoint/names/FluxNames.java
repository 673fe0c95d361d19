package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.TransformerNames.Name;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The names of FLUX.1's transformer, Black Forest Labs' and diffusers'. Query, key and value are one tensor there, and
 * in single blocks the first matrix of the feed-forward network too. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code convert_flux_transformer_checkpoint_to_diffusers}.
 */
public final class FluxNames {

    private static final Map<String, String> SINGLE = Map.of(
            "time_in.in_layer", "time_text_embed.timestep_embedder.linear_1",
            "time_in.out_layer", "time_text_embed.timestep_embedder.linear_2",
            "vector_in.in_layer", "time_text_embed.text_embedder.linear_1",
            "vector_in.out_layer", "time_text_embed.text_embedder.linear_2",
            "guidance_in.in_layer", "time_text_embed.guidance_embedder.linear_1",
            "guidance_in.out_layer", "time_text_embed.guidance_embedder.linear_2",
            "txt_in", "context_embedder",
            "img_in", "x_embedder",
            "final_layer.linear", "proj_out");

    private static final Map<String, String> DOUBLE = Map.of(
            "img_mod.lin", "norm1.linear",
            "txt_mod.lin", "norm1_context.linear",
            "img_attn.proj", "attn.to_out.0",
            "txt_attn.proj", "attn.to_add_out",
            "img_mlp.0", "ff.net.0.proj",
            "img_mlp.2", "ff.net.2",
            "txt_mlp.0", "ff_context.net.0.proj",
            "txt_mlp.2", "ff_context.net.2");

    private static final Map<String, String> NORMS = Map.of(
            "img_attn.norm.query_norm", "attn.norm_q.weight",
            "img_attn.norm.key_norm", "attn.norm_k.weight",
            "txt_attn.norm.query_norm", "attn.norm_added_q.weight",
            "txt_attn.norm.key_norm", "attn.norm_added_k.weight",
            "norm.query_norm", "attn.norm_q.weight",
            "norm.key_norm", "attn.norm_k.weight");

    private static final List<StackedModules.Blocks> BLOCKS = List.of(
            new StackedModules.Blocks(
                    "double_blocks",
                    "transformer_blocks",
                    DOUBLE,
                    Map.of(
                            "img_attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v"),
                            "txt_attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))),
            new StackedModules.Blocks(
                    "single_blocks",
                    "single_transformer_blocks",
                    Map.of("modulation.lin", "norm.linear", "linear2", "proj_out"),
                    Map.of("linear1", List.of("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"))));

    private FluxNames() {}

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
        return TransformerNames.pieces(file, prefix, "img_in.weight", FluxNames::add);
    }

    private static void add(Name name, TransformerNames to) {
        if (name.blocks().equals("double_blocks")) {
            addDouble(name, to, "transformer_blocks." + name.block() + ".");
        } else if (name.blocks().equals("single_blocks")) {
            addSingle(name, to, "single_transformer_blocks." + name.block() + ".");
        } else if (SINGLE.containsKey(name.module())) {
            to.whole(SINGLE.get(name.module()) + name.leaf(), name);
        } else if (name.module().equals("final_layer.adaLN_modulation.1")) {
            to.swapped("norm_out.linear" + name.leaf(), name);
        }
    }

    private static void addDouble(Name name, TransformerNames to, String at) {
        if (name.module().equals("img_attn.qkv")) {
            to.thirds(at + "attn.", name, List.of("to_q", "to_k", "to_v"));
        } else if (name.module().equals("txt_attn.qkv")) {
            to.thirds(at + "attn.", name, List.of("add_q_proj", "add_k_proj", "add_v_proj"));
        } else if (NORMS.containsKey(name.module())) {
            to.whole(at + NORMS.get(name.module()), name);
        } else if (DOUBLE.containsKey(name.module())) {
            to.whole(at + DOUBLE.get(name.module()) + name.leaf(), name);
        }
    }

    private static void addSingle(Name name, TransformerNames to, String at) {
        switch (name.module()) {
            case "modulation.lin" -> to.whole(at + "norm.linear" + name.leaf(), name);
            case "linear2" -> to.whole(at + "proj_out" + name.leaf(), name);
            case "linear1" -> addFused(name, to, at);
            default -> {
                if (NORMS.containsKey(name.module())) {
                    to.whole(at + NORMS.get(name.module()), name);
                }
            }
        }
    }

    /** Query, key and value of the width of the model, and below them the feed-forward network's first matrix. */
    private static void addFused(Name name, TransformerNames to, String at) {
        long width = to.rows("img_in.weight");
        List<String> parts = List.of("attn.to_q", "attn.to_k", "attn.to_v");
        for (int i = 0; i < parts.size(); i++) {
            to.rows(at + parts.get(i) + name.leaf(), name, i * width, width);
        }
        to.rows(at + "proj_mlp" + name.leaf(), name, 3 * width, Math.max(0, name.rows() - 3 * width));
    }
}
