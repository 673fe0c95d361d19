package dev.triptych.diffusion;

import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Writes tiny checkpoints as one file each, in CompVis' names. The names are made the other way round than the engine
 * reads them: by formula from levels and layers, with no walk.
 */
public final class SingleFiles {

    private static final int LEVELS = 4;
    private static final int LAYERS = 2;

    private final SafetensorsWriter writer = new SafetensorsWriter();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    @SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
    private record Entry(Dtype dtype, byte[] bytes, List<Long> dims) {}

    /** Adds the U-Net of a folder, behind {@code prefix}. */
    public SingleFiles unet(Path checkpoint, String prefix) {
        return add(checkpoint.resolve("unet/diffusion_pytorch_model.safetensors"), prefix, SingleFiles::unetName);
    }

    /** Adds the autoencoder of a folder, behind {@code prefix}. */
    public SingleFiles vae(Path checkpoint, String prefix) {
        return add(checkpoint.resolve("vae/diffusion_pytorch_model.safetensors"), prefix, SingleFiles::vaeName);
    }

    /** Adds the text encoder of a folder under transformers' names, behind {@code prefix}. */
    public SingleFiles clip(Path checkpoint, String prefix) {
        return add(checkpoint.resolve("text_encoder/model.safetensors"), prefix, name -> name);
    }

    /** Adds a file's tensors under their own names, behind {@code prefix}. */
    public SingleFiles plain(Path weights, String prefix) {
        return add(weights, prefix, name -> name);
    }

    /** Adds the transformer of Stable Diffusion 3 in a folder under Stability's names, behind {@code prefix}. */
    public SingleFiles stableDiffusion3(Path checkpoint, String prefix) {
        SafetensorsFile file =
                SafetensorsFile.open(checkpoint.resolve("transformer/diffusion_pytorch_model.safetensors"));
        long blocks = file.tensors().keySet().stream()
                .filter(name -> name.endsWith(".norm1.linear.weight"))
                .count();
        String last = "transformer_blocks." + (blocks - 1) + ".norm1_context.";
        for (String name : file.tensors().keySet()) {
            String leaf = name.substring(name.lastIndexOf('.'));
            String to = prefix + stabilitysName(name);
            if (name.contains("attn.to_q.") || name.contains("attn2.to_q.")) {
                joined(
                        file,
                        List.of(name, name.replace("to_q", "to_k"), name.replace("to_q", "to_v")),
                        to.replace(".to_q", ".qkv"));
            } else if (name.contains("attn.add_q_proj.")) {
                joined(
                        file,
                        List.of(name, name.replace("add_q_", "add_k_"), name.replace("add_q_", "add_v_")),
                        to.replace(".x_block.attn.add_q_proj", ".context_block.attn.qkv"));
            } else if (name.equals("norm_out.linear" + leaf) || name.startsWith(last)) {
                swapped(file, name, to);
            } else if (!name.matches(".*attn2?\\.(to_[kv]|add_[kv]_proj)\\..*")) {
                put(file, name, to);
            }
        }
        return this;
    }

    private static String stabilitysName(String name) {
        return name.replaceFirst("^pos_embed\\.pos_embed$", "pos_embed")
                .replaceFirst("^pos_embed\\.proj\\.", "x_embedder.proj.")
                .replaceFirst("^time_text_embed\\.timestep_embedder\\.linear_1", "t_embedder.mlp.0")
                .replaceFirst("^time_text_embed\\.timestep_embedder\\.linear_2", "t_embedder.mlp.2")
                .replaceFirst("^time_text_embed\\.text_embedder\\.linear_1", "y_embedder.mlp.0")
                .replaceFirst("^time_text_embed\\.text_embedder\\.linear_2", "y_embedder.mlp.2")
                .replaceFirst("^norm_out\\.linear", "final_layer.adaLN_modulation.1")
                .replaceFirst("^proj_out", "final_layer.linear")
                .replaceFirst("^transformer_blocks\\.(\\d+)\\.", "joint_blocks.$1.x_block.")
                .replace("x_block.norm1.linear", "x_block.adaLN_modulation.1")
                .replace("x_block.norm1_context.linear", "context_block.adaLN_modulation.1")
                .replace("x_block.ff_context.", "context_block.ff.")
                .replace(".ff.net.0.proj", ".mlp.fc1")
                .replace(".ff.net.2", ".mlp.fc2")
                .replace("x_block.attn.to_add_out", "context_block.attn.proj")
                .replace(".to_out.0", ".proj")
                .replace("x_block.attn.norm_added_q", "context_block.attn.ln_q")
                .replace("x_block.attn.norm_added_k", "context_block.attn.ln_k")
                .replaceFirst("attn(2?)\\.norm_([qk])\\.", "attn$1.ln_$2.");
    }

    private void swapped(SafetensorsFile file, String from, String to) {
        put(file, from, to);
        Entry entry = Objects.requireNonNull(entries.get(to));
        int half = entry.bytes().length / 2;
        byte[] bytes = new byte[2 * half];
        System.arraycopy(entry.bytes(), half, bytes, 0, half);
        System.arraycopy(entry.bytes(), 0, bytes, half, half);
        entries.put(to, new Entry(entry.dtype(), bytes, entry.dims()));
    }

    /** Adds a file's tensors under their own names, but for one. */
    public SingleFiles without(String name, Path weights) {
        plain(weights, "");
        entries.remove(name);
        return this;
    }

    /** Adds the text encoder of a folder under OpenCLIP's names, with one more layer, as Stable Diffusion 2 has. */
    public SingleFiles openClip(Path checkpoint, String prefix) {
        SafetensorsFile file = SafetensorsFile.open(checkpoint.resolve("text_encoder/model.safetensors"));
        int layers = 0;
        while (file.tensor("text_model.encoder.layers." + layers + ".layer_norm1.weight")
                .isPresent()) {
            layers++;
        }
        for (String name : file.tensors().keySet()) {
            if (!name.contains("self_attn.") || name.contains("out_proj")) {
                put(file, name, prefix + openClipName(name));
            }
        }
        for (int layer = 0; layer < layers; layer++) {
            String from = "text_model.encoder.layers." + layer + ".self_attn.";
            String to = prefix + "transformer.resblocks." + layer + ".attn.in_proj_";
            joined(
                    file,
                    List.of(from + "q_proj.weight", from + "k_proj.weight", from + "v_proj.weight"),
                    to + "weight");
            joined(file, List.of(from + "q_proj.bias", from + "k_proj.bias", from + "v_proj.bias"), to + "bias");
        }
        String last = prefix + "transformer.resblocks." + (layers - 1) + ".";
        String unused = prefix + "transformer.resblocks." + layers + ".";
        Map.copyOf(entries).forEach((name, entry) -> {
            if (name.startsWith(last)) {
                entries.put(unused + name.substring(last.length()), entry);
            }
        });
        return this;
    }

    /** Adds a tensor of 32-bit floats. */
    public SingleFiles floats(String name, float[] values, long... shape) {
        writer.floats(name, values, shape);
        return this;
    }

    /** Adds a tensor without elements. */
    public SingleFiles marker(String name) {
        writer.floats(name, new float[0], 0);
        return this;
    }

    /** Writes the file. */
    public Path write(Path file) {
        entries.forEach((name, entry) -> writer.add(
                name,
                entry.dtype(),
                entry.bytes(),
                entry.dims().stream().mapToLong(Long::longValue).toArray()));
        return writer.write(file);
    }

    private SingleFiles add(Path weights, String prefix, UnaryOperator<String> name) {
        SafetensorsFile file = SafetensorsFile.open(weights);
        file.tensors().keySet().forEach(from -> put(file, from, prefix + name.apply(from)));
        return this;
    }

    private void put(SafetensorsFile file, String from, String to) {
        var tensor = file.tensor(from).orElseThrow();
        entries.put(to, new Entry(tensor.dtype(), file.bytes(from).array(), tensor.dims()));
    }

    private void joined(SafetensorsFile file, List<String> from, String to) {
        List<byte[]> parts = new ArrayList<>();
        from.forEach(name -> parts.add(file.bytes(name).array()));
        ByteBuffer all =
                ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
        parts.forEach(all::put);
        var first = file.tensor(from.get(0)).orElseThrow();
        List<Long> dims = new ArrayList<>(first.dims());
        dims.set(0, dims.get(0) * from.size());
        entries.put(to, new Entry(first.dtype(), all.array(), dims));
    }

    private static String openClipName(String name) {
        return name.replace("text_model.embeddings.position_embedding.weight", "positional_embedding")
                .replace("text_model.embeddings.token_embedding.weight", "token_embedding.weight")
                .replace("text_model.final_layer_norm.", "ln_final.")
                .replace("text_model.encoder.layers.", "transformer.resblocks.")
                .replace(".layer_norm1.", ".ln_1.")
                .replace(".layer_norm2.", ".ln_2.")
                .replace(".mlp.fc1.", ".mlp.c_fc.")
                .replace(".mlp.fc2.", ".mlp.c_proj.")
                .replace(".self_attn.out_proj.", ".attn.out_proj.");
    }

    private static String unetName(String name) {
        String[] path = name.split("\\.", -1);
        String renamed = name.replace("time_embedding.linear_1.", "time_embed.0.")
                .replace("time_embedding.linear_2.", "time_embed.2.")
                .replace("conv_norm_out.", "out.0.");
        if (path[0].equals("conv_in")) {
            return "input_blocks.0.0." + path[1];
        }
        if (path[0].equals("conv_out")) {
            return "out.2." + path[1];
        }
        if (path[0].equals("mid_block")) {
            int slot = path[1].equals("attentions") ? 1 : 2 * Integer.parseInt(path[2]);
            return "middle_block." + slot + "." + inside(path, 3);
        }
        if (!path[0].equals("down_blocks") && !path[0].equals("up_blocks")) {
            return renamed;
        }
        int level = Integer.parseInt(path[1]);
        int layer = Integer.parseInt(path[3]);
        if (path[2].equals("downsamplers")) {
            return "input_blocks." + (level + 1) * (LAYERS + 1) + ".0.op." + path[5];
        }
        if (path[2].equals("upsamplers")) {
            int slot = level == 0 ? 1 : 2; // the lowest level has no attention
            return "output_blocks." + (level * (LAYERS + 1) + LAYERS) + "." + slot + ".conv." + path[5];
        }
        String block = path[0].equals("down_blocks")
                ? "input_blocks." + (1 + level * (LAYERS + 1) + layer)
                : "output_blocks." + (level * (LAYERS + 1) + layer);
        return block + (path[2].equals("resnets") ? ".0." : ".1.") + inside(path, 4);
    }

    private static String inside(String[] path, int from) {
        return String.join(".", List.of(path).subList(from, path.length))
                .replaceAll("^norm1\\.", "in_layers.0.")
                .replaceAll("^conv1\\.", "in_layers.2.")
                .replaceAll("^time_emb_proj\\.", "emb_layers.1.")
                .replaceAll("^norm2\\.", "out_layers.0.")
                .replaceAll("^conv2\\.", "out_layers.3.")
                .replaceAll("^conv_shortcut\\.", "skip_connection.");
    }

    private static String vaeName(String name) {
        String[] path = name.split("\\.", -1);
        String renamed = name.replace("conv_norm_out", "norm_out")
                .replace("conv_shortcut", "nin_shortcut")
                .replace("mid_block.resnets.0", "mid.block_1")
                .replace("mid_block.resnets.1", "mid.block_2")
                .replace("mid_block.attentions.0.group_norm", "mid.attn_1.norm")
                .replace("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out")
                .replace("mid_block.attentions.0.to_", "mid.attn_1.");
        if (path.length > 3 && path[1].endsWith("_blocks")) {
            boolean up = path[1].startsWith("up");
            int level = Integer.parseInt(path[2]);
            String at = up ? "up." + (LEVELS - 1 - level) : "down." + level;
            return renamed.replace(path[1] + "." + level, at)
                    .replace(".resnets.", ".block.")
                    .replace("samplers.0.", "sample.");
        }
        return renamed;
    }
}
