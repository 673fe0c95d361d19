package dev.triptych.diffusion.adapt;

import static dev.triptych.diffusion.adapt.TinyModel.ATTENTION;
import static dev.triptych.diffusion.adapt.TinyModel.CONVOLUTION;
import static dev.triptych.diffusion.adapt.TinyModel.MATRIX;
import static dev.triptych.diffusion.adapt.TinyModel.OUTPUT;
import static dev.triptych.diffusion.adapt.TinyModel.TEXT;
import static dev.triptych.diffusion.adapt.TinyModel.changed;
import static dev.triptych.diffusion.adapt.TinyModel.modules;
import static dev.triptych.diffusion.adapt.TinyModel.numbers;
import static dev.triptych.diffusion.adapt.TinyModel.unet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names in every dialect, and what is said where a file does not fit. */
class AdapterFittingTest {

    @TempDir
    Path folder;

    private SafetensorsWriter pair(String up, String down) {
        return new SafetensorsWriter().floats(up, numbers(6, 60), 6, 1).floats(down, numbers(4, 61), 1, 4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_%s.weight/up/down",
                "lora_transformer_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_%s.weight/up/down",
                "lycoris_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_%s.weight/up/down",
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_%s.weight/B/A",
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora.%s.weight/up/down",
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.%s.weight/up/down",
                "down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.%s.weight/up/down",
                "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_%s.weight/B/A",
                "unet.base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_%s.default.weight/B/A",
                "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_%s/B/A",
                "diffusion_model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q_.lora_%s.weight/up/down"
            })
    void readsTheDialectsOfLora(String dialect) {
        String[] parts = dialect.split("/", -1);
        Path file =
                pair(parts[0].formatted(parts[1]), parts[0].formatted(parts[2])).write(folder.resolve("it"));

        Adapter adapter = Adapter.open("it", file, modules(folder));

        assertThat(adapter.warnings()).isEmpty();
        assertThat(adapter.changes()).containsOnlyKeys("unet");
        assertThat(adapter.changes().get("unet")).containsOnlyKeys(MATRIX + ".weight");
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_input_blocks_1_0_in_layers_2.diff_b, unet, " + CONVOLUTION + ".bias",
        "unet.input_blocks.1.0.in_layers.2.diff_b, unet, " + CONVOLUTION + ".bias",
        "unet." + ATTENTION + ".processor.to_out.diff_b, unet, " + OUTPUT + ".bias",
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj.diff_b, text_encoder, " + TEXT + ".bias",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj.diff_b, text_encoder, " + TEXT + ".bias",
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.diff_b, text_encoder, " + TEXT + ".bias",
        "clip_l.text_model.encoder.layers.0.self_attn.q_proj.diff_b, text_encoder, " + TEXT + ".bias"
    })
    void findsModulesByAllTheirNames(String name, String part, String tensor) {
        int length = part.equals("unet") ? 6 : 4;
        Path file =
                new SafetensorsWriter().floats(name, new float[length], length).write(folder.resolve("it"));

        Adapter adapter = Adapter.open("it", file, modules(folder));

        assertThat(adapter.changes().get(part)).containsOnlyKeys(tensor);
    }

    @Test
    void onlyTouchedTensorsLeaveTheirFile() {
        Path file = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight")
                .write(folder.resolve("it"));
        Weights base = unet(folder);
        Adapter adapter = Adapter.open("it", file, modules(folder));

        Weights over = new Adaptation(List.of(new Adaptation.Applied(adapter, 0.5f, 0))).over("unet", base);

        for (String name : base.names()) {
            boolean isTouched = name.equals(MATRIX + ".weight");
            assertThat(over.tensor(name).orElseThrow() instanceof FileWeight).isNotEqualTo(isTouched);
        }
        assertThat(over.identity()).isNotEqualTo(base.identity());
    }

    @Test
    void withoutStrengthNothingIsTouched() {
        Path file = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight")
                .write(folder.resolve("it"));
        Weights base = unet(folder);
        Adapter adapter = Adapter.open("it", file, modules(folder));

        Adaptation off = new Adaptation(List.of(new Adaptation.Applied(adapter, 0, 0)));
        Adaptation textAlone = new Adaptation(List.of(new Adaptation.Applied(adapter, 0, 1)));

        assertThat(off.applied()).isEmpty();
        assertThat(off.over("unet", base)).isSameAs(base);
        assertThat(textAlone.touches("unet")).isFalse();
        assertThat(textAlone.identity("unet")).isEmpty();
    }

    @Test
    void severalAreAddedOneAfterTheOther() {
        Path file = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight")
                .write(folder.resolve("it"));
        Adapter adapter = Adapter.open("it", file, modules(folder));
        Adaptation.Applied half = new Adaptation.Applied(adapter, 0.5f, 0);

        float[] twice = new Adaptation(List.of(half, half))
                .over("unet", unet(folder))
                .tensor(MATRIX + ".weight")
                .orElseThrow()
                .values();

        assertThat(twice).containsExactly(changed(folder, file, 1, MATRIX + ".weight"), within(1e-6f));
    }

    @Test
    void aFolderOfPeftHasItsScaleInItsConfig() throws IOException {
        Path peft = Files.createDirectory(folder.resolve("peft"));
        pair("base_model.model." + MATRIX + ".lora_B.weight", "base_model.model." + MATRIX + ".lora_A.weight")
                .write(peft.resolve("adapter_model.safetensors"));
        Path plain = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight")
                .write(folder.resolve("plain"));
        String hash = Adapter.hash(peft);
        Files.writeString(
                peft.resolve("adapter_config.json"),
                "{\"peft_type\":\"LORA\",\"r\":1,\"lora_alpha\":4,\"alpha_pattern\":{\"to_q\":3},\"bias\":\"none\"}");

        assertThat(changed(folder, peft, 1, MATRIX + ".weight"))
                .containsExactly(changed(folder, plain, 3, MATRIX + ".weight"), within(1e-6f));
        assertThat(Adapter.hash(peft)).isNotEqualTo(hash);
    }

    @Test
    void refusesWhatPeftsConfigSaysBeyondALora() throws IOException {
        Path peft = Files.createDirectory(folder.resolve("peft"));
        pair("base_model.model." + MATRIX + ".lora_B.weight", "base_model.model." + MATRIX + ".lora_A.weight")
                .write(peft.resolve("adapter_model.safetensors"));
        Path config = Files.writeString(peft.resolve("adapter_config.json"), "{\"bias\":\"all\"}");

        assertThatThrownBy(() -> Adapter.open("it", peft, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config.toAbsolutePath() + ": \"bias\" must be none but was all");
    }

    @Test
    void aModuleUnderTwoNamesCountsOnce() {
        Path file = new SafetensorsWriter()
                .floats("lora_unet_input_blocks_1_0_in_layers_2.diff_b", numbers(6, 1), 6)
                .floats("lora_unet_down_blocks_0_resnets_0_conv1.diff_b", new float[6], 6)
                .write(folder.resolve("it"));

        Adapter adapter = Adapter.open("twin", file, modules(folder));

        assertThat(changed(folder, file, 1, CONVOLUTION + ".bias"))
                .containsExactly(
                        unet(folder).tensor(CONVOLUTION + ".bias").orElseThrow().values());
        assertThat(adapter.warnings())
                .containsExactly("LoRA twin has 1 modules under two names; these are left out: "
                        + "lora_unet_input_blocks_1_0_in_layers_2");
    }

    @Test
    void whatIsNotInTheModelIsAWarningWithTheFirstFiveNames() {
        SafetensorsWriter writer = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight");
        for (int i = 0; i < 7; i++) {
            writer.floats("unet.nowhere." + i + ".diff_b", new float[1], 1);
        }

        Adapter adapter = Adapter.open("it", writer.write(folder.resolve("it")), modules(folder));

        assertThat(adapter.warnings())
                .containsExactly("LoRA it has 7 modules that are not in the model and have no effect: unet.nowhere.0,"
                        + " unet.nowhere.1, unet.nowhere.2, unet.nowhere.3, unet.nowhere.4, …");
    }

    @Test
    void nothingInTheModelIsAnError() {
        Path file =
                pair("unet.nowhere.lora_B.weight", "unet.nowhere.lora_A.weight").write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        "LoRA it (" + file + ") must fit the model, which is Stable Diffusion 1, but no module of it is"
                                + " there: 1 of its 1 modules are not in it, such as unet.nowhere");
    }

    @Test
    void anotherFamilyIsRefusedByBothNames() {
        Path file = pair(
                        "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight",
                        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight")
                .write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("LoRA it (" + file
                        + ") must fit the model, which is Stable Diffusion 1, but is for FLUX: 1 of its"
                        + " 1 modules are not in it, such as lora_unet_double_blocks_0_img_attn_qkv");
    }

    @Test
    void anotherShapeIsAnErrorWithBoth() {
        Path file = new SafetensorsWriter()
                .floats("unet." + MATRIX + ".lora_B.weight", new float[7], 7, 1)
                .floats("unet." + MATRIX + ".lora_A.weight", new float[4], 1, 4)
                .write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("LoRA it (" + file + "): module unet." + MATRIX
                        + " must change a weight of the shape [6, 4] but changes one of 7 outputs and 4 inputs");
    }

    @Test
    void halfAPairIsAnError() {
        Path file = new SafetensorsWriter()
                .floats("unet." + MATRIX + ".lora_B.weight", new float[6], 6, 1)
                .write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": module unet." + MATRIX + ": it must have a tensor for down but has only [unet."
                        + MATRIX + ".lora_B.weight]");
    }

    @ParameterizedTest
    @CsvSource({
        "x.oft_blocks, OFT or BOFT",
        "x.oft_diag, OFT",
        "lora_controlnet, 'a Control-LoRA, a ControlNet in LoRA''s form'",
        "lllite_unet_x.down.0.weight, a ControlNet-LLLite",
        "lora_prior_unet_x.lora_up.weight, a LoRA for Stable Cascade",
    })
    void kindsThatAreNotSupportedAreRefusedByName(String tensor, String kind) {
        Path file = new SafetensorsWriter().floats(tensor, new float[1], 1).write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " is " + kind + ", which is not supported as a LoRA");
    }

    @Test
    void whatIsNoAdapterIsRefused() {
        assertThatThrownBy(() -> {
                    unet(folder);
                    Adapter.open("it", folder.resolve("unet.safetensors"), modules(folder));
                })
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("must be a LoRA or one of its kin but holds no such tensor");
    }

    @Test
    void numbersThatAreNotFiniteAreFoundAtOnce() {
        Path file = pair("unet." + MATRIX + ".lora_B.weight", "unet." + MATRIX + ".lora_A.weight")
                .floats("unet." + MATRIX + ".alpha", new float[] {Float.NaN})
                .write(folder.resolve("it"));

        assertThatThrownBy(() -> Adapter.open("it", file, modules(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": tensor unet." + MATRIX
                        + ".alpha must hold finite numbers but holds NaN or an infinity");
    }

    @Test
    void everySpellingMeansOneModule() {
        ModuleTable table = modules(folder).tables().get(0);

        assertThat(table.spellings())
                .allSatisfy(
                        spelling -> assertThat(Set.copyOf(table.find(spelling))).hasSize(1));
    }
}
