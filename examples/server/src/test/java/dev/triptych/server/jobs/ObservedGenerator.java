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

/**
 * Lets a test see and hold each painting: writes it down, in the journal too where it may be billed, and tells what
 * watches before it paints and when it has painted.
 */
record ObservedGenerator(ImageGenerator inner, CallJournal journal, Path folder, Watcher watcher)
        implements ImageGenerator {

    /** Hears of each painting, and may hold it. */
    interface Watcher {
        /** Nobody looks. */
        Watcher NOBODY = new Watcher() {};

        /** A painting begins, when this returns. */
        default void begins() {}

        /** It is painted, and its job does not know yet. */
        default void painted() {}
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        boolean billed = inner.capabilities().costClass() == CostClass.BILLED;
        CallJournal.Call call = billed ? journal.started(inner.info(), request, context.requestId()) : null;
        note(context.requestId());
        watcher.begins();
        ImageResult result = inner.generate(request, context);
        if (call != null) {
            call.succeeded(result);
        }
        watcher.painted();
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
