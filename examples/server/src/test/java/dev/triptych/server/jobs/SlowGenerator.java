package dev.triptych.server.jobs;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ledger.CallJournal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Takes a while, so that a kill falls into it, and writes down each call: in the journal where it may be billed. */
record SlowGenerator(ImageGenerator inner, CallJournal journal, Path folder) implements ImageGenerator {

    private static final long MILLIS = 40;

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        boolean billed = inner.capabilities().costClass() == CostClass.BILLED;
        CallJournal.Call call = billed ? journal.started(inner.info(), request, context.requestId()) : null;
        note(context.requestId());
        try {
            TimeUnit.MILLISECONDS.sleep(MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ImageResult result = inner.generate(request, context);
        if (call != null) {
            call.succeeded(result);
        }
        return result;
    }

    private void note(String id) {
        try {
            Files.createDirectories(folder.resolve("calls"));
            Files.createFile(folder.resolve("calls").resolve(id + "-" + System.nanoTime()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Capabilities capabilities() {
        return inner.capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return inner.info();
    }

    @Override
    public void close() {
        inner.close();
    }
}
