package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.ImageRequest;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentCodec;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.random.TorchCpuNormal;
import dev.triptych.diffusion.scheduler.Scheduler;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The pictures of {@code docs/how-it-works} that show the inside of the engine, out of the run that paints
 * {@code docs/pictures/sailboat.png}. With {@code -Pdocs} they are written; without, some of them are held against what
 * the engine says today.
 */
class DocumentedFiguresTest {

    private static final Path FOLDER = Path.of("..", "docs", "pictures");
    private static final ImageRequest SAILBOAT = ImageRequest.builder()
            .prompt("a sailboat on the sea at sunset")
            .seed(12)
            .build();
    private static final int QUARTERS = 4;

    /** Other processors round otherwise; what they paint is not told apart by eye. */
    private static final int TOLERANCE = 8;

    private static Engine engine;
    private static Family family;
    private static PictureJob job;

    @BeforeAll
    static void open() {
        LocalSettings settings = LocalSettings.bundled();
        engine = new Engine(settings.engine());
        family = Family.of(Checkpoint.open(BundledCheckpoint.directory()), engine);
        Adapters none = new Adapters(settings, source -> {
            throw new AssertionError("there are no adapters");
        });
        Controls uncontrolled = new Controls(settings, source -> {
            throw new AssertionError("there are no controls");
        });
        Enlargers enlargers = new Enlargers(Map.of(), source -> Path.of("none"), engine);
        job = new RequestReader(family, Optional.empty(), none, uncontrolled, enlargers, 0)
                .read(SAILBOAT, new Notices(NegotiationMode.ADAPT));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void theAutoencoderAndNoiseStillLookSo() throws IOException {
        assumeTrue(!Boolean.getBoolean("triptych.docs"), "the figures are being written");
        Pixels sailboat = Pixels.decode(Files.readAllBytes(FOLDER.resolve("sailboat.png")));

        Map<String, Pixels> figures = new TreeMap<>(autoencoder(sailboat));
        figures.putAll(forward(sailboat, 1));

        for (Map.Entry<String, Pixels> figure : figures.entrySet()) {
            Pixels documented = Pixels.decode(Files.readAllBytes(FOLDER.resolve(figure.getKey())));
            assertThat(difference(documented, figure.getValue()))
                    .as(figure.getKey() + " is no longer what the engine makes: run mvn -Pdocs")
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    @Test
    void allAreWritten() throws IOException {
        assumeTrue(Boolean.getBoolean("triptych.docs"), "the figures are written with -Pdocs");
        Map<String, Pixels> figures = new TreeMap<>(steps());
        // Not written here: the command line does, with its settings.
        Pixels sailboat = Objects.requireNonNull(figures.remove("sailboat.png"));
        figures.putAll(autoencoder(sailboat));
        figures.putAll(forward(sailboat, QUARTERS));

        for (Map.Entry<String, Pixels> figure : figures.entrySet()) {
            Files.write(FOLDER.resolve(figure.getKey()), figure.getValue().toPng());
        }

        assertThat(figures).hasSize(1 + 1 + QUARTERS + 2 * QUARTERS);
    }

    /** The picture after the way into latent space and back, and its latents, a grey tile for each channel. */
    private static Map<String, Pixels> autoencoder(Pixels picture) {
        float[] latents = encoded(picture);
        return Map.of("autoencoder.png", decoded(latents), "latents.png", tiles(latents, job.latents()));
    }

    /** The picture with more and more noise, up to the last of {@code count} quarters of the way. */
    private static Map<String, Pixels> forward(Pixels picture, int count) {
        float[] latents = encoded(picture);
        float[] noise = new TorchCpuNormal(12).next(latents.length);
        Scheduler scheduler = Schedulers.create(family.scheduler(), QUARTERS, StepArguments.DEFAULTS);
        Map<String, Pixels> figures = new TreeMap<>();
        for (int quarter = 1; quarter <= count; quarter++) {
            float[] noised = scheduler.addNoise(latents, noise, QUARTERS - quarter);
            figures.put("forward-" + quarter + ".png", small(noised));
        }
        return figures;
    }

    /** What is there before some of the steps, and what the U-Net takes the finished picture to be. */
    private static Map<String, Pixels> steps() {
        DiffusionPipeline pipeline = new DiffusionPipeline(job, new Unwatched());
        Scheduler scheduler = job.stages().get(0).loop().scheduler();
        NormalSource noise = new TorchCpuNormal(12);
        Canvas canvas = new Canvas.Noise(noise.next(job.latents().values()));
        Map<String, Pixels> figures = new TreeMap<>();
        Scheduler watched = new WatchedScheduler(scheduler, (call, sample, velocity) -> {
            if (call % (scheduler.timesteps().length / QUARTERS) == 0) {
                figures.put("there-" + (call + 1) + ".png", small(sample));
                figures.put("guess-" + (call + 1) + ".png", decoded(guess(scheduler, call, sample, velocity)));
            }
        });
        float[] latents = pipeline.denoise(pipeline.encode(), noise, watched, canvas);
        figures.put("sailboat.png", decoded(latents));
        return figures;
    }

    /** Hears of each step. */
    private interface StepListener {
        void step(int call, float[] sample, float[] prediction);
    }

    /** A scheduler that tells of each step before it makes it. */
    private record WatchedScheduler(Scheduler scheduler, StepListener listener) implements Scheduler {
        @Override
        public float[] timesteps() {
            return scheduler.timesteps();
        }

        @Override
        public int order() {
            return scheduler.order();
        }

        @Override
        public float initNoiseSigma() {
            return scheduler.initNoiseSigma();
        }

        @Override
        public void begin(int callIndex) {
            scheduler.begin(callIndex);
        }

        @Override
        public float[] scaleModelInput(float[] sample, int callIndex) {
            return scheduler.scaleModelInput(sample, callIndex);
        }

        @Override
        public float[] step(float[] noisePrediction, int callIndex, float[] sample, NormalSource noise) {
            listener.step(callIndex, sample, noisePrediction);
            return scheduler.step(noisePrediction, callIndex, sample, noise);
        }

        @Override
        public float[] addNoise(float[] original, float[] noise, int callIndex) {
            return scheduler.addNoise(original, noise, callIndex);
        }
    }

    /** Nobody waits. */
    private record Unwatched() implements DiffusionPipeline.StepMonitor {
        @Override
        public void stepDone(int done, int total) {}

        @Override
        public Cancellation cancellation() {
            return new Cancellation();
        }
    }

    /**
     * x₀ = √ᾱ·x − √(1−ᾱ)·v: the finished latents as the U-Net sees them (Salimans and Ho, "Progressive Distillation"
     * (2022), appendix D). The two roots are read off the scheduler's own noising of 1 by 0 and of 0 by 1.
     */
    private static float[] guess(Scheduler scheduler, int call, float[] latents, float[] velocity) {
        float signal = scheduler.addNoise(new float[] {1}, new float[] {0}, call)[0];
        float sigma = scheduler.addNoise(new float[] {0}, new float[] {1}, call)[0];
        float[] guess = new float[latents.length];
        for (int i = 0; i < guess.length; i++) {
            guess[i] = signal * latents[i] - sigma * velocity[i];
        }
        return guess;
    }

    private static float[] encoded(Pixels picture) {
        LatentCodec codec = family.codec();
        return codec.scale(codec.encode(picture.toTensor(), picture.height(), picture.width(), new Cancellation())
                .mean()
                .clone());
    }

    private static Pixels decoded(float[] latents) {
        return family.codec().decode(latents, job.latents(), new Cancellation());
    }

    /** Noise makes large files: half as wide. */
    private static Pixels small(float[] latents) {
        Pixels picture = decoded(latents);
        return picture.resizeBicubic(picture.width() / 2, picture.height() / 2);
    }

    /** Each channel as a grey picture, −3 black and 3 white, four in a row, eight pixels for a number. */
    private static Pixels tiles(float[] latents, LatentSize size) {
        int columns = 4;
        int width = columns * size.width();
        int height = size.channels() / columns * size.height();
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < latents.length; i++) {
            int channel = i / (size.width() * size.height());
            int row = i / size.width() % size.height() + channel / columns * size.height();
            int column = i % size.width() + channel % columns * size.width();
            byte grey = (byte) Math.round(Math.max(0, Math.min(255, (latents[i] + 3) / 6 * 255)));
            int pixel = 3 * (row * width + column);
            rgb[pixel] = grey;
            rgb[pixel + 1] = grey;
            rgb[pixel + 2] = grey;
        }
        return Pixels.of(width, height, rgb).resizeNearest(8 * width, 8 * height);
    }

    private static int difference(Pixels one, Pixels other) {
        byte[] first = one.rgb();
        byte[] second = other.rgb();
        assertThat(second).hasSameSizeAs(first);
        int most = 0;
        for (int i = 0; i < first.length; i++) {
            most = Math.max(most, Math.abs((first[i] & 0xff) - (second[i] & 0xff)));
        }
        return most;
    }
}
