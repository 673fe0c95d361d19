package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.InputRole;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** IP-Adapters among a generator's settings, and the requests whose pictures name them. */
class PictureAdaptersTest {

    private static final ImageInput PICTURE =
            picture((byte) 40).as(InputRole.STYLE).named("look");

    private final Path golden = golden();
    private final Path vision = golden.resolve("checkpoints/tiny-clip-vision");

    @Test
    void aPictureChangesWhatIsPaintedByItsStrengthAndTheRecordPinsTheFiles() {
        try (LocalDiffusionGenerator generator = generator(golden.resolve("ip-adapter/sd1-plain.safetensors"))) {
            ImageRequest plain = request().build();
            ImageRequest off = request().input(PICTURE.withStrength(0)).build();
            ImageRequest on = request().input(PICTURE).build();

            ImageResult seen = generator.generate(on);

            assertThat(on.operation()).isEqualTo(Operation.TEXT_TO_IMAGE);
            assertThat(pixels(generator.generate(off))).isEqualTo(pixels(generator.generate(plain)));
            assertThat(pixels(seen)).isNotEqualTo(pixels(generator.generate(plain)));
            assertThat(seen.warnings()).isEmpty();
            ImageRequest effective = seen.execution().effectiveRequest();
            String hashes = effective.options().get("local.ip-adapter-hashes");
            assertThat(hashes).matches("look=[0-9a-f]+");
            assertThat(generator.pinned(on).options()).containsEntry("local.ip-adapter-hashes", hashes);
            assertThat(pixels(generator.generate(effective))).isEqualTo(pixels(seen));
            assertThatThrownBy(() -> generator.generate(request()
                            .input(PICTURE)
                            .option("local.ip-adapter-hashes", "look=0")
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageEndingWith("but was \"look=0\": they are other files");
        }
    }

    @Test
    void aNameThatIsNotConfiguredAndARoleThatIsNotTakenAreRefused() {
        try (LocalDiffusionGenerator generator = generator(golden.resolve("ip-adapter/sd1-plain.safetensors"));
                LocalDiffusionGenerator bare =
                        LocalDiffusionGenerator.of(golden.resolve("checkpoints").resolve("tiny-sd1"))) {
            assertThatThrownBy(() -> generator.generate(
                            request().input(PICTURE.named("other")).build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageContaining("look");
            assertThatThrownBy(() -> bare.generate(request().input(PICTURE).build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageContaining("role STYLE");
        }
    }

    @Test
    void picturesOfOneAdapterMustAgreeInStrength() {
        try (LocalDiffusionGenerator generator = generator(golden.resolve("ip-adapter/sd1-plain.safetensors"))) {
            assertThatThrownBy(() -> generator.generate(request()
                            .input(PICTURE)
                            .input(PICTURE.withStrength(0.5))
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("inputs for the IP-Adapter look must have one strength and one window, because they are"
                            + " looked at together, but theirs differ");
        }
    }

    @Test
    void anAdapterOfAnotherModelIsRefused() {
        Path file = golden.resolve("ip-adapter/sdxl-plain.safetensors");
        try (LocalDiffusionGenerator generator = generator(file)) {
            assertThatThrownBy(() -> generator.generate(request().input(PICTURE).build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageStartingWith(file + ": tensor ip_adapter.1.to_k_ip.weight must have the shape [16, 32]")
                    .hasMessageEndingWith(": it was made for another model");
        }
    }

    @Test
    void anEncoderThatIsNowhereIsNamed() {
        Path file = golden.resolve("ip-adapter/sd1-plain.safetensors");
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(golden.resolve("checkpoints/tiny-sd1"))
                .withIpAdapter("look", IpAdapterFile.of(file));
        try (LocalDiffusionGenerator generator =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            assertThatThrownBy(() -> generator.generate(request().input(PICTURE).build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(file + " must have its image encoder beside it, as "
                            + golden.resolve("ip-adapter/image_encoder") + ", or one be named (encoder), but has none");
        }
    }

    /** Steps of a window by the rule of ControlNets: of 4 steps those from 0.5 are the last two. */
    @Test
    void aWindowOfNoStepIsAsWithoutThePicture() {
        try (LocalDiffusionGenerator generator = generator(golden.resolve("ip-adapter/sd1-plain.safetensors"))) {
            ImageRequest none = request().input(PICTURE.withWindow(0.1, 0.2)).build();
            ImageRequest late = request().input(PICTURE.withWindow(0.5, 1)).build();
            byte[] plain = pixels(generator.generate(request().build()));

            assertThat(pixels(generator.generate(none))).isEqualTo(plain);
            assertThat(pixels(generator.generate(late)))
                    .isNotEqualTo(plain)
                    .isNotEqualTo(
                            pixels(generator.generate(request().input(PICTURE).build())));
        }
    }

    private LocalDiffusionGenerator generator(Path file) {
        return LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withCheckpoint(golden.resolve("checkpoints/tiny-sd1"))
                        .withIpAdapter("look", IpAdapterFile.of(file).withEncoder(vision)))
                .build();
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder().prompt("a lighthouse").seed(1).steps(4).option("local.scheduler", "ddim");
    }

    private static byte[] pixels(ImageResult result) {
        return Pixels.decode(result.image().bytes()).rgb();
    }

    private static ImageInput picture(byte value) {
        byte[] rgb = new byte[50 * 40 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (value + i * 7);
        }
        return ImageInput.of(Pixels.of(50, 40, rgb).toPng());
    }

    private static Path golden() {
        assumeTrue(GoldenCheckpoints.fullSet().isPresent(), "the full set of reference values is not on this machine");
        return GoldenCheckpoints.fullSet().orElseThrow();
    }
}
