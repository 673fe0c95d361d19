package dev.triptych.diffusion;

import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** An upscaling network of three channels that passes colours through: each pixel becomes sixteen of its colour. */
final class UpscalerFile {

    private static final int CHANNELS = 3;
    private static final int GROWTH = 1;
    private static final int KERNEL = 9;

    private UpscalerFile() {}

    /** Writes it to {@code file}, which is returned. */
    static Path write(Path file) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int rdb = 1; rdb <= 3; rdb++) {
            for (int conv = 1; conv <= 5; conv++) {
                int inputs = CHANNELS + (conv - 1) * GROWTH;
                add(writer, "body.0.rdb" + rdb + ".conv" + conv, inputs, conv < 5 ? GROWTH : CHANNELS, 0);
            }
        }
        add(writer, "conv_body", CHANNELS, CHANNELS, 0);
        for (String name : new String[] {"conv_first", "conv_up1", "conv_up2", "conv_hr", "conv_last"}) {
            add(writer, name, CHANNELS, CHANNELS, 1);
        }
        writer.write(file);
        return file;
    }

    /** A convolution whose kernels are {@code middle} in the middle of each channel's own. */
    private static void add(SafetensorsWriter writer, String name, int inputs, int outputs, float middle) {
        float[] kernels = new float[outputs * inputs * KERNEL];
        for (int channel = 0; channel < Math.min(inputs, outputs); channel++) {
            kernels[(channel * inputs + channel) * KERNEL + KERNEL / 2] = middle;
        }
        writer.add(name + ".weight", Dtype.F32, bytes(kernels), outputs, inputs, 3, 3);
        writer.add(name + ".bias", Dtype.F32, bytes(new float[outputs]), outputs);
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
