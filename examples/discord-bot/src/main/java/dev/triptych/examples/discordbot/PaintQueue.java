package dev.triptych.examples.discordbot;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Orders that wait, fair to users: each in turn gives one, however many one of them has. Thread-safe. */
final class PaintQueue {

    private final int perUser;
    private final int total;
    private final Map<String, Deque<Order>> waiting = new LinkedHashMap<>();
    private boolean closed;

    PaintQueue(int perUser, int total) {
        this.perUser = perUser;
        this.total = total;
    }

    /** Adds {@code order}; returns how many are before it, or nothing if there is no room. */
    synchronized Optional<Integer> offer(Order order) {
        Deque<Order> own = waiting.getOrDefault(order.user(), new ArrayDeque<>());
        if (own.size() >= perUser || size() >= total) {
            return Optional.empty();
        }
        own.addLast(order);
        waiting.putIfAbsent(order.user(), own);
        notifyAll();
        return Optional.of(turns().indexOf(order));
    }

    /** The next order; waits for one. Empty when the queue was closed. */
    synchronized Optional<Order> take() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            return Optional.empty();
        }
        Map.Entry<String, Deque<Order>> first = waiting.entrySet().iterator().next();
        Order order = first.getValue().removeFirst();
        waiting.remove(first.getKey());
        if (!first.getValue().isEmpty()) {
            waiting.put(first.getKey(), first.getValue());
        }
        return Optional.of(order);
    }

    /** Every waiting order, in the order of their turns. */
    synchronized List<Order> turns() {
        List<Order> turns = new ArrayList<>();
        List<Deque<Order>> rest = new ArrayList<>();
        waiting.values().forEach(orders -> rest.add(new ArrayDeque<>(orders)));
        while (!rest.isEmpty()) {
            rest.forEach(orders -> turns.add(orders.removeFirst()));
            rest.removeIf(Deque::isEmpty);
        }
        return turns;
    }

    /** Takes out what {@code condition} is true of. */
    synchronized void remove(Predicate<Order> condition) {
        waiting.values().forEach(orders -> orders.removeIf(condition));
        waiting.values().removeIf(Deque::isEmpty);
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
