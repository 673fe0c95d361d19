package dev.triptych.diffusion.checkpoint.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tensors of a single file are those of the folder, bit for bit, under the folder's names. */
class NamesGoldenTest {

    @ParameterizedTest
    @CsvSource({
        "unet, sd1, model.diffusion_model., tiny-sd1/unet/diffusion_pytorch_model",
        "unet, sd2, model.diffusion_model., tiny-sd2/unet/diffusion_pytorch_model",
        "unet, sdxl, model.diffusion_model., tiny-sdxl/unet/diffusion_pytorch_model",
        "vae, sd1, first_stage_model., tiny-sd1/vae/diffusion_pytorch_model",
        "vae, sd2, first_stage_model., tiny-sd2/vae/diffusion_pytorch_model",
        "vae, sdxl, first_stage_model., tiny-sdxl/vae/diffusion_pytorch_model",
        "clip, sd1, cond_stage_model.transformer., tiny-sd1/text_encoder/model",
        "clip, sd2, cond_stage_model.model., tiny-sd2/text_encoder/model",
        "clip, sdxl, conditioner.embedders.0.transformer., tiny-sdxl/text_encoder/model",
        "clip, sdxl, conditioner.embedders.1.model., tiny-sdxl/text_encoder_2/model",
        "controlnet, controlnet, control_model., tiny-controlnet/diffusion_pytorch_model",
    })
    void areTheFoldersTensorsBitForBit(String network, String name, String prefix, String folder) {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");
        Weights file = open(golden.get().resolve("single-file/" + name + ".safetensors"));
        Weights wanted = open(golden.get().resolve("checkpoints/" + folder + ".safetensors"));
        Weights found = pieces(network, file, prefix).of(file);

        assertThat(found.names())
                .containsAll(wanted.names().stream()
                        .filter(tensor -> !tensor.endsWith("position_ids"))
                        .toList());
        for (String tensor : wanted.names()) {
            if (!tensor.endsWith("position_ids")) {
                Weight same = wanted.tensor(tensor).orElseThrow();
                long[] shape = same.dims().stream().mapToLong(Long::longValue).toArray();
                assertThat(found.require(tensor, shape).values()).as(tensor).isEqualTo(same.values());
            }
        }
    }

    @Test
    void aTransformersFusedProductsFallApartIntoTheFoldersMatrices() {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the whole reference set is not on this machine");
        Weights file = open(golden.get().resolve("single-file/flux-dev-transformer.safetensors"));
        Weights folder =
                open(golden.get().resolve("checkpoints/tiny-flux-dev/transformer/diffusion_pytorch_model.safetensors"));
        Weights found = FluxNames.pieces(file.shapes(), "").of(file);

        assertThat(found.names()).hasSameElementsAs(folder.names());
        assertThat(FluxNames.pieces(file.shapes(), "").shapes(file.shapes()))
                .containsExactlyInAnyOrderEntriesOf(folder.shapes());
        float[] fused =
                file.tensor("single_blocks.1.linear1.weight").orElseThrow().values();
        int third = 64 * 64;
        assertThat(values(found, "single_transformer_blocks.1.attn.to_k.weight"))
                .isEqualTo(Arrays.copyOfRange(fused, third, 2 * third));
        assertThat(values(found, "single_transformer_blocks.1.proj_mlp.weight"))
                .isEqualTo(Arrays.copyOfRange(fused, 3 * third, fused.length));
        float[] modulation =
                file.tensor("final_layer.adaLN_modulation.1.bias").orElseThrow().values();
        float[] swapped = values(found, "norm_out.linear.bias");
        assertThat(Arrays.copyOf(swapped, 64)).isEqualTo(Arrays.copyOfRange(modulation, 64, 128));
        assertThat(Arrays.copyOfRange(swapped, 64, 128)).isEqualTo(Arrays.copyOf(modulation, 64));
    }

    private static float[] values(Weights weights, String name) {
        return weights.tensor(name).orElseThrow().values();
    }

    private static Pieces pieces(String network, Weights file, String prefix) {
        return switch (network) {
            case "unet" -> UnetNames.pieces(file.shapes(), prefix);
            case "vae" -> VaeNames.pieces(file.shapes(), prefix);
            case "clip" -> ClipNames.pieces(file.shapes(), prefix);
            default -> ControlnetNames.pieces(file.shapes(), prefix);
        };
    }

    private static Weights open(Path file) {
        return Weights.open(List.of(file), file.toString());
    }
}
