package dev.triptych.examples.discordbot;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Jobs that wait, fair to users: each in turn gives one, however many one of them has. Thread-safe. */
final class JobQueue {

    private final int perUser;
    private final int total;
    private final Map<String, Deque<ImageJob>> waiting = new LinkedHashMap<>();
    private boolean closed;

    JobQueue(int perUser, int total) {
        this.perUser = perUser;
        this.total = total;
    }

    /** Adds {@code job}; returns how many are before it, or nothing if there is no room. */
    synchronized Optional<Integer> offer(ImageJob job) {
        Deque<ImageJob> own = waiting.getOrDefault(job.user(), new ArrayDeque<>());
        if (own.size() >= perUser || size() >= total) {
            return Optional.empty();
        }
        own.addLast(job);
        waiting.putIfAbsent(job.user(), own);
        notifyAll();
        return Optional.of(turns().indexOf(job));
    }

    /** The next job; waits for one. Empty when the queue was closed. */
    synchronized Optional<ImageJob> take() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            return Optional.empty();
        }
        Map.Entry<String, Deque<ImageJob>> first = waiting.entrySet().iterator().next();
        ImageJob job = first.getValue().removeFirst();
        waiting.remove(first.getKey());
        if (!first.getValue().isEmpty()) {
            waiting.put(first.getKey(), first.getValue());
        }
        return Optional.of(job);
    }

    /** Every waiting job, in the order of their turns. */
    synchronized List<ImageJob> turns() {
        List<ImageJob> turns = new ArrayList<>();
        List<Deque<ImageJob>> rest = new ArrayList<>();
        waiting.values().forEach(jobs -> rest.add(new ArrayDeque<>(jobs)));
        while (!rest.isEmpty()) {
            rest.forEach(jobs -> turns.add(jobs.removeFirst()));
            rest.removeIf(Deque::isEmpty);
        }
        return turns;
    }

    /** Takes {@code job} out; whether it was in. */
    synchronized boolean remove(ImageJob job) {
        boolean removed = false;
        for (Deque<ImageJob> jobs : waiting.values()) {
            removed |= jobs.remove(job);
        }
        waiting.values().removeIf(Deque::isEmpty);
        return removed;
    }

    private int size() {
        return waiting.values().stream().mapToInt(Deque::size).sum();
    }

    /** Ends the waiting. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
