package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A model of a few modules, and files of adapters for it. */
final class TinyModel {

    static final String ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1";
    static final String MATRIX = ATTENTION + ".to_q";
    static final String OUTPUT = ATTENTION + ".to_out.0";
    static final String CONVOLUTION = "down_blocks.0.resnets.0.conv1";
    static final String NORM = "down_blocks.0.resnets.0.norm1";
    static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";

    private TinyModel() {}

    /** Numbers from −1 to 1, the same for the same seed. */
    static float[] numbers(int count, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = 2 * random.nextFloat() - 1;
        }
        return numbers;
    }

    static Weights unet(Path folder) {
        Path file = new SafetensorsWriter()
                .floats("conv_in.weight", numbers(6 * 9 * 9, 1), 6, 9, 3, 3)
                .floats("conv_in.bias", numbers(6, 2), 6)
                .floats(MATRIX + ".weight", numbers(6 * 4, 3), 6, 4)
                .floats(OUTPUT + ".weight", numbers(6 * 6, 4), 6, 6)
                .floats(OUTPUT + ".bias", numbers(6, 5), 6)
                .floats(CONVOLUTION + ".weight", numbers(6 * 4 * 9, 6), 6, 4, 3, 3)
                .floats(CONVOLUTION + ".bias", numbers(6, 7), 6)
                .floats(NORM + ".weight", numbers(4, 8), 4)
                .floats(NORM + ".bias", numbers(4, 9), 4)
                .write(folder.resolve("unet.safetensors"));
        return Weights.open(List.of(file), file.toString());
    }

    static Weights text(Path folder) {
        Path file = new SafetensorsWriter()
                .floats(TEXT + ".weight", numbers(16, 10), 4, 4)
                .floats(TEXT + ".bias", numbers(4, 11), 4)
                .write(folder.resolve("text.safetensors"));
        return Weights.open(List.of(file), file.toString());
    }

    static Modules modules(Path folder) {
        ModuleTable unet = ModuleTable.of(
                "unet",
                unet(folder),
                modules -> Map.of(CONVOLUTION, "input_blocks.1.0.in_layers.2"),
                modules -> Map.of(OUTPUT, ATTENTION + ".to_out"));
        ModuleTable text = ModuleTable.of("text_encoder", text(folder));
        return new Modules("Stable Diffusion 1", List.of(unet, text));
    }

    /** The weight {@code tensor} of the U-Net with an adapter over it. */
    static float[] changed(Path folder, Path adapter, float strength, String tensor) {
        Adaptation adaptation = new Adaptation(
                List.of(new Adaptation.Applied(Adapter.open("it", adapter, modules(folder)), strength, strength)));
        return adaptation
                .over("unet", unet(folder))
                .tensor(tensor)
                .orElseThrow()
                .values();
    }
}
