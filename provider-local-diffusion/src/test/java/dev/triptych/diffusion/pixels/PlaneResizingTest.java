package dev.triptych.diffusion.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlaneResizingTest {

    @Test
    void keepsWhatHasTheSizeAlready() {
        float[] planes = new float[2 * 3 * 5];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = (float) Math.sin(i);
        }

        assertThat(PlaneResizing.bicubic(planes, 3, 5, 3, 5)).containsExactly(planes, within(1e-6f));
    }

    @Test
    void keepsAnEvenPlaneAndTellsPlanesApart() {
        float[] planes = new float[2 * 4 * 4];
        Arrays.fill(planes, 0, 16, 0.25f);
        Arrays.fill(planes, 16, 32, -3);

        float[] resized = PlaneResizing.bicubic(planes, 4, 4, 7, 3);

        float[] expected = new float[2 * 7 * 3];
        Arrays.fill(expected, 0, 21, 0.25f);
        Arrays.fill(expected, 21, 42, -3);
        assertThat(resized).containsExactly(expected, within(1e-6f));
    }

    @Test
    void enlargesAsTorchDoes() {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the full set of reference values is not on this machine");
        SafetensorsFile values = SafetensorsFile.open(golden.get().resolve("expected/karlo.safetensors"));

        float[] enlarged = PlaneResizing.bicubic(values.floats("super_res.small"), 16, 16, 64, 64);

        assertThat(enlarged).containsExactly(values.floats("super_res.upscaled"), within(1e-6f));
    }
}
