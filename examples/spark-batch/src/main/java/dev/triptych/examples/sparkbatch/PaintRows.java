package dev.triptych.examples.sparkbatch;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RequestJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Paints the rows of a partition, one after the other. Spark may run it any number of times over the same rows: for a
 * retry, for speculation, for another action over the same table, after an executor died. So what it does once, it
 * finds again: the store is asked for the picture, then for a claim, and a request that may have been billed is never
 * sent again.
 *
 * @param yaml the configuration; secrets stand in it by reference and are looked up on the executor
 * @param generator the generator's name; null = the default
 * @param folder the store, which all executors see
 */
record PaintRows(String yaml, @Nullable String generator, String folder) implements MapPartitionsFunction<Row, Row> {

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        Engine engine = Engine.of(yaml, Optional.ofNullable(generator));
        PictureStore store = new PictureStore(Path.of(folder));
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED), false)
                .map(row -> paint(PictureTable.request(row), engine, store).row())
                .iterator();
    }

    private static PictureRecord paint(ImageRequest request, Engine engine, PictureStore store) {
        String key = RequestJson.sha256(request) + "-" + engine.name();
        try {
            Optional<PictureRecord> known = store.find(key);
            if (known.isPresent()) {
                return known.get();
            }
            if (!engine.mayBeBilled()) {
                return send(key, request, engine, store);
            }
            if (store.claim(key, attempt())) {
                return send(key, request, engine, store);
            }
            return PictureRecord.without(
                    key, PictureState.UNKNOWN, "another attempt went to pay for it and left no picture", 0);
        } catch (IOException e) {
            throw new UncheckedIOException("the store must be writable but is not", e);
        }
    }

    private static PictureRecord send(String key, ImageRequest request, Engine engine, PictureStore store)
            throws IOException {
        long start = System.nanoTime();
        try {
            ImageResult result = engine.generator().generate(request);
            PictureRecord record = new PictureRecord(
                    key,
                    PictureState.PAINTED,
                    Optional.of(store.keep(result.image())),
                    Optional.of(result.image().sha256()),
                    result.image().seed().isPresent()
                            ? Optional.of(result.image().seed().getAsLong())
                            : Optional.empty(),
                    Optional.of(result.execution().servedBy().name()),
                    result.warnings().stream().map(GenerationWarning::message).toList(),
                    Optional.empty(),
                    millisSince(start));
            store.keep(record);
            return record;
        } catch (ImageGenerationException e) {
            return failed(key, e, store, millisSince(start));
        }
    }

    private static PictureRecord failed(String key, ImageGenerationException e, PictureStore store, long millis)
            throws IOException {
        boolean mayBeBilled = e.outcome() == Outcome.UNKNOWN || e.outcome() == Outcome.COMPLETED;
        PictureRecord record = PictureRecord.without(
                key, mayBeBilled ? PictureState.UNKNOWN : PictureState.FAILED, String.valueOf(e.getMessage()), millis);
        if (mayBeBilled) {
            store.keep(record);
        } else {
            store.giveBack(key);
        }
        return record;
    }

    private static long millisSince(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    /** Who pays, for a person who looks at a claim later. */
    private static String attempt() {
        TaskContext task = TaskContext.get();
        return task == null
                ? "no task"
                : "stage " + task.stageId() + "." + task.stageAttemptNumber() + ", partition " + task.partitionId()
                        + ", attempt " + task.attemptNumber();
    }
}
