package dev.triptych.server.jobs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** The queue of each generator within this process: first come, first painted. Thread-safe. */
final class Lanes implements JobQueue {

    private final ToIntFunction<String> width;
    private final Consumer<String> paint;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "triptych-job");
        thread.setDaemon(true);
        return thread;
    });

    // Guarded by this.
    private final Map<String, Lane> lanes = new HashMap<>();
    private boolean stopped;

    private static final class Lane {
        private final Deque<String> waiting = new ArrayDeque<>();
        private final int width;
        private int running;

        Lane(int width) {
            this.width = width;
        }
    }

    /**
     * Queues without jobs.
     *
     * @param width how many jobs of a generator run at once
     * @param paint paints the job with an id; it throws nothing
     */
    Lanes(ToIntFunction<String> width, Consumer<String> paint) {
        this.width = width;
        this.paint = paint;
    }

    @Override
    public void add(Job job) {
        int wide = width.applyAsInt(job.generator());
        synchronized (this) {
            Lane lane = lanes.computeIfAbsent(job.generator(), name -> new Lane(wide));
            lane.waiting.addLast(job.id());
            startNext(lane);
        }
    }

    private synchronized void ended(Lane lane) {
        lane.running--;
        startNext(lane);
        notifyAll();
    }

    private void startNext(Lane lane) {
        if (stopped || lane.running >= lane.width || lane.waiting.isEmpty()) {
            return;
        }
        String id = lane.waiting.removeFirst();
        lane.running++;
        threads.execute(() -> {
            try {
                paint.accept(id);
            } finally {
                ended(lane);
            }
        });
    }

    @Override
    public synchronized void remove(Job job) {
        Lane lane = lanes.get(job.generator());
        if (lane != null) {
            lane.waiting.remove(job.id());
        }
    }

    @Override
    public synchronized OptionalInt position(Job job) {
        Lane lane = lanes.get(job.generator());
        if (lane == null) {
            return OptionalInt.empty();
        }
        int position = 0;
        for (String id : lane.waiting) {
            if (id.equals(job.id())) {
                return OptionalInt.of(position);
            }
            position++;
        }
        return OptionalInt.empty();
    }

    @Override
    public synchronized int waiting() {
        return lanes.values().stream().mapToInt(lane -> lane.waiting.size()).sum();
    }

    @Override
    public synchronized void stopStarting() {
        stopped = true;
    }

    @Override
    public synchronized boolean awaitIdle(long seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (lanes.values().stream().anyMatch(lane -> lane.running > 0)) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
