package dev.triptych.diffusion.network.ipadapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.clip.ClipImageEncoder;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IpAdapterTest {

    private static final double TOLERANCE = 1e-4;

    private final Cancellation none = new Cancellation();

    @TempDir
    Path temp;

    @Test
    void theVisionTowerSeesWhatTransformersSees() {
        Path golden = golden();
        SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/ip-adapter.safetensors"));
        try (Engine engine = new Engine(TestNetworks.options())) {
            ClipImageEncoder encoder = ClipImageEncoder.open(golden.resolve("checkpoints/tiny-clip-vision"));

            Tensor embedding = encoder.embedding(engine, face(values), none);
            Tensor hidden = encoder.hiddenStates(engine, face(values), none);

            assertThat(difference(embedding.values(), values.floats("face.embeds")))
                    .isLessThan(TOLERANCE);
            assertThat(hidden.shape()).containsExactly(1, 17, 40);
            assertThat(difference(hidden.values(), values.floats("face.hidden")))
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void eachKindMakesItsTokens() {
        Path golden = golden();
        SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/ip-adapter.safetensors"));
        try (Engine engine = new Engine(TestNetworks.options())) {
            ClipImageEncoder encoder = ClipImageEncoder.open(golden.resolve("checkpoints/tiny-clip-vision"));
            Map<String, Integer> tokens = Map.of("sd1-plain", 4, "sd1-full", 17, "sd1-plus", 5, "sdxl-plain", 4);

            tokens.forEach((name, count) -> {
                IpAdapter adapter = IpAdapter.open(golden.resolve("ip-adapter/" + name + ".safetensors"));
                adapter.requireFits(encoder);
                adapter.requireFits(unet(golden, name.startsWith("sdxl") ? "tiny-sdxl" : "tiny-sd1"));
                int width = name.startsWith("sdxl") ? 80 : 32;
                Tensor seen = adapter.tokens(engine, encoder, face(values), none);
                Tensor nothing = adapter.tokensOfNothing(engine, encoder, none);
                assertThat(seen.shape()).as(name).containsExactly(1, count, width);
                assertThat(nothing.shape()).as(name).containsExactly(1, count, width);
                assertThat(nothing.values()).as(name).isNotEqualTo(seen.values());
            });
        }
    }

    /** Worked out by hand: rows 1 + 2 and 3 of (2, 1), and the spread of two numbers. */
    @Test
    void aPlainOneProjectsAndNormalises() {
        Path file = new SafetensorsWriter()
                .floats("image_proj.proj.weight", new float[] {1, 0, 0, 1, 1, 1, 0, 0}, 4, 2)
                .floats("image_proj.proj.bias", new float[] {0, 0, 0, 1}, 4)
                .floats("image_proj.norm.weight", new float[] {2, 3}, 2)
                .floats("image_proj.norm.bias", new float[] {10, 20}, 2)
                .floats("ip_adapter.1.to_k_ip.weight", new float[] {1, 1}, 1, 2)
                .write(temp.resolve("plain.safetensors"));
        try (Engine engine = new Engine(TestNetworks.options())) {
            Tensor tokens = IpAdapter.open(file)
                    .projection()
                    .tokens(engine, new Tensor(new long[] {1, 2}, new float[] {2, 1}), none);

            assertThat(tokens.shape()).containsExactly(1, 2, 2);
            assertThat(tokens.values()[0]).isCloseTo(12, within(1e-3f));
            assertThat(tokens.values()[1]).isCloseTo(17, within(1e-3f));
            assertThat(tokens.values()[2]).isCloseTo(12, within(1e-3f));
            assertThat(tokens.values()[3]).isCloseTo(17, within(1e-3f));
        }
    }

    @Test
    void aScaleOfZeroIsTheUnetWithoutPictures() {
        Path golden = golden();
        IpAdapter adapter = IpAdapter.open(golden.resolve("ip-adapter/sd1-plain.safetensors"));
        Unet plain = unet(golden, "tiny-sd1");
        Unet looking = plain.lookingAt(List.of(adapter.keys()));
        Tensor sample = new Tensor(new long[] {1, 4, 8, 8}, waves(256));
        Tensor text = new Tensor(new long[] {1, 77, 32}, waves(77 * 32));
        Tensor tokens = new Tensor(new long[] {1, 4, 32}, waves(128));
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] without =
                    plain.predict(engine, new Unet.Input(sample, 500, Map.of("encoder_hidden_states", text)), none);
            float[] off = looking.predict(engine, new Unet.Input(sample, 500, fed(text, tokens, 0)), none);
            float[] on = looking.predict(engine, new Unet.Input(sample, 500, fed(text, tokens, 1)), none);

            assertThat(difference(off, without)).isLessThan(1e-6);
            assertThat(difference(on, without)).isGreaterThan(0.01);
        }
    }

    @Test
    void whatDoesNotFitSaysWhatItWasMadeFor() {
        Path golden = golden();
        Path file = golden.resolve("ip-adapter/sdxl-plain.safetensors");
        Path vision = golden.resolve("checkpoints/tiny-karlo-vision");
        IpAdapter adapter = IpAdapter.open(file);

        assertThatThrownBy(() -> adapter.requireFits(unet(golden, "tiny-sd1")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": tensor ip_adapter.1.to_k_ip.weight must have the shape [16, 32] for the U-Net of "
                        + golden.resolve("checkpoints/tiny-sd1/unet")
                        + " but has [32, 80]: it was made for another model");
        assertThatThrownBy(() -> adapter.requireFits(ClipImageEncoder.open(vision)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(
                        file + " must get an embedding of length 24 but the image encoder of " + vision + " gives ")
                .hasMessageEndingWith(": it was made for another encoder");
    }

    @Test
    void faceEmbeddingsAreRefusedByName() {
        Path file = new SafetensorsWriter()
                .floats("image_proj.proj.0.weight", new float[1], 1, 1)
                .floats("image_proj.norm.weight", new float[1], 1)
                .write(temp.resolve("faceid.safetensors"));

        assertThatThrownBy(() -> IpAdapter.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " is an IP-Adapter FaceID, which reads face embeddings of insightface, not pictures;"
                        + " plain, full and Plus ones are supported");
    }

    @Test
    void aFileOfAnotherKindIsNamed() {
        Path file =
                new SafetensorsWriter().add("x", Dtype.F32, new byte[4], 1).write(temp.resolve("other.safetensors"));

        assertThatThrownBy(() -> IpAdapter.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be an IP-Adapter but has no image projection that is known:"
                        + " image_proj.proj.weight, image_proj.proj.3.weight or image_proj.latents");
    }

    private static Map<String, Tensor> fed(Tensor text, Tensor tokens, float scale) {
        return Map.of(
                "encoder_hidden_states",
                text,
                Unet.imageTokens(0),
                tokens,
                Unet.imageScale(0),
                new Tensor(new long[] {1}, new float[] {scale}));
    }

    private static float[] waves(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Math.sin(i * 0.7);
        }
        return values;
    }

    private static Unet unet(Path golden, String checkpoint) {
        Part part = Part.at(golden.resolve("checkpoints").resolve(checkpoint).resolve("unet"));
        return new Unet(UnetConfig.read(part.config()), part);
    }

    private static Pixels face(SafetensorsFile values) {
        ByteBuffer bytes = values.bytes("face");
        byte[] rgb = new byte[bytes.remaining()];
        bytes.get(rgb);
        return Pixels.of(80, 60, rgb);
    }

    private static double difference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        return difference / largest;
    }

    private static Path golden() {
        assumeTrue(GoldenCheckpoints.fullSet().isPresent(), "the full set of reference values is not on this machine");
        return GoldenCheckpoints.fullSet().orElseThrow();
    }
}
