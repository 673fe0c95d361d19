package dev.triptych.examples.discordbot;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.discord.simulator.Pictures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Paints plain pictures whose colour follows from prompt and seed. Thread-safe. */
final class ColorGenerator implements ImageGenerator {

    private static final GeneratorInfo INFO = new GeneratorInfo("color", "color", "color", "", true);

    final AtomicInteger painted = new AtomicInteger();

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        context.checkActive("color", Outcome.NOT_SENT);
        context.emit(new GenerationEvent.Progress(1, 2));
        context.emit(new GenerationEvent.Progress(2, 2));
        painted.incrementAndGet();
        byte[] png = Pictures.plain(request.prompt(), (int) request.seed().orElse(0), 8, 8);
        return ImageResult.of(
                List.of(GeneratedImage.of(png)), List.of(), ExecutionRecord.of(INFO, context, request, Duration.ZERO));
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.builder()
                .operations(Operation.IMAGE_TO_IMAGE)
                .honours(Parameter.SEED, Parameter.ASPECT_RATIO, Parameter.STRENGTH)
                .maxInputs(1)
                .costClass(CostClass.FREE)
                .build();
    }

    @Override
    public GeneratorInfo info() {
        return INFO;
    }

    @Override
    public void close() {
        // Nothing to release.
    }
}
