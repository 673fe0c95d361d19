package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that llama.cpp gives the tensors of text encoders in GGUF files: T5's encoder, and the language models of
 * Qwen, Llama and Mistral. Reference: llama.cpp, {@code gguf-py/gguf/tensor_mapping.py} and
 * {@code convert_hf_to_gguf.py} ({@code LlamaModel.permute}).
 *
 * <pre>{@code
 * Weights file = Weights.open(List.of(Path.of("t5-v1_1-xxl-encoder-Q8_0.gguf")), "T5");
 * Weights t5 = LlamaCppNames.toTransformers(file);
 * t5.has("encoder.block.0.layer.0.SelfAttention.q.weight");
 * }</pre>
 */
public final class LlamaCppNames {

    private static final Pattern T5_BLOCK = Pattern.compile("enc\\.blk\\.(\\d+)\\.(\\w+)(\\.weight|\\.bias)");
    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d+)\\.(\\w+)(\\.weight|\\.bias)");

    private static final Map<String, String> T5_LAYER = Map.of(
            "attn_q", "layer.0.SelfAttention.q",
            "attn_k", "layer.0.SelfAttention.k",
            "attn_v", "layer.0.SelfAttention.v",
            "attn_o", "layer.0.SelfAttention.o",
            "attn_norm", "layer.0.layer_norm",
            "attn_rel_b", "layer.0.SelfAttention.relative_attention_bias",
            "ffn_gate", "layer.1.DenseReluDense.wi_0",
            "ffn_up", "layer.1.DenseReluDense.wi_1",
            "ffn_down", "layer.1.DenseReluDense.wo",
            "ffn_norm", "layer.1.layer_norm");

    private static final Map<String, String> T5_SINGLE = Map.of(
            "token_embd.weight", "shared.weight",
            "enc.output_norm.weight", "encoder.final_layer_norm.weight");

    private static final Map<String, String> LAYER = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"),
            Map.entry("ffn_norm", "post_attention_layernorm"));

    private static final Map<String, String> SINGLE = Map.of(
            "token_embd.weight", "model.embed_tokens.weight",
            "output_norm.weight", "model.norm.weight",
            "output.weight", "lm_head.weight");

    /** Architectures whose rows of queries and keys lie in pairs: each with the one half a head after it. */
    private static final Set<String> PAIRED = Set.of("llama", "mistral3");

    private LlamaCppNames() {}

    /** Whether these are names of llama.cpp's. */
    public static boolean fit(Set<String> names) {
        return names.contains("token_embd.weight")
                && (names.contains("enc.blk.0.attn_q.weight") || names.contains("blk.0.attn_q.weight"));
    }

    /**
     * The encoder under transformers' names: views of those in {@code file}. Tensors that no encoder has, such as a T5
     * decoder's, are left out.
     *
     * @throws ModelLoadException if rows must be put in order and the file does not say how many heads it has
     */
    public static Weights toTransformers(Weights file) {
        boolean isT5 = file.has("enc.blk.0.attn_q.weight");
        Map<String, Weight> renamed = new LinkedHashMap<>();
        for (String name : file.names()) {
            String ours = isT5 ? t5(name) : languageModel(name);
            if (ours != null) {
                file.tensor(name).ifPresent(tensor -> renamed.put(ours, inOrder(file, name, tensor)));
            }
        }
        return Weights.of(renamed, file.source(), file.identity());
    }

    private static @Nullable String t5(String name) {
        return translated(name, T5_SINGLE, T5_BLOCK, "encoder.block.", T5_LAYER);
    }

    private static @Nullable String languageModel(String name) {
        return translated(name, SINGLE, BLOCK, "model.layers.", LAYER);
    }

    private static @Nullable String translated(
            String name, Map<String, String> single, Pattern block, String layers, Map<String, String> layer) {
        Matcher matcher = block.matcher(name);
        if (!matcher.matches()) {
            return single.get(name);
        }
        String inLayer = layer.get(matcher.group(2));
        return inLayer == null ? null : layers + matcher.group(1) + "." + inLayer + matcher.group(3);
    }

    private static Weight inOrder(Weights file, String name, Weight tensor) {
        String architecture = file.metadata().getOrDefault("general.architecture", "");
        Matcher matcher = BLOCK.matcher(name);
        if (!PAIRED.contains(architecture) || !matcher.matches()) {
            return tensor;
        }
        return switch (matcher.group(2)) {
            case "attn_q" -> tensor.unpairedRows(heads(file, architecture + ".attention.head_count", tensor));
            case "attn_k" -> tensor.unpairedRows(heads(file, architecture + ".attention.head_count_kv", tensor));
            default -> tensor;
        };
    }

    private static int heads(Weights file, String key, Weight tensor) {
        String heads = file.metadata().getOrDefault(key, "missing");
        long rows = tensor.dims().isEmpty() ? 0 : tensor.dims().get(0);
        if (!heads.matches("[1-9]\\d{0,5}") || rows % (2L * Integer.parseInt(heads)) != 0) {
            throw new ModelLoadException(file.source() + ": key " + key + " must be a number of heads that " + rows
                    + " rows can be divided into but was " + heads);
        }
        return Integer.parseInt(heads);
    }
}
