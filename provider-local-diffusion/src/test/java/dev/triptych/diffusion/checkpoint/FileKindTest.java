package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {

    @ParameterizedTest
    @CsvSource({
        "LORA, lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight",
        "LORA, transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",
        "LORA, base_model.model.x.lora_A.default.weight",
        "LORA, unet.mid_block.attn1.processor.to_q_lora.down.weight",
        "LORA, text_encoder.q_proj.lora_linear_layer.up.weight",
        "LORA, lora_unet_x.hada_w1_a",
        "LORA, lycoris_x.lokr_w1",
        "LORA, lora_unet_x.diff",
        "LORA, lora_te_x.w_norm",
        "LORA, lora_te_x.on_input",
        "LORA, double_blocks.0.processor.qkv_lora1.down.weight",
        "CONTROL_LORA, lora_controlnet input_blocks.0.0.weight",
        "CONTROLNET_LLLITE, lllite_unet_input_blocks_4_1.down.0.weight",
        "CONTROLNET, control_model.input_hint_block.0.weight",
        "CONTROLNET, controlnet_cond_embedding.conv_in.weight conv_in.weight down_blocks.0.resnets.0.norm1.weight",
        "CONTROLNET_TRANSFORMER, controlnet_blocks.0.weight transformer_blocks.0.attn.to_q.weight",
        "IP_ADAPTER, image_proj.norm.weight ip_adapter.1.to_k_ip.weight",
        "T2I_ADAPTER, adapter.body.0.resnets.0.block1.weight",
        "T2I_ADAPTER, body.0.block1.weight conv_in.weight",
        "UPSCALER, model.1.sub.0.RDB1.conv1.0.weight",
        "TINY_AUTOENCODER, 1.weight 3.conv.0.weight 3.conv.0.bias",
        "TINY_AUTOENCODER, encoder.layers.0.weight decoder.layers.0.weight",
        "FLUX2, double_stream_modulation_img.lin.weight double_blocks.0.img_attn.norm.key_norm.scale",
        "CHROMA, distilled_guidance_layer.in_proj.weight double_blocks.0.img_attn.norm.key_norm.scale",
        "HUNYUAN_VIDEO, txt_in.individual_token_refiner.x double_blocks.0.img_attn.norm.key_norm.scale",
        "FLUX, model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale",
        "FLUX, transformer_blocks.0.attn.add_q_proj.weight x_embedder.weight",
        "STABLE_DIFFUSION_3, model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias",
        "STABLE_DIFFUSION_3, transformer_blocks.0.attn.add_q_proj.weight pos_embed.proj.weight",
        "Z_IMAGE, layers.0.adaLN_modulation.0.weight cap_embedder.0.weight noise_refiner.0.attention.qkv.weight",
        "LUMINA2, layers.0.adaLN_modulation.1.weight cap_embedder.0.weight",
        "UNET, model.diffusion_model.input_blocks.0.0.weight cond_stage_model.transformer.text_model.x",
        "UNET, conv_in.weight down_blocks.0.resnets.0.norm1.weight",
        "CLIP, text_model.encoder.layers.0.mlp.fc1.weight",
        "CLIP, transformer.resblocks.0.ln_1.weight",
        "T5, encoder.block.0.layer.0.SelfAttention.k.weight shared.weight",
        "LANGUAGE_MODEL, model.layers.0.post_attention_layernorm.weight",
        "AUTOENCODER, decoder.conv_in.weight decoder.up.0.block.0.norm1.weight",
        "AUTOENCODER, decoder.conv_in.weight decoder.up_blocks.0.resnets.0.norm1.weight",
        "TEXTUAL_INVERSION, emb_params",
        "TEXTUAL_INVERSION, <cat-toy>",
        "UNKNOWN, nothing.that.anybody.knows",
    })
    void isToldByItsNames(FileKind kind, String names) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (String name : names.split(" ", -1)) {
            shapes.put(name, List.of(2L, 768L, 1L));
        }
        if (kind == FileKind.TEXTUAL_INVERSION) {
            shapes.replaceAll((name, dims) -> List.of(4L, 768L));
        }

        assertThat(FileKind.of(shapes)).isEqualTo(kind);
    }

    @Test
    void oneVectorOfATextEncodersWidthIsAnEmbedding() {
        assertThat(FileKind.of(Map.of("midjourney", List.of(3L, 1024L)))).isEqualTo(FileKind.TEXTUAL_INVERSION);
        assertThat(FileKind.of(Map.of("clip_g", List.of(2L, 48L), "clip_l", List.of(2L, 32L))))
                .isEqualTo(FileKind.TEXTUAL_INVERSION);
        assertThat(FileKind.of(Map.of("weight", List.of(3L, 1000L)))).isEqualTo(FileKind.UNKNOWN);
        assertThat(FileKind.of(Map.of())).isEqualTo(FileKind.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "single-file/sd1, UNET",
        "single-file/sd2, UNET",
        "single-file/sdxl, UNET",
        "single-file/vae, AUTOENCODER",
        "single-file/controlnet, CONTROLNET",
        "single-file/flux-dev-transformer, FLUX",
        "lora/kohya, LORA",
        "lora/peft, LORA",
        "lora/lycoris-ia3, LORA",
        "lora/lycoris-lokr, LORA",
        "lora/flux-diffusers, LORA",
        "textual-inversion/mystyle, TEXTUAL_INVERSION",
        "textual-inversion/sdxl-style, TEXTUAL_INVERSION",
        "ip-adapter/sd1-plus, IP_ADAPTER",
        "checkpoints/tiny-t2i-light/diffusion_pytorch_model, T2I_ADAPTER",
        "checkpoints/tiny-controlnet/diffusion_pytorch_model, CONTROLNET",
        "checkpoints/tiny-taesd/diffusion_pytorch_model, TINY_AUTOENCODER",
        "checkpoints/tiny-sd3/transformer/diffusion_pytorch_model, STABLE_DIFFUSION_3",
        "checkpoints/tiny-z-image/transformer/diffusion_pytorch_model, Z_IMAGE",
        "checkpoints/tiny-flux2-klein/transformer/diffusion_pytorch_model, FLUX2",
        "checkpoints/tiny-flux-dev/text_encoder_2/model, T5",
        "checkpoints/tiny-flux2-klein/text_encoder/model, LANGUAGE_MODEL",
        "checkpoints/tiny-z-image/text_encoder/model, LANGUAGE_MODEL",
        "checkpoints/tiny-sdxl/text_encoder_2/model, CLIP",
    })
    void filesOfTheReferenceAreWhatTheyAre(String name, FileKind kind) {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");
        Path file = golden.get().resolve(name + ".safetensors");

        assertThat(FileKind.of(Weights.open(List.of(file), name).shapes())).isEqualTo(kind);
    }
}
