package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What holds at each evaluation of the denoiser: an entry holds up to its last one, and the last entry to the end.
 * Immutable.
 *
 * <pre>{@code
 * Timeline<String> prompt = PromptSchedule.parse("a [fox:wolf:0.5]", 4);
 * prompt.at(0); // "a fox"
 * prompt.at(3); // "a wolf"
 * }</pre>
 *
 * @param entries at least one, by their ends
 */
public record Timeline<T>(List<Entry<T>> entries) {

    /** Copies the list. */
    public Timeline {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a timeline must have an entry but had none");
        }
    }

    /**
     * A part of the time.
     *
     * @param last the last evaluation at which it holds, from 0
     * @param value what holds
     */
    public record Entry<T>(int last, T value) {}

    /** The same all the time. */
    public static <T> Timeline<T> always(T value) {
        return new Timeline<>(List.of(new Entry<>(Integer.MAX_VALUE, value)));
    }

    /** What several timelines say at the same time. */
    public static <T> Timeline<List<T>> together(List<Timeline<T>> timelines) {
        SortedSet<Integer> ends = new TreeSet<>();
        timelines.forEach(timeline -> timeline.entries().forEach(entry -> ends.add(entry.last())));
        List<Entry<List<T>>> entries = new ArrayList<>();
        for (int end : ends) {
            entries.add(new Entry<>(
                    end, timelines.stream().map(timeline -> timeline.at(end)).toList()));
        }
        return new Timeline<>(entries);
    }

    /** What holds at {@code evaluation}, from 0. */
    public T at(int evaluation) {
        for (Entry<T> entry : entries) {
            if (evaluation <= entry.last()) {
                return entry.value();
            }
        }
        return entries.get(entries.size() - 1).value();
    }

    /** All that holds at any time. */
    public List<T> values() {
        return entries.stream().map(Entry::value).toList();
    }

    /** The same with {@code change} made of each value, once for equal ones. */
    public <R> Timeline<R> map(Function<? super T, R> change) {
        Map<T, R> made = new HashMap<>();
        List<Entry<R>> changed = new ArrayList<>();
        for (Entry<T> entry : entries) {
            R value = made.get(entry.value());
            if (value == null) {
                value = change.apply(entry.value());
                made.put(entry.value(), value);
            }
            changed.add(new Entry<>(entry.last(), value));
        }
        return new Timeline<>(changed);
    }

    /** Names no value: a prompt must not reach a log. */
    @Override
    public String toString() {
        return "Timeline[" + entries.size() + " entries]";
    }
}
