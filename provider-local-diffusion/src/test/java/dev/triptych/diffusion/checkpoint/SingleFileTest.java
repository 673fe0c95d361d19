package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.SingleFiles;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleFileTest {

    private static final Path SD1 = GoldenCheckpoints.directory("tiny-sd1");
    private static final Path SD2 = GoldenCheckpoints.directory("tiny-sd2");

    @TempDir
    Path temp;

    @Test
    void itsPartsAreTheFoldersBitForBit() {
        assertSame(Checkpoint.open(sd1("model")), Checkpoint.open(SD1));
        assertSame(Checkpoint.open(sd2("second")), Checkpoint.open(SD2));
    }

    private static void assertSame(Checkpoint file, Checkpoint folder) {
        assertThat(file.names()).containsExactlyElementsOf(folder.names());
        for (String name : List.of("unet", "vae", "text_encoder")) {
            Weights found = file.require(name).weights();
            Weights wanted = folder.require(name).weights();
            for (String tensor : wanted.names()) {
                Weight same = wanted.tensor(tensor).orElseThrow();
                long[] shape = same.dims().stream().mapToLong(Long::longValue).toArray();
                assertThat(found.require(tensor, shape).values()).as(tensor).isEqualTo(same.values());
            }
        }
    }

    @Test
    void stableDiffusion2LeavesOutTheLastLayerOfOpenClip() {
        Checkpoint file = Checkpoint.open(sd2("second"));

        int layers = Checkpoint.open(SD2).require("text_encoder").config().integer("num_hidden_layers", 0);
        ConfigFile config = file.require("text_encoder").config();
        assertThat(config.integer("num_hidden_layers", 0)).isEqualTo(layers);
        assertThat(config.text("hidden_act", "")).isEqualTo("gelu");
        assertThat(file.require("tokenizer").config().text("pad_token", "")).isEqualTo("!");
    }

    @Test
    void aFolderOfConfigsSaysWhatShapesDoNot() {
        SingleFileOptions options = new SingleFileOptions(Optional.of(SD1), false);
        Checkpoint file = Checkpoint.open(sd1("model"), Components.none(), options);

        assertThat(file.require("unet").config().integer("norm_num_groups", 0)).isEqualTo(8);
        assertThat(file.require("tokenizer").isFolder()).isTrue();
        assertThat(file.require("scheduler").location()).isEqualTo(SD1.resolve("scheduler"));
        assertThat(file.index().file()).isEqualTo(SD1.resolve("model_index.json"));
    }

    @Test
    void optionsOfAFileAreRefusedForAFolder() {
        assertThatThrownBy(
                        () -> Checkpoint.open(SD1, Components.none(), new SingleFileOptions(Optional.of(SD1), false)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("model config must be left out, because it is for a model that is one file, but " + SD1
                        + " is a folder");
    }

    @Test
    void averagedWeightsAreTakenOnWish() {
        SingleFiles writer = new SingleFiles()
                .unet(SD1, "model.diffusion_model.")
                .vae(SD1, "first_stage_model.")
                .clip(SD1, "cond_stage_model.transformer.");
        for (int i = 0; i < 101; i++) {
            writer.floats("model_ema.other" + i, new float[] {0}, 1);
        }
        Path file = writer.floats("model_ema.diffusion_modeltime_embed2bias", new float[64], 64)
                .write(temp.resolve("ema.safetensors"));
        String bias = "time_embedding.linear_2.bias";

        Weights plain = Checkpoint.open(file).require("unet").weights();
        Weights averaged = Checkpoint.open(file, Components.none(), new SingleFileOptions(Optional.empty(), true))
                .require("unet")
                .weights();

        assertThat(plain.require(bias, 64).values()).isNotEqualTo(new float[64]);
        assertThat(averaged.require(bias, 64).values()).isEqualTo(new float[64]);
        Path without = sd1("model");
        assertThatThrownBy(() ->
                        Checkpoint.open(without, Components.none(), new SingleFileOptions(Optional.empty(), true)))
                .hasMessage("ema must be false, because " + without
                        + " holds no averaged weights beside the plain ones, but was true");
    }

    @Test
    void aUnetAloneSaysWhatItLacks() {
        Path file = new SingleFiles().unet(SD1, "model.diffusion_model.").write(temp.resolve("unet.safetensors"));

        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be a whole model but lacks text_encoder and vae: give --component"
                        + " text_encoder=PATH --component vae=PATH, or take it into a checkpoint of the same family with"
                        + " --model DIR --component unet=FILE");
    }

    @Test
    void whatAFileLacksComesFromElsewhere() {
        Path unet = new SingleFiles().unet(SD1, "").write(temp.resolve("unet.safetensors"));
        Path vae = new SingleFiles().vae(SD1, "").write(temp.resolve("vae.safetensors"));
        Checkpoint file = Checkpoint.open(
                unet,
                Components.of(
                        Map.of("vae", Optional.of(vae), "text_encoder", Optional.of(SD1.resolve("text_encoder")))));

        assertThat(file.require("vae").location()).isEqualTo(vae);
        assertThat(file.require("vae").config().number("scaling_factor", 0)).isEqualTo(0.18215);
        assertThat(file.require("vae").weights().has("decoder.up_blocks.3.resnets.0.conv1.weight"))
                .isTrue();
    }

    @Test
    void aFileInThePlaceOfAPartTakesFromItWhatShapesDoNotTell() {
        Path unet = new SingleFiles().unet(SD1, "model.diffusion_model.").write(temp.resolve("unet.safetensors"));
        Checkpoint changed = Checkpoint.open(SD1, Components.of(Map.of("unet", Optional.of(unet))));

        assertThat(changed.require("unet").config().integer("norm_num_groups", 0))
                .isEqualTo(8);
        assertThat(changed.require("unet").weights().source()).isEqualTo(unet.toString());
    }

    @Test
    void aFileThatIsNotThatPartIsNamedForWhatItIs() {
        Path unet = new SingleFiles().unet(SD1, "").write(temp.resolve("unet.safetensors"));

        assertThatThrownBy(() -> Checkpoint.open(SD1, Components.of(Map.of("vae", Optional.of(unet)))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("component vae must be a folder, or a file that holds a vae, but " + unet + " is a U-Net");
        assertThatThrownBy(() -> Checkpoint.open(new SingleFiles().vae(SD1, "").write(temp.resolve("vae.safetensors"))))
                .hasMessage(temp.resolve("vae.safetensors") + " must be a whole model, with a U-Net, but is an"
                        + " autoencoder: to use it in the place of a checkpoint's own, give --component vae=FILE");
    }

    @Test
    void anAutoencoderBesideItIsTakenAndTold() {
        Path file = sd1("model");
        new SingleFiles().vae(SD1, "").write(temp.resolve("model.vae.safetensors"));
        Checkpoint checkpoint = Checkpoint.open(file);

        assertThat(checkpoint.require("vae").location()).isEqualTo(temp.resolve("model.vae.safetensors"));
        assertThat(checkpoint.remarks())
                .containsExactly("the autoencoder is that of model.vae.safetensors beside the model");
    }

    @Test
    void whatIsPredictedIsSaidByYamlThenMarkersThenMetadata() throws IOException {
        assertThat(scheduler(sd1("model"))).isEqualTo("epsilon");
        Path marked = whole(SD1).marker("v_pred").marker("ztsnr").write(temp.resolve("marked.safetensors"));
        ConfigFile config = Checkpoint.open(marked).require("scheduler").config();
        assertThat(config.text("prediction_type", "")).isEqualTo("v_prediction");
        assertThat(config.flag("rescale_betas_zero_snr", false)).isTrue();
        assertThat(config.text("timestep_spacing", "")).isEqualTo("trailing");
        Files.writeString(temp.resolve("marked.yaml"), "model:\n  params:\n    parameterization: \"eps\"\n");
        assertThat(scheduler(marked)).isEqualTo("epsilon");
        Files.writeString(temp.resolve("model.yaml"), "model:\n  params:\n    parameterization: v # as trained\n");
        assertThat(scheduler(temp.resolve("model.safetensors"))).isEqualTo("v_prediction");
    }

    @Test
    void edmMarkersBringTheirScheduler() {
        Path file = whole(SD1)
                .floats("edm_mean", new float[] {1, 2, 3, 4}, 1, 4, 1, 1)
                .floats("edm_std", new float[] {5, 6, 7, 8}, 1, 4, 1, 1)
                .write(temp.resolve("edm.safetensors"));
        Checkpoint checkpoint = Checkpoint.open(file);

        assertThat(checkpoint.require("scheduler").config().text("_class_name", ""))
                .isEqualTo("EDMDPMSolverMultistepScheduler");
        assertThat(checkpoint.require("vae").config().numbers("latents_std")).containsExactly(5f, 6f, 7f, 8f);
        Path cosine = whole(SD1)
                .floats("edm_vpred.sigma_max", new float[] {120})
                .floats("edm_vpred.sigma_min", new float[] {0.002f})
                .write(temp.resolve("cos.safetensors"));
        ConfigFile config = Checkpoint.open(cosine).require("scheduler").config();
        assertThat(config.text("_class_name", "")).isEqualTo("EDMEulerScheduler");
        assertThat(config.number("sigma_max", 0)).isEqualTo(120);
    }

    @Test
    void theFingerprintChangesWithTheWeightsAndNotWithTheFilesPlace() throws IOException {
        Path file = sd1("model");
        String before = Checkpoint.open(file).fingerprint(Set.of("unet", "vae"));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 200] ^= 1;
        Path other = Files.write(temp.resolve("other.safetensors"), bytes);

        assertThat(Checkpoint.open(Files.copy(file, temp.resolve("copy.safetensors")))
                        .fingerprint(Set.of("unet", "vae")))
                .isEqualTo(before);
        assertThat(Checkpoint.open(other).fingerprint(Set.of("unet", "vae"))).isNotEqualTo(before);
    }

    /** Names and shapes of a header that was changed at random: one error, or a checkpoint. */
    @Test
    void aChangedHeaderGivesOneClearError() throws IOException {
        byte[] whole = Files.readAllBytes(sd1("model"));
        int header = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt();
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            byte[] changed = whole.clone();
            for (int j = 0; j <= i % 4; j++) {
                changed[8 + random.nextInt(header)] = (byte) (32 + random.nextInt(95));
            }
            Path file = Files.write(temp.resolve("changed.safetensors"), changed);
            try {
                Checkpoint checkpoint = Checkpoint.open(file);
                checkpoint.names().forEach(name -> checkpoint.require(name).config());
                FileReport.of(file);
            } catch (ModelLoadException e) {
                assertThat(e).hasMessageContaining("changed.safetensors");
            }
        }
    }

    private static String scheduler(Path file) {
        return Checkpoint.open(file).require("scheduler").config().text("prediction_type", "");
    }

    private static SingleFiles whole(Path folder) {
        return new SingleFiles()
                .unet(folder, "model.diffusion_model.")
                .vae(folder, "first_stage_model.")
                .clip(folder, "cond_stage_model.transformer.");
    }

    private Path sd1(String name) {
        return whole(SD1).write(temp.resolve(name + ".safetensors"));
    }

    private Path sd2(String name) {
        return new SingleFiles()
                .unet(SD2, "model.diffusion_model.")
                .vae(SD2, "first_stage_model.")
                .openClip(SD2, "cond_stage_model.model.")
                .write(temp.resolve(name + ".safetensors"));
    }
}
