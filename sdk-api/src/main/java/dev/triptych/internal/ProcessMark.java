package dev.triptych.internal;

import java.time.Instant;

/**
 * Which process wrote something, told so that another one knows later whether it still runs.
 *
 * @param pid the system's number of it, which may be given again
 * @param start when it began, as the system says; {@code ""} where it does not
 */
public record ProcessMark(long pid, String start) {

    /** This process. */
    public static ProcessMark own() {
        return of(ProcessHandle.current());
    }

    private static ProcessMark of(ProcessHandle process) {
        return new ProcessMark(
                process.pid(),
                process.info().startInstant().map(Instant::toString).orElse(""));
    }

    /** Whether the process still runs. */
    public boolean isAlive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> of(process).start.equals(start))
                .isPresent();
    }
}
