package dev.triptych.diffusion.checkpoint.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names of CompVis for diffusers' modules, and that they lead back. */
class CompVisUnetTest {

    /** The modules of SDXL: three levels of two layers, attention in the lower two. */
    private static List<String> sdxl() {
        List<String> modules = new ArrayList<>(List.of(
                "conv_in",
                "time_embedding.linear_1",
                "time_embedding.linear_2",
                "add_embedding.linear_1",
                "add_embedding.linear_2",
                "conv_norm_out",
                "conv_out"));
        for (int level = 0; level < 3; level++) {
            for (int layer = 0; layer < 3; layer++) {
                String at = "." + level + ".%s." + layer;
                if (layer < 2) {
                    addBlock(modules, "down_blocks" + at, level > 0);
                }
                addBlock(modules, "up_blocks" + at, level < 2);
            }
            if (level < 2) {
                modules.add("down_blocks." + level + ".downsamplers.0.conv");
                modules.add("up_blocks." + level + ".upsamplers.0.conv");
            }
        }
        addBlock(modules, "mid_block.%s.0", true);
        addBlock(modules, "mid_block.%s.1", false);
        return modules;
    }

    private static void addBlock(List<String> modules, String at, boolean attends) {
        for (String part : List.of("norm1", "conv1", "time_emb_proj", "norm2", "conv2", "conv_shortcut")) {
            modules.add(at.formatted("resnets") + "." + part);
        }
        if (attends) {
            modules.add(at.formatted("attentions") + ".proj_in");
            modules.add(at.formatted("attentions") + ".transformer_blocks.0.attn2.to_k");
        }
    }

    @Test
    void givesTheNamesThatTrainersWrite() {
        Map<String, String> names = CompVisUnet.names(sdxl());

        assertThat(names)
                .containsEntry(
                        "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k",
                        "input_blocks.4.1.transformer_blocks.0.attn2.to_k")
                .containsEntry("mid_block.attentions.0.proj_in", "middle_block.1.proj_in")
                .containsEntry("mid_block.resnets.1.conv1", "middle_block.2.in_layers.2")
                .containsEntry("up_blocks.0.upsamplers.0.conv", "output_blocks.2.2.conv")
                .containsEntry("down_blocks.0.downsamplers.0.conv", "input_blocks.3.0.op")
                .containsEntry("add_embedding.linear_1", "label_emb.0.0")
                .containsEntry("time_embedding.linear_2", "time_embed.2")
                .containsEntry("conv_out", "out.2")
                .containsEntry("conv_in", "input_blocks.0.0")
                .containsEntry("up_blocks.2.resnets.2.conv_shortcut", "output_blocks.8.0.skip_connection")
                .containsOnlyKeys(sdxl());
    }

    @Test
    void aLevelWithoutAttentionHasItsUpsamplerInTheSecondPlace() {
        Map<String, String> names = CompVisUnet.names(List.of(
                "up_blocks.0.resnets.0.conv1",
                "up_blocks.0.resnets.1.conv1",
                "up_blocks.0.resnets.2.conv1",
                "up_blocks.0.upsamplers.0.conv"));

        assertThat(names).containsEntry("up_blocks.0.upsamplers.0.conv", "output_blocks.2.1.conv");
    }

    @Test
    void readingAFileOfThoseNamesLeadsBack() {
        Map<String, List<Long>> file = new LinkedHashMap<>();
        CompVisUnet.names(sdxl()).values().forEach(name -> file.put(name + ".weight", List.of(1L, 1L)));

        Pieces pieces = UnetNames.pieces(file, "");

        CompVisUnet.names(sdxl())
                .forEach((module, name) -> assertThat(pieces.byName().get(module + ".weight"))
                        .as(module)
                        .isEqualTo(Piece.whole(name + ".weight")));
    }

    @Test
    void whatIsNoBlockHasNoName() {
        assertThat(CompVisUnet.names(List.of("down_blocks", "mid_block.resnets", "class_embedding")))
                .isEmpty();
    }
}
