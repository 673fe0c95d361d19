package dev.triptych.diffusion;

import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A LoRA of rank two over some modules of a transformer, and the checkpoint in which it is merged: {@code W + strength
 * · alpha / rank · up · down}, by loops that share nothing with the engine's. Modules below each other share
 * {@code down}, as a fused one has it.
 */
final class MergedLora {

    private static final int RANK = 2;
    private static final float ALPHA = 1;
    private static final String WEIGHTS = "transformer/diffusion_pytorch_model.safetensors";

    private final Path checkpoint;
    private final List<String> modules;
    private final Weights weights;
    private final float[] down;
    private final float[] up;
    private final int columns;

    private MergedLora(Path checkpoint, List<String> modules) {
        this.checkpoint = checkpoint;
        this.modules = modules;
        this.weights = Weights.open(List.of(checkpoint.resolve(WEIGHTS)), "transformer");
        this.columns = Math.toIntExact(shape(modules.get(0)).get(1));
        Random random = new Random(5);
        this.down = normal(random, RANK * columns, 1);
        this.up = normal(random, rows() * RANK, 0.5f);
    }

    /** A LoRA over modules with equally many columns, by diffusers' names. */
    static MergedLora of(Path checkpoint, List<String> modules) {
        return new MergedLora(checkpoint, modules);
    }

    private List<Long> shape(String module) {
        return weights.tensor(module + ".weight").orElseThrow().dims();
    }

    private int rows() {
        return modules.stream()
                .mapToInt(module -> Math.toIntExact(shape(module).get(0)))
                .sum();
    }

    private static float[] normal(Random random, int count, float size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = size * (float) random.nextGaussian();
        }
        return values;
    }

    /** Writes it under these names: as many as the modules, or one for all of them. */
    Path write(List<String> names, Path file) {
        SafetensorsWriter writer = new SafetensorsWriter();
        int rows = rows() / names.size();
        for (int i = 0; i < names.size(); i++) {
            float[] part = Arrays.copyOfRange(up, i * rows * RANK, (i + 1) * rows * RANK);
            boolean kohya = names.get(i).startsWith("lora_unet_");
            writer.floats(names.get(i) + (kohya ? ".lora_down.weight" : ".lora_A.weight"), down, RANK, columns)
                    .floats(names.get(i) + (kohya ? ".lora_up.weight" : ".lora_B.weight"), part, rows, RANK)
                    .floats(names.get(i) + ".alpha", new float[] {ALPHA}, 1);
        }
        return writer.write(file);
    }

    /** Writes the checkpoint with the LoRA in its weights. */
    Path writeCheckpoint(float strength, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(checkpoint)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = folder.resolve(checkpoint.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.write(target, Files.readAllBytes(file));
            }
        }
        SafetensorsFile file = SafetensorsFile.open(checkpoint.resolve(WEIGHTS));
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : file.tensors().keySet()) {
            Weight weight = weights.tensor(name).orElseThrow();
            long[] dims = weight.dims().stream().mapToLong(Long::longValue).toArray();
            int module = modules.indexOf(name.replaceFirst("\\.weight$", ""));
            if (module < 0) {
                ByteBuffer bytes = file.bytes(name);
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                writer.add(name, file.tensor(name).orElseThrow().dtype(), copy, dims);
            } else {
                writer.floats(name, merged(weight.values(), module, strength), dims);
            }
        }
        writer.write(folder.resolve(WEIGHTS));
        return folder;
    }

    private float[] merged(float[] values, int module, float strength) {
        int rows = values.length / columns;
        int first = module * rows;
        float[] merged = values.clone();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double sum = 0;
                for (int i = 0; i < RANK; i++) {
                    sum += (double) up[(first + row) * RANK + i] * down[i * columns + column];
                }
                merged[row * columns + column] += (float) (strength * ALPHA / RANK * sum);
            }
        }
        return merged;
    }
}
