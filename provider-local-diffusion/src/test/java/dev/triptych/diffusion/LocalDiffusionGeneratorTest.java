package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ForwardingGenerator;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.NegotiationMode;
import dev.triptych.Provenance;
import dev.triptych.RunningCalls;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.testkit.ImageGeneratorContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local provider keeps the contract, and says what it did. */
class LocalDiffusionGeneratorTest extends ImageGeneratorContract {

    @TempDir
    Path temp;

    @Override
    protected ImageGenerator createGenerator() {
        return tiny();
    }

    /** A generator over a checkpoint with random weights: fast, and as exact as any other. */
    private static ImageGenerator tiny() {
        return LocalDiffusionGenerator.builder()
                .name("tiny")
                .checkpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .seeds(() -> 5)
                .build();
    }

    @Override
    protected Optional<ImageGenerator> createHangingGenerator() {
        return Optional.of(new Held(tiny()));
    }

    @Override
    protected Optional<HeldGenerator> createHeldGenerator() {
        Held held = new Held(tiny());
        return Optional.of(new HeldGenerator(held, count -> held.arrived.await(), held.goOn::countDown));
    }

    @Override
    protected int callsAtOnce() {
        return 1;
    }

    /** A local generator whose calls stop after their first step, until they are told to go on or are cancelled. */
    private static final class Held extends ForwardingGenerator {

        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);

        Held(ImageGenerator generator) {
            super(generator);
        }

        @Override
        protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
            call.passOn();
            GenerationContext context = call.context().toBuilder()
                    .listener(event -> hear(event, call))
                    .build();
            return next().generate(request, context);
        }

        private void hear(GenerationEvent event, RunningCalls.Call call) {
            call.context().emit(event);
            if (event instanceof GenerationEvent.Progress) {
                arrived.countDown();
                await(goOn);
            }
        }

        /** Lets the held call go on once the engine's closing has begun, and waits for it. */
        @Override
        protected void closeNext() {
            Thread closing = new Thread(next()::close);
            closing.start();
            while (closing.getState() != Thread.State.TIMED_WAITING && closing.isAlive()) {
                Thread.onSpinWait();
            }
            goOn.countDown();
            try {
                closing.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    protected ImageRequest.Builder request() {
        return castle();
    }

    private static ImageRequest.Builder castle() {
        return ImageRequest.builder()
                .prompt("a castle on a hill at sunset, oil painting")
                .steps(2)
                .size(64, 64);
    }

    private static ImageResult generate(ImageRequest request) {
        try (ImageGenerator generator = tiny()) {
            return generator.generate(request);
        }
    }

    @Test
    void drawsASeedWhereNoneIsGivenAndSaysWhich() {
        ImageResult result = generate(castle().build());

        assertThat(result.image().seed()).hasValue(5);
        assertThat(result.execution().effectiveRequest().seed()).hasValue(5);
    }

    @Test
    void aPictureOfSeveralIsThePictureOfItsOwnSeed() {
        ImageResult pair = generate(castle().seed(7).count(2).build());
        ImageResult second = generate(castle().seed(8).build());

        assertThat(pair.images().get(1)).isEqualTo(second.image());
    }

    @Test
    void writesEveryDefaultDownInTheEffectiveRequest() {
        ImageRequest effective =
                generate(castle().size((ImageSize) null).build()).execution().effectiveRequest();

        assertThat(effective.size()).contains(ImageSize.square(64));
        assertThat(effective.guidanceScale()).hasValue(7.5);
        assertThat(effective.options())
                .isEqualTo(Map.of(
                        "local.scheduler",
                        "PNDMScheduler",
                        "local.guidance-rescale",
                        "0.0",
                        "local.clip-skip",
                        "0",
                        "local.speed",
                        "exact",
                        "local.precision",
                        "fp32",
                        "local.prompt-syntax",
                        "plain"));
    }

    @Test
    void takesTheNearestSizeItCanMakeAndWarns() {
        ImageResult result = generate(castle().size(70, 62).build());

        assertThat(result.image().width()).isEqualTo(72);
        assertThat(result.image().height()).isEqualTo(64);
        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.field()).isEqualTo("size"));
    }

    @Test
    void refusesASizeThatWouldTakeHoursInsteadOfTakingTheNearest() {
        ImageRequest huge = castle().size(100_000, 100_000).build();

        assertThatThrownBy(() -> generate(huge))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("size must have edges of at most 2048 pixels but was 100000x100000");
    }

    @Test
    void warnsOfANegativePromptThatNothingReads() {
        ImageResult result =
                generate(castle().negativePrompt("blurry").guidanceScale(1.0).build());

        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("negativePrompt has no effect without classifier-free guidance"));
    }

    @Test
    void warnsOfTheTextThatIsCutOff() {
        ImageResult result = generate(castle().prompt("castle ".repeat(80)).build());

        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("prompt must be at most 75 tokens; this was cut off: castle castle castle castle"
                                + " castle"));
    }

    @Test
    void refusesALongPromptInStrictMode() {
        GenerationContext strict =
                GenerationContext.builder().negotiation(NegotiationMode.STRICT).build();
        try (ImageGenerator generator = tiny()) {
            ImageRequest request = castle().prompt("castle ".repeat(80)).build();

            assertThatThrownBy(() -> generator.generate(request, strict))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("prompt must be at most 75 tokens but was longer");
        }
    }

    @Test
    void countsTheStepsOfAllPictures() {
        List<GenerationEvent> events = new ArrayList<>();
        try (ImageGenerator generator = tiny()) {
            generator.generate(
                    castle().option("local.scheduler", "ddim").count(2).build(),
                    GenerationContext.builder().listener(events::add).build());
        }

        assertThat(events.stream().filter(GenerationEvent.Progress.class::isInstance))
                .containsExactly(
                        new GenerationEvent.Progress(1, 4),
                        new GenerationEvent.Progress(2, 4),
                        new GenerationEvent.Progress(3, 4),
                        new GenerationEvent.Progress(4, 4));
    }

    @Test
    void aPictureSaysHowItWasMade() {
        ImageResult result = generate(castle().negativePrompt("blurry")
                .seed(3)
                .guidanceScale(6.5)
                .option("local.scheduler", "euler a")
                .build());

        String parameters = PngText.read(result.image().bytes()).get(GenerationParameters.PNG_KEYWORD);
        assertThat(parameters)
                .startsWith("a castle on a hill at sunset, oil painting\nNegative prompt: blurry\n"
                        + "Steps: 2, Sampler: Euler a, CFG scale: 6.5, Seed: 3, Size: 64x64, Model hash: ")
                .endsWith(", Model: tiny-sd1, RNG: CPU, Version: Triptych");
        ImageRequest again =
                Provenance.read(result.image().bytes()).orElseThrow().request(sha256 -> null);
        assertThat(generate(again).image()).isEqualTo(result.image());
    }

    @Test
    void aPictureMadeFromAPictureNamesItByItsHash() {
        ImageInput input =
                ImageInput.of(generate(castle().seed(1).build()).image().bytes());
        ImageResult result =
                generate(castle().input(input).strength(0.5).seed(2).build());

        Provenance provenance = Provenance.read(result.image().bytes()).orElseThrow();

        assertThat(generate(provenance.request(sha256 -> sha256.equals(input.sha256()) ? input : null))
                        .image())
                .isEqualTo(result.image());
        assertThatThrownBy(() -> provenance.request(sha256 -> null)).hasMessageContaining(input.sha256());
    }

    @Test
    void refusesAStrengthThatLeavesNoStep() {
        ImageInput input =
                ImageInput.of(generate(castle().seed(1).build()).image().bytes());
        ImageRequest request = castle().input(input).strength(0.3).build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("strength must be at least 1/steps (0.5) to leave one step but was 0.3");
    }

    @Test
    void namesTheOptionThatItCannotRead() {
        ImageRequest request = castle().option("local.clip-skip", "two").build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option local.clip-skip: must be a whole number but was \"two\"");
    }

    @Test
    void refusesToSkipMoreLayersThanThereAre() {
        ImageRequest request = castle().option("local.clip-skip", "4").build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option local.clip-skip must be between 0 and 3 but was 4");
    }

    @Test
    void adaptsEachEdgeToItsNearestMultiple() {
        ImageResult result = generate(castle().size(128, 125).build());

        assertThat(result.image().width()).isEqualTo(128);
        assertThat(result.image().height()).isEqualTo(128);
    }

    @Test
    void paintsWithoutAWord() {
        ImageResult result = generate(castle().prompt("").seed(1).build());

        assertThat(result.images()).hasSize(1);
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void saysThatASchedulerIgnoresEtaAndThatRescaleNeedsGuidance() {
        ImageResult result = generate(castle().option("local.scheduler", "euler")
                .option("local.eta", "0.5")
                .option("local.guidance-rescale", "0.7")
                .guidanceScale(1.0)
                .build());

        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .containsExactly(
                        "local.guidance-rescale has no effect without classifier-free guidance",
                        "eta has no effect with EulerDiscreteScheduler; it is read by DDIMScheduler and TCDScheduler");
    }

    @Test
    void saysThatASafetyCheckerIsNotRunAndWhichKeysHaveNoEffect() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path index = folder.resolve("model_index.json");
        Files.writeString(
                index,
                Files.readString(index)
                        .replaceAll(
                                "\"safety_checker\": \\[[^\\]]*\\]",
                                "\"safety_checker\": [\"stable_diffusion\", \"StableDiffusionSafetyChecker\"]"));
        Path scheduler = folder.resolve("scheduler/scheduler_config.json");
        Files.writeString(
                scheduler, Files.readString(scheduler).replace("\"beta_end\"", "\"beta_ende\": 1, \"beta_end\""));
        try (ImageGenerator generator = LocalDiffusionGenerator.of(folder)) {
            ImageResult result = generator.generate(castle().build());

            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .hasSize(2)
                    .anyMatch(message -> message.contains("beta_ende"))
                    .contains("the checkpoint's safety_checker is not run: what it would refuse is painted");
        }
    }

    @Test
    void knowsWhoItIsBeforeAnythingIsLoadedAndWhenItCannotBe() {
        Path none = temp.resolve("none");
        try (ImageGenerator generator = LocalDiffusionGenerator.of(none)) {
            assertThat(generator.info().model()).isEqualTo("none");
            assertThat(generator.info().revision()).isEmpty();
            assertThatThrownBy(() -> generator.generate(castle().build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(none + " must be a folder or a file of weights but does not exist");
        }
    }

    @Test
    void tellsWhatItLoadsOnceAndInWhatTime() {
        List<GenerationEvent> events = new ArrayList<>();
        try (ImageGenerator generator = tiny()) {
            ImageResult first = generator.generate(
                    castle().build(),
                    GenerationContext.builder().listener(events::add).build());
            List<GenerationEvent> later = new ArrayList<>();
            generator.generate(
                    castle().build(),
                    GenerationContext.builder().listener(later::add).build());

            assertThat(events.subList(0, 4))
                    .containsExactly(
                            new GenerationEvent.Loading("text encoder", 1 / 3.0),
                            new GenerationEvent.Loading("U-Net", 2 / 3.0),
                            new GenerationEvent.Loading("VAE decoder", 1),
                            new GenerationEvent.Started(generator.info()));
            assertThat(later).noneMatch(GenerationEvent.Loading.class::isInstance);
            assertThat(first.execution().durations())
                    .containsOnlyKeys("prepare", "queue", "load", "encode", "denoise", "decode", "write");
        }
    }

    @Test
    void anInputOfAnOddSizeIsSaidToBeCut() {
        ImageInput odd = ImageInput.of(Pixels.of(67, 70, new byte[67 * 70 * 3]).toPng());
        ImageResult result = generate(
                castle().size((ImageSize) null).input(odd).strength(0.5).build());

        assertThat(result.image().width()).isEqualTo(64);
        assertThat(result.image().height()).isEqualTo(64);
        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("the input is 67x70 and edges are multiples of 8; 64x64 was taken"));
    }

    @Test
    void aHugeInputIsFittedToTheUsualArea() {
        ImageInput huge =
                ImageInput.of(Pixels.of(3000, 1500, new byte[3000 * 1500 * 3]).toPng());
        ImageResult result = generate(
                castle().size((ImageSize) null).input(huge).strength(0.5).build());

        assertThat(result.image().width()).isEqualTo(96);
        assertThat(result.image().height()).isEqualTo(48);
        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("the input is 3000x1500, edges may have 2048 at most; 96x48 was taken: size says"
                                + " another"));
    }

    @Test
    void settingsThatLeaveNoFiniteNumberAreBlamedInsteadOfTheModel() {
        ImageRequest request = castle().guidanceScale(1e38).build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageStartingWith("settings must keep all numbers finite but ")
                .hasMessageEndingWith(": guidanceScale 1.0E38 is the likely cause");
    }

    @Test
    void aComponentOfAnotherCheckpointTakesThePlaceOfItsOwn() {
        Path vae = GoldenCheckpoints.directory("tiny-sd2").resolve("vae");
        LocalSettings settings = LocalSettings.bundled().withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"));
        ImageRequest request = castle().seed(3).build();
        GeneratedImage own = generate(request).image();
        try (ImageGenerator generator = LocalDiffusionGenerator.builder()
                .settings(settings.withComponent("vae", vae))
                .build()) {
            GeneratedImage other = generator.generate(request).image();

            assertThat(other).isNotEqualTo(own);
            assertThat(generator.info().revision())
                    .isNotEqualTo(Models.open(
                                    LocalFiles.cached(settings, ModelHub::ofEnvironment)
                                            .orElseThrow(),
                                    new Adapters(
                                            settings,
                                            source -> ModelHub.path(source).orElseThrow()),
                                    new Controls(
                                            settings,
                                            source -> ModelHub.path(source).orElseThrow()),
                                    new Enlargers(Map.of(), source -> Path.of("none"), new Engine(settings.engine())),
                                    new Engine(settings.engine()))
                            .revision());
        }
    }
}
