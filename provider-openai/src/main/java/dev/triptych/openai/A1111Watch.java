package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationEvent;
import dev.triptych.RunningCalls;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What happens beside a call to AUTOMATIC1111's API: its progress and unfinished pictures are asked for every second,
 * and where nobody waits any more, the server is interrupted. All clients of such a server share one queue, and
 * interrupting ends whatever runs; so that is done only where the server says that it is our own task that runs, or,
 * where it names no task, where nothing ran before ours. Serves one call.
 */
final class A1111Watch {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final String PROGRESS = "/sdapi/v1/progress?skip_current_image=false";
    private static final String INTERRUPT = "/sdapi/v1/interrupt";

    private final String task;
    private final SideCalls side;
    private final Map<String, String> headers;
    private final Cancellation end = new Cancellation();

    // Written by the thread that asks.
    private boolean idleBefore;
    private int lastStep;
    private String lastPreview = "";

    A1111Watch(String task, ServerSettings settings, SideCalls side) {
        this.task = task;
        this.side = side;
        this.headers = A1111Profile.credentials(settings);
    }

    /** Runs {@code exchange} and asks meanwhile. */
    <T> T around(Supplier<T> exchange) {
        Optional<JsonNode> before = side.getWhileWanted(PROGRESS, headers);
        if (before.isEmpty()) {
            return exchange.get(); // a server without progress
        }
        idleBefore = isIdle(before.get());
        Thread thread = new Thread(RunningCalls.carrying(this::follow), "triptych-a1111-progress");
        thread.setDaemon(true);
        thread.start();
        try {
            return exchange.get();
        } catch (GenerationCancelledException e) {
            interruptOurs();
            throw e;
        } finally {
            end.cancel();
        }
    }

    private Optional<JsonNode> ask() {
        return side.get(PROGRESS, headers);
    }

    private static boolean isIdle(JsonNode progress) {
        return progress.path("progress").asDouble() == 0
                && progress.path("state").path("job_count").asInt() == 0;
    }

    private boolean isOurs(JsonNode progress) {
        JsonNode current = progress.path("current_task");
        return current.isMissingNode() ? idleBefore : current.asText().equals(task);
    }

    private void follow() {
        try {
            while (!end.isCancelled()) {
                side.sleep(PERIOD, end);
                Optional<JsonNode> progress = end.isCancelled() ? Optional.empty() : ask();
                if (progress.isPresent() && !end.isCancelled() && isOurs(progress.get())) {
                    tell(progress.get());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(JsonNode progress) {
        JsonNode state = progress.path("state");
        int steps = state.path("sampling_steps").asInt();
        int jobs = Math.max(1, state.path("job_count").asInt());
        int step = state.path("job_no").asInt() * steps
                + state.path("sampling_step").asInt();
        if (steps > 0 && step > lastStep && step <= jobs * steps) {
            lastStep = step;
            side.emit(new GenerationEvent.Progress(step, jobs * steps));
        }
        String picture = progress.path("current_image").asText("");
        if (!picture.isEmpty() && !picture.equals("null") && !picture.equals(lastPreview)) {
            lastPreview = picture;
            show(picture.substring(picture.indexOf(',') + 1));
        }
    }

    private void show(String base64) {
        try {
            side.preview().accept(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            lastPreview = base64; // no base64: the picture itself will come all the same
        }
    }

    /** An interrupted thread sends nothing, so the flag is put aside for as long as that takes. */
    private void interruptOurs() {
        boolean interrupted = Thread.interrupted();
        try {
            if (ask().filter(progress -> !isIdle(progress) && isOurs(progress)).isPresent()) {
                side.post(INTERRUPT, headers);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
