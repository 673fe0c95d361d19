package dev.triptych.compare;

import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.SizeRule;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Three drawn generators and five prompts, with a refusal, a failure and warnings: everything a page can show. */
final class SampleComparison {

    static final String SCRIPT_PROMPT = "a sign that reads </script><img src=x onerror=alert(1)> & \"quotes\" \u2028 雪";
    static final String REFUSED_PROMPT = "a portrait of a person who is well known";
    static final Instant FINISHED = Instant.parse("2026-11-24T12:00:00Z");

    static final List<ImageRequest> REQUESTS = List.of(
            ImageRequest.builder()
                    .prompt("a red fox in the snow, early morning light")
                    .size(512, 512)
                    .seed(7)
                    .build(),
            ImageRequest.builder()
                    .prompt(
                            "a lighthouse on a cliff above a calm sea at dusk, seen from the water; the lamp has just been lit")
                    .negativePrompt("people, boats")
                    .size(512, 384)
                    .seed(9_007_199_254_740_993L)
                    .steps(20)
                    .guidanceScale(7.5)
                    .option("local.scheduler", "DPMSolverMultistepScheduler")
                    .build(),
            ImageRequest.builder().prompt(REFUSED_PROMPT).seed(3).build(),
            ImageRequest.builder().prompt(SCRIPT_PROMPT).size(500, 500).seed(11).build(),
            ImageRequest.builder()
                    .prompt("rolling hills in autumn")
                    .quality("high")
                    .seed(5)
                    .build());

    private SampleComparison() {}

    static ComparisonRunner.Builder runner(Path folder) {
        return ComparisonRunner.builder()
                .title("Three ways to paint a hill")
                .requests(REQUESTS)
                .generators(List.of(studio(), offline(), artist()))
                .facts("studio", new ModelFacts(Optional.of(false), "clean, photographic", "proprietary"))
                .facts("artist", new ModelFacts(Optional.empty(), "painterly", ""))
                .clock(Clock.fixed(FINISHED, ZoneOffset.UTC))
                .folder(folder);
    }

    static Comparison run(Path folder) throws IOException {
        return runner(folder).run();
    }

    private static DrawnGenerator studio() {
        Capabilities can = Capabilities.builder()
                .honours(Parameter.SIZE, Parameter.QUALITY, Parameter.OUTPUT_FORMAT, Parameter.BACKGROUND)
                .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                .sizes(SizeRule.oneOf(ImageSize.square(512), new ImageSize(640, 512)))
                .qualities(Set.of("low", "high"))
                .costClass(CostClass.BILLED)
                .build();
        return new DrawnGenerator(
                        new GeneratorInfo("studio", "openai", "gpt-image-2.6-flare", "", false),
                        can,
                        0.52f,
                        Duration.ofMillis(4200))
                .costing(new Cost(new BigDecimal("0.042"), "USD", "price list"))
                .refusing(
                        REFUSED_PROMPT,
                        new ContentRejectedException(
                                "prompt was refused by the provider's safety system",
                                ErrorOrigin.of("openai", Outcome.REJECTED)));
    }

    private static DrawnGenerator offline() {
        Capabilities can = Capabilities.builder()
                .honours(
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE,
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.STRENGTH)
                .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                .sizes(SizeRule.multiplesOf(8, 64, 1024, ImageSize.square(256)))
                .options("local", Set.of("local.scheduler", "local.clip-skip"))
                .deterministicSeeds(true)
                .costClass(CostClass.FREE)
                .build();
        return new DrawnGenerator(
                new GeneratorInfo("offline", "local", "bundled", "9f2c51d0a7b4e8", true),
                can,
                0.02f,
                Duration.ofMillis(900));
    }

    private static DrawnGenerator artist() {
        Capabilities can = Capabilities.builder()
                .honours(Parameter.ASPECT_RATIO, Parameter.SEED, Parameter.STYLE)
                .operations(Operation.VARIATION, Operation.UPSCALE)
                .styles(Set.of("raw", "expressive"))
                .sizes(SizeRule.oneOf(ImageSize.square(512)))
                .costClass(CostClass.BILLED)
                .build();
        return new DrawnGenerator(
                        new GeneratorInfo("artist", "discord", "self-hosted relay", "", false),
                        can,
                        0.78f,
                        Duration.ofSeconds(11))
                .refusing(
                        "rolling hills in autumn",
                        new ProviderUnavailableException(
                                "the bot must answer within 60 s but did not",
                                ErrorOrigin.of("discord", Outcome.UNKNOWN)));
    }
}
