package dev.triptych.diffusion;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes FLUX.2 klein 4B or Z-Image with random weights of the published shapes: transformer and Qwen3-4B as Q8_0 GGUF,
 * the autoencoder in 32 bits. What is painted with them is noise; what is measured is true. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.TrueSizeModel TINY FOLDER
 * triptych generate --model FOLDER --component transformer=FOLDER/transformer.gguf
 *     --component text_encoder=FOLDER/text_encoder.gguf …
 * </pre>
 *
 * {@code TINY} is a diffusers directory of the same family, from which tokenizer, scheduler and index are taken.
 * Shapes: diffusers 0.42, {@code transformer_flux2.py} and {@code transformer_z_image.py} with the published configs;
 * the numbers of parameters are checked against theirs. No more than a tensor is in memory at once.
 */
final class TrueSizeModel {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long KLEIN_PARAMETERS = 3_875_544_576L;
    private static final long Z_IMAGE_PARAMETERS = 6_154_908_736L;
    private static final int HEAD = 128;
    private static final int TEXT = 2560;

    private final Path tiny;
    private final Path folder;

    private TrueSizeModel(Path tiny, Path folder) {
        this.tiny = tiny;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws IOException {
        Path tiny = Path.of(arguments[0]);
        String pipeline = JSON.readTree(tiny.resolve("model_index.json").toFile())
                .path("_class_name")
                .asText();
        TrueSizeModel model = new TrueSizeModel(tiny, Path.of(arguments[1]));
        switch (pipeline) {
            case "Flux2KleinPipeline" -> model.writeKlein();
            case "ZImagePipeline" -> model.writeZImage();
            default -> throw new IllegalArgumentException("TINY must be FLUX.2 klein or Z-Image but is " + pipeline);
        }
    }

    private void writeKlein() throws IOException {
        copySmallFiles();
        configure("transformer", """
                {"attention_head_dim": 128, "axes_dims_rope": [32, 32, 32, 32], "joint_attention_dim": 7680,
                "num_attention_heads": 24, "num_layers": 5, "num_single_layers": 20}
                """);
        configureText();
        LargeGguf file = klein();
        require(KLEIN_PARAMETERS, file.parameters());
        file.write(folder.resolve("transformer.gguf"));
        writeAutoencoder(32, true);
    }

    private void writeZImage() throws IOException {
        copySmallFiles();
        configure("transformer", """
                {"axes_dims": [32, 48, 48], "cap_feat_dim": 2560, "dim": 3840, "n_heads": 30, "n_kv_heads": 30,
                "n_layers": 30, "n_refiner_layers": 2}
                """);
        configureText();
        LargeGguf file = zImage();
        require(Z_IMAGE_PARAMETERS, file.parameters());
        file.write(folder.resolve("transformer.gguf"));
        writeAutoencoder(16, false);
    }

    private static void require(long expected, long found) {
        if (expected != found) {
            throw new IllegalStateException("parameters must be " + expected + " but are " + found);
        }
    }

    private static LargeGguf klein() {
        int width = 3072;
        LargeGguf file = new LargeGguf("flux")
                .add("img_in.weight", width, 128)
                .add("txt_in.weight", width, 3 * TEXT)
                .add("time_in.in_layer.weight", width, 256)
                .add("time_in.out_layer.weight", width, width)
                .add("double_stream_modulation_img.lin.weight", 6 * width, width)
                .add("double_stream_modulation_txt.lin.weight", 6 * width, width)
                .add("single_stream_modulation.lin.weight", 3 * width, width)
                .add("final_layer.linear.weight", 128, width)
                .add("final_layer.adaLN_modulation.1.weight", 2 * width, width);
        for (int i = 0; i < 5; i++) {
            for (String stream : List.of("img", "txt")) {
                String at = "double_blocks." + i + "." + stream;
                file.add(at + "_attn.qkv.weight", 3 * width, width)
                        .add(at + "_attn.proj.weight", width, width)
                        .add(at + "_attn.norm.query_norm.scale", HEAD)
                        .add(at + "_attn.norm.key_norm.scale", HEAD)
                        .add(at + "_mlp.0.weight", 6 * width, width)
                        .add(at + "_mlp.2.weight", width, 3 * width);
            }
        }
        for (int i = 0; i < 20; i++) {
            String at = "single_blocks." + i + ".";
            file.add(at + "linear1.weight", 9 * width, width)
                    .add(at + "linear2.weight", width, 4 * width)
                    .add(at + "norm.query_norm.scale", HEAD)
                    .add(at + "norm.key_norm.scale", HEAD);
        }
        return file;
    }

    private static LargeGguf zImage() {
        int width = 3840;
        LargeGguf file = new LargeGguf("lumina2")
                .linear("x_embedder", width, 64)
                .linear("final_layer.linear", 64, width)
                .linear("final_layer.adaLN_modulation.1", width, 256)
                .linear("t_embedder.mlp.0", 1024, 256)
                .linear("t_embedder.mlp.2", 256, 1024)
                .add("cap_embedder.0.weight", TEXT)
                .linear("cap_embedder.1", width, TEXT)
                .add("x_pad_token", 1, width)
                .add("cap_pad_token", 1, width);
        IntStream.range(0, 30).forEach(i -> addZImageBlock(file, "layers." + i + ".", width, true));
        IntStream.range(0, 2).forEach(i -> addZImageBlock(file, "noise_refiner." + i + ".", width, true));
        IntStream.range(0, 2).forEach(i -> addZImageBlock(file, "context_refiner." + i + ".", width, false));
        return file;
    }

    private static void addZImageBlock(LargeGguf file, String at, int width, boolean modulated) {
        int hidden = width / 3 * 8;
        file.add(at + "attention.qkv.weight", 3 * width, width)
                .add(at + "attention.out.weight", width, width)
                .add(at + "attention.q_norm.weight", HEAD)
                .add(at + "attention.k_norm.weight", HEAD)
                .add(at + "feed_forward.w1.weight", hidden, width)
                .add(at + "feed_forward.w2.weight", width, hidden)
                .add(at + "feed_forward.w3.weight", hidden, width);
        for (String norm : List.of("attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2")) {
            file.add(at + norm + ".weight", width);
        }
        if (modulated) {
            file.linear(at + "adaLN_modulation.0", 4 * width, 256);
        }
    }

    /** Qwen3-4B, under llama.cpp's names. */
    private void configureText() throws IOException {
        int hidden = 9728;
        configure("text_encoder", """
                {"head_dim": 128, "hidden_size": 2560, "intermediate_size": 9728, "num_attention_heads": 32,
                "num_hidden_layers": 36, "num_key_value_heads": 8, "vocab_size": 151936}
                """);
        LargeGguf file =
                new LargeGguf("qwen3").add("token_embd.weight", 151_936, TEXT).add("output_norm.weight", TEXT);
        for (int i = 0; i < 36; i++) {
            String at = "blk." + i + ".";
            file.add(at + "attn_q.weight", 32 * HEAD, TEXT)
                    .add(at + "attn_k.weight", 8 * HEAD, TEXT)
                    .add(at + "attn_v.weight", 8 * HEAD, TEXT)
                    .add(at + "attn_output.weight", TEXT, 32 * HEAD)
                    .add(at + "attn_q_norm.weight", HEAD)
                    .add(at + "attn_k_norm.weight", HEAD)
                    .add(at + "attn_norm.weight", TEXT)
                    .add(at + "ffn_norm.weight", TEXT)
                    .add(at + "ffn_gate.weight", hidden, TEXT)
                    .add(at + "ffn_up.weight", hidden, TEXT)
                    .add(at + "ffn_down.weight", TEXT, hidden);
        }
        file.write(folder.resolve("text_encoder.gguf"));
    }

    private void writeAutoencoder(int latents, boolean statistics) throws IOException {
        configure("vae", """
                {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "norm_num_groups": 32}
                """);
        int[] widths = {128, 256, 512, 512};
        AutoencoderTensors tensors = new AutoencoderTensors();
        tensors.conv("encoder.conv_in", widths[0], 3, 3);
        for (int level = 0, from = widths[0]; level < widths.length; level++) {
            String at = "encoder.down_blocks." + level;
            tensors.resnets(at, 2, from, widths[level]);
            if (level < widths.length - 1) {
                tensors.conv(at + ".downsamplers.0.conv", widths[level], widths[level], 3);
            }
            from = widths[level];
        }
        tensors.ends("encoder", widths[3], 2 * latents);
        tensors.conv("decoder.conv_in", widths[3], latents, 3);
        for (int level = 0, from = widths[3]; level < widths.length; level++) {
            String at = "decoder.up_blocks." + level;
            int width = widths[widths.length - 1 - level];
            tensors.resnets(at, 3, from, width);
            if (level < widths.length - 1) {
                tensors.conv(at + ".upsamplers.0.conv", width, width, 3);
            }
            from = width;
        }
        tensors.middle("decoder", widths[3]);
        tensors.norm("decoder.conv_norm_out", widths[0]);
        tensors.conv("decoder.conv_out", 3, widths[0], 3);
        if (statistics) {
            tensors.conv("quant_conv", 2 * latents, 2 * latents, 1);
            tensors.conv("post_quant_conv", latents, latents, 1);
            tensors.statistics(4 * latents);
        }
        tensors.writer.write(folder.resolve("vae/diffusion_pytorch_model.safetensors"));
    }

    private static final class AutoencoderTensors {

        private final SafetensorsWriter writer = new SafetensorsWriter();

        void resnets(String at, int count, int from, int to) {
            for (int i = 0; i < count; i++) {
                resnet(at + ".resnets." + i, i == 0 ? from : to, to);
            }
        }

        void ends(String coder, int width, int out) {
            middle(coder, width);
            norm(coder + ".conv_norm_out", width);
            conv(coder + ".conv_out", out, width, 3);
        }

        void middle(String coder, int width) {
            resnets(coder + ".mid_block", 2, width, width);
            String attention = coder + ".mid_block.attentions.0.";
            norm(attention + "group_norm", width);
            for (String product : List.of("to_q", "to_k", "to_v", "to_out.0")) {
                writer.floats(attention + product + ".weight", small(width * width, width), width, width);
                writer.floats(attention + product + ".bias", new float[width], width);
            }
        }

        private void resnet(String at, int from, int to) {
            norm(at + ".norm1", from);
            conv(at + ".conv1", to, from, 3);
            norm(at + ".norm2", to);
            conv(at + ".conv2", to, to, 3);
            if (from != to) {
                conv(at + ".conv_shortcut", to, from, 1);
            }
        }

        void norm(String at, int width) {
            float[] ones = new float[width];
            Arrays.fill(ones, 1);
            writer.floats(at + ".weight", ones, width).floats(at + ".bias", new float[width], width);
        }

        void conv(String at, int out, int in, int kernel) {
            int each = in * kernel * kernel;
            writer.floats(at + ".weight", small(out * each, each), out, in, kernel, kernel);
            writer.floats(at + ".bias", new float[out], out);
        }

        void statistics(int channels) {
            float[] ones = new float[channels];
            Arrays.fill(ones, 1);
            writer.floats("bn.running_mean", new float[channels], channels);
            writer.floats("bn.running_var", ones, channels);
        }

        private static float[] small(int count, int inputs) {
            float[] values = new float[count];
            double size = Math.sqrt(3.0 / inputs);
            int state = 1;
            for (int i = 0; i < count; i++) {
                state = state * 1_664_525 + 1_013_904_223;
                values[i] = (float) (size * state / Integer.MIN_VALUE);
            }
            return values;
        }
    }

    /** All but weights. */
    private void copySmallFiles() throws IOException {
        try (Stream<Path> files = Files.walk(tiny)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.toString().endsWith(".safetensors")) {
                    Path target = folder.resolve(tiny.relativize(file).toString());
                    Files.createDirectories(target.toAbsolutePath().getParent());
                    Files.write(target, Files.readAllBytes(file));
                }
            }
        }
    }

    private void configure(String part, String changes) throws IOException {
        Path file = folder.resolve(part).resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        config.remove("layer_types");
        config.setAll((ObjectNode) JSON.readTree(changes));
        JSON.writeValue(file.toFile(), config);
    }
}
