package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.TransformerNames.Name;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The names of Stable Diffusion 3's transformer, Stability's and diffusers'. Scale and shift of the last modulations
 * stand the other way round. Reference: diffusers 0.42, {@code loaders/single_file_utils.py},
 * {@code convert_sd3_transformer_checkpoint_to_diffusers}.
 */
public final class StableDiffusion3Names {

    private static final Map<String, String> SINGLE = Map.of(
            "x_embedder.proj", "pos_embed.proj",
            "t_embedder.mlp.0", "time_text_embed.timestep_embedder.linear_1",
            "t_embedder.mlp.2", "time_text_embed.timestep_embedder.linear_2",
            "y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1",
            "y_embedder.mlp.2", "time_text_embed.text_embedder.linear_2",
            "context_embedder", "context_embedder",
            "final_layer.linear", "proj_out");

    private static final Map<String, String> BLOCK = Map.ofEntries(
            Map.entry("x_block.attn.ln_q", "attn.norm_q"),
            Map.entry("x_block.attn.ln_k", "attn.norm_k"),
            Map.entry("x_block.attn.proj", "attn.to_out.0"),
            Map.entry("x_block.attn2.ln_q", "attn2.norm_q"),
            Map.entry("x_block.attn2.ln_k", "attn2.norm_k"),
            Map.entry("x_block.attn2.proj", "attn2.to_out.0"),
            Map.entry("x_block.mlp.fc1", "ff.net.0.proj"),
            Map.entry("x_block.mlp.fc2", "ff.net.2"),
            Map.entry("x_block.adaLN_modulation.1", "norm1.linear"),
            Map.entry("context_block.attn.ln_q", "attn.norm_added_q"),
            Map.entry("context_block.attn.ln_k", "attn.norm_added_k"),
            Map.entry("context_block.attn.proj", "attn.to_add_out"),
            Map.entry("context_block.mlp.fc1", "ff_context.net.0.proj"),
            Map.entry("context_block.mlp.fc2", "ff_context.net.2"));

    private static final List<StackedModules.Blocks> BLOCKS = List.of(new StackedModules.Blocks(
            "joint_blocks",
            "transformer_blocks",
            BLOCK,
            Map.of(
                    "x_block.attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v"),
                    "x_block.attn2.qkv", List.of("attn2.to_q", "attn2.to_k", "attn2.to_v"),
                    "context_block.attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))));

    /** A context modulation has this many parts, but two in the last block, from which no context goes on. */
    private static final int PARTS = 6;

    private StableDiffusion3Names() {}

    /**
     * What Stability calls modules, for adapters: each name with the modules of diffusers whose rows it stacks.
     * Modulations of the text are not among them: the last one's halves stand the other way round.
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
        return TransformerNames.pieces(file, prefix, "x_embedder.proj.weight", StableDiffusion3Names::add);
    }

    private static void add(Name name, TransformerNames to) {
        if (name.blocks().equals("joint_blocks")) {
            addBlock(name, to, "transformer_blocks." + name.block() + ".");
        } else if (name.whole().equals("pos_embed")) {
            to.whole("pos_embed.pos_embed", name);
        } else if (SINGLE.containsKey(name.module())) {
            to.whole(SINGLE.get(name.module()) + name.leaf(), name);
        } else if (name.module().equals("final_layer.adaLN_modulation.1")) {
            to.swapped("norm_out.linear" + name.leaf(), name);
        }
    }

    private static void addBlock(Name name, TransformerNames to, String at) {
        switch (name.module()) {
            case "x_block.attn.qkv" -> to.thirds(at + "attn.", name, List.of("to_q", "to_k", "to_v"));
            case "x_block.attn2.qkv" -> to.thirds(at + "attn2.", name, List.of("to_q", "to_k", "to_v"));
            case "context_block.attn.qkv" ->
                to.thirds(at + "attn.", name, List.of("add_q_proj", "add_k_proj", "add_v_proj"));
            case "context_block.adaLN_modulation.1" -> addContextModulation(name, to, at);
            default -> {
                if (BLOCK.containsKey(name.module())) {
                    to.whole(at + BLOCK.get(name.module()) + name.leaf(), name);
                }
            }
        }
    }

    private static void addContextModulation(Name name, TransformerNames to, String at) {
        boolean isLast = name.rows() < PARTS * to.rows("x_embedder.proj.weight");
        String linear = at + "norm1_context.linear" + name.leaf();
        if (isLast) {
            to.swapped(linear, name);
        } else {
            to.whole(linear, name);
        }
    }
}
