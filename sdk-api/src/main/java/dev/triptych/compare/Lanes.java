package dev.triptych.compare;

import dev.triptych.Cancellation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Queues of work beside each other, each with a limit of its own. After the first failure no more work is begun; what
 * runs, and may be paid for, ends by itself. Used once, by one thread.
 */
final class Lanes {

    private final Cancellation stop;
    private final Map<String, Lane> lanes = new LinkedHashMap<>();
    private @Nullable Throwable failure;

    Lanes(Cancellation stop) {
        this.stop = stop;
    }

    /** A piece of work. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    private record Lane(int limit, Queue<Work> queue) {}

    /** Adds work at the end of a lane. The first work of a lane sets its limit. */
    void add(String lane, int limit, Work work) {
        lanes.computeIfAbsent(lane, name -> new Lane(limit, new ArrayDeque<>()))
                .queue
                .add(work);
    }

    /** Runs everything and returns when all threads have ended. An interrupt of this thread stops the work. */
    void runAll() throws IOException {
        List<Thread> threads = start();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop.cancel();
                    threads.forEach(Thread::interrupt);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrowFailure();
    }

    private List<Thread> start() {
        List<Thread> threads = new ArrayList<>();
        for (Map.Entry<String, Lane> entry : lanes.entrySet()) {
            Lane lane = entry.getValue();
            int count = Math.min(lane.limit, lane.queue.size());
            for (int i = 0; i < count; i++) {
                Thread thread = new Thread(() -> drain(lane.queue), "triptych-compare-" + entry.getKey() + "-" + i);
                thread.setDaemon(true);
                threads.add(thread);
            }
        }
        threads.forEach(Thread::start);
        return threads;
    }

    private void drain(Queue<Work> queue) {
        try {
            Work work = next(queue);
            while (work != null) {
                work.run();
                work = next(queue);
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private @Nullable Work next(Queue<Work> queue) {
        if (stop.isCancelled() || hasFailed()) {
            return null;
        }
        synchronized (queue) {
            return queue.poll();
        }
    }

    private synchronized void fail(Throwable error) {
        if (failure == null) {
            failure = error;
        } else {
            failure.addSuppressed(error);
        }
    }

    private synchronized boolean hasFailed() {
        return failure != null;
    }

    private synchronized void rethrowFailure() throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof UncheckedIOException e) {
            throw new IOException(e);
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
