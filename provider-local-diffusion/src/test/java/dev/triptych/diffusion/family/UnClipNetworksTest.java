package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.prior.PriorConfig;
import dev.triptych.diffusion.network.prior.PriorTransformer;
import dev.triptych.diffusion.network.prior.TextProjection;
import dev.triptych.diffusion.network.prior.TextProjectionConfig;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Single evaluations of unCLIP's networks agree with PyTorch. */
class UnClipNetworksTest {

    private static final double TOLERANCE = 1e-4;
    private static final int TOKENS = 77;

    private final Cancellation none = new Cancellation();

    @Test
    void priorAgrees() {
        SafetensorsFile values = values("karlo");
        Part part = checkpoint("tiny-karlo").require("prior");
        PriorTransformer prior = new PriorTransformer(PriorConfig.read(part.config()), part);
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int t : new int[] {0, 500, 999}) {
                for (int i = 0; i < 2; i++) {
                    Map<String, Tensor> text = Map.of(
                            "text_embeds", row(values, "encode.text_embeds", i),
                            "encoder_hidden_states", row(values, "encode.hidden", i),
                            "attention_mask", mask(values, i, 0));
                    float[] out =
                            prior.predict(engine, row(values, "prior.sample", i).values(), t, text, none);
                    assertClose(out, row(values, "prior.out.t" + t, i), "prior at " + t);
                }
            }
            for (int i = 0; i < 2; i++) {
                float[] restored =
                        prior.restored(row(values, "prior.out.t500", i).values());
                assertThat(restored).hasSize(16);
            }
        }
    }

    @Test
    void textProjectionAgrees() {
        SafetensorsFile values = values("karlo");
        Part part = checkpoint("tiny-karlo").require("text_proj");
        TextProjection projection = new TextProjection(TextProjectionConfig.read(part.config()), TOKENS, part);
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int i = 0; i < 2; i++) {
                float[] image = i == 0 ? projection.unguided() : values.floats("text_proj.image_embedding");
                TextProjection.Projected out = projection.project(
                        engine, image, row(values, "encode.text_embeds", i), row(values, "encode.hidden", i), none);
                assertClose(out.context().values(), row(values, "text_proj.context", i), "context");
                assertClose(out.label().values(), row(values, "text_proj.time", i), "time");
            }
        }
    }

    @Test
    void decoderAgrees() {
        SafetensorsFile values = values("karlo");
        Part part = checkpoint("tiny-karlo").require("decoder");
        UnetConfig.requireSupported(part.config());
        Unet decoder = new Unet(UnetConfig.read(part.config()), part);
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int t : new int[] {0, 30, 59}) {
                for (int i = 0; i < 2; i++) {
                    Map<String, Tensor> conditioning = Map.of(
                            "encoder_hidden_states", row(values, "text_proj.context", i),
                            "class_labels", row(values, "text_proj.time", i),
                            "attention_mask", mask(values, i, 4));
                    Unet.Input input = new Unet.Input(row(values, "decoder.sample", i), t, conditioning);
                    assertClose(
                            decoder.predict(engine, input, none),
                            row(values, "decoder.out.t" + t, i),
                            "decoder at " + t);
                }
            }
        }
    }

    @Test
    void superResolutionAgrees() {
        SafetensorsFile values = values("karlo");
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String name : new String[] {"super_res_first.out.t30", "super_res_last.out.t0"}) {
                Part part = checkpoint("tiny-karlo").require(name.substring(0, name.indexOf('.')));
                Unet unet = new Unet(UnetConfig.readUnconditional(part.config()), part);
                int t = Integer.parseInt(name.substring(name.lastIndexOf('t') + 1));
                Unet.Input input = new Unet.Input(row(values, "super_res.sample", 0), t, Map.of());
                assertClose(unet.predict(engine, input, none), row(values, name, 0), name);
            }
        }
    }

    @Test
    void stableUnClipAgrees() {
        SafetensorsFile values = values("sd21-unclip");
        Part part = checkpoint("tiny-sd21-unclip").require("unet");
        Unet unet = new Unet(UnetConfig.read(part.config()), part);
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (int t : new int[] {1, 500, 999}) {
                for (int i = 0; i < 2; i++) {
                    Map<String, Tensor> conditioning = Map.of(
                            "encoder_hidden_states", row(values, "unet.context", i),
                            "class_labels", row(values, "unet.class_labels", i));
                    Unet.Input input = new Unet.Input(row(values, "unet.sample", i), t, conditioning);
                    assertClose(unet.predict(engine, input, none), row(values, "unet.out.t" + t, i), "at " + t);
                }
            }
        }
    }

    /** The tokenizer's mask of a text, with {@code before} ones before it. */
    private static Tensor mask(SafetensorsFile values, int row, int before) {
        ByteBuffer all = values.bytes("encode.mask");
        float[] mask = new float[before + TOKENS];
        Arrays.fill(mask, 0, before, 1);
        for (int i = 0; i < TOKENS; i++) {
            mask[before + i] = all.getInt((row * TOKENS + i) * Integer.BYTES);
        }
        return new Tensor(new long[] {1, mask.length}, mask);
    }

    private static Tensor row(SafetensorsFile file, String name, int row) {
        float[] all = file.floats(name);
        long[] shape = file.tensor(name).orElseThrow().dims().stream()
                .mapToLong(Long::longValue)
                .toArray();
        int length = all.length / (int) shape[0];
        shape[0] = 1;
        return new Tensor(shape, Arrays.copyOfRange(all, row * length, (row + 1) * length));
    }

    /** The largest difference, relative to the largest expected value, is within the tolerance. */
    private static void assertClose(float[] actual, Tensor expected, String what) {
        assertThat(actual).hasSameSizeAs(expected.values());
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected.values()[i]));
            difference = Math.max(difference, Math.abs(expected.values()[i] - actual[i]));
        }
        assertThat(difference / largest).as(what).isLessThan(TOLERANCE);
    }

    private static Checkpoint checkpoint(String name) {
        return Checkpoint.open(golden().resolve("checkpoints").resolve(name));
    }

    private static SafetensorsFile values(String name) {
        return SafetensorsFile.open(golden().resolve("expected/" + name + ".safetensors"));
    }

    private static Path golden() {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full set of reference values is not on this machine");
        return full.get();
    }
}
