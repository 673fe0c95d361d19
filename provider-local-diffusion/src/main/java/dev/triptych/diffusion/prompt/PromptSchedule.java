package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts that change while a picture is painted, as A1111's web UI reads them: {@code [from:to:when]},
 * {@code [to:when]} and {@code [from::when]}, with {@code when} a part of all steps ({@code 0.5}) or a step
 * ({@code 3}), and {@code [one|other]}, which alternate step by step. A prompt that the grammar does not take is text,
 * whole.
 *
 * <p>Reference: AUTOMATIC1111/stable-diffusion-webui, {@code modules/prompt_parser.py}, {@code schedule_parser}. As
 * there, steps count from 1 in a prompt and evaluations from 0, so that {@code [a:b:3]} shows a at four evaluations.
 * Brackets more than {@value #DEEPEST} deep are text.
 */
public final class PromptSchedule {

    private static final int DEEPEST = 100;

    private static final Pattern WHEN =
            Pattern.compile("\\s*+([+-]?(\\d++(\\.\\d*+)?|\\.\\d++)([eE][+-]?\\d++)?)\\s*+]");

    private final String text;
    private final int steps;

    /** Where brackets open nothing. */
    private final Set<Integer> literal = new HashSet<>();

    private final TreeSet<Integer> ends = new TreeSet<>();
    private int at;

    private PromptSchedule(String text, int steps) {
        this.text = text;
        this.steps = steps;
    }

    /** What a piece of a prompt reads at a step, from 1. */
    @FunctionalInterface
    private interface Node {
        void write(int step, StringBuilder out);
    }

    /**
     * The texts of {@code prompt} over time.
     *
     * @param steps how many evaluations of the denoiser there are, at least 1
     */
    public static Timeline<String> parse(String prompt, int steps) {
        PromptSchedule schedule = new PromptSchedule(prompt, steps);
        Optional<Node> whole = schedule.whole();
        if (whole.isEmpty()) {
            return Timeline.always(prompt);
        }
        List<Timeline.Entry<String>> entries = new ArrayList<>();
        schedule.ends.add(steps);
        for (int end : schedule.ends) {
            StringBuilder out = new StringBuilder();
            whole.get().write(end, out);
            entries.add(new Timeline.Entry<>(end, out.toString()));
        }
        return new Timeline<>(entries);
    }

    /** At the outside, brackets and colons may stand for themselves; bars and lone backslashes may not. */
    private Optional<Node> whole() {
        List<Node> nodes = new ArrayList<>();
        while (at < text.length()) {
            nodes.addAll(sequence(0));
            if (at < text.length()) {
                char next = text.charAt(at);
                if (next == '|' || next == '\\') {
                    return Optional.empty();
                }
                nodes.add(plain(at, ++at));
            }
        }
        return Optional.of(all(nodes));
    }

    /** As much as can be read from here: text, and brackets that open and close. */
    private List<Node> sequence(int depth) {
        List<Node> nodes = new ArrayList<>();
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '(' || next == '[') {
                Optional<Node> bracket = bracket(depth);
                if (bracket.isEmpty()) {
                    return nodes;
                }
                nodes.add(bracket.get());
            } else {
                int start = at;
                skipPlain();
                if (at == start) {
                    return nodes;
                }
                nodes.add(plain(start, at));
            }
        }
        return nodes;
    }

    private void skipPlain() {
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '\\' && at + 1 < text.length() && text.charAt(at + 1) != '\n') {
                at += 2;
            } else if ("\\[]():|".indexOf(next) < 0) {
                at++;
            } else {
                return;
            }
        }
    }

    /** What the bracket here opens; nothing is read where that is nothing. */
    private Optional<Node> bracket(int depth) {
        int start = at;
        if (depth >= DEEPEST || literal.contains(start)) {
            return Optional.empty();
        }
        at++;
        Set<Integer> before = Set.copyOf(ends);
        Optional<Node> node = text.charAt(start) == '(' ? round(start, depth + 1) : square(start, depth + 1);
        if (node.isEmpty()) {
            ends.retainAll(before);
            literal.add(start);
            at = start;
        }
        return node;
    }

    private Optional<Node> round(int start, int depth) {
        List<Node> nodes = new ArrayList<>(sequence(depth));
        if (take(':')) {
            nodes.add(plain(at - 1, at));
            nodes.addAll(sequence(depth));
        }
        return take(')') ? Optional.of(bracketed(start, nodes)) : Optional.empty();
    }

    private Optional<Node> square(int start, int depth) {
        Node first = all(sequence(depth));
        if (take(']')) {
            return Optional.of(bracketed(start, List.of(first)));
        }
        if (take('|')) {
            return alternate(first, depth);
        }
        if (!take(':')) {
            return Optional.empty();
        }
        Optional<Node> added = when().map(cut -> from(cut, first));
        if (added.isPresent()) {
            return added;
        }
        Node second = all(sequence(depth));
        if (!take(':')) {
            return Optional.empty();
        }
        return when().map(cut -> switched(cut, first, second));
    }

    private Optional<Node> alternate(Node first, int depth) {
        List<Node> choices = new ArrayList<>(List.of(first));
        do {
            choices.add(all(sequence(depth)));
        } while (take('|'));
        if (!take(']')) {
            return Optional.empty();
        }
        for (int step = 1; step <= steps; step++) {
            ends.add(step);
        }
        return Optional.of(
                (step, out) -> choices.get((step - 1) % choices.size()).write(step, out));
    }

    /** A number and the bracket behind it. */
    private Optional<Integer> when() {
        Matcher number = WHEN.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            return Optional.empty();
        }
        at = number.end();
        String written = number.group(1);
        double value = Double.parseDouble(written);
        int cut = Math.min(steps, (int) (written.contains(".") ? value * steps : value));
        if (cut >= 1) {
            ends.add(cut);
        }
        return Optional.of(cut);
    }

    private static Node from(int cut, Node added) {
        return when(step -> step > cut, added);
    }

    private static Node switched(int cut, Node before, Node after) {
        return (step, out) -> (step <= cut ? before : after).write(step, out);
    }

    private static Node when(IntPredicate holds, Node node) {
        return (step, out) -> {
            if (holds.test(step)) {
                node.write(step, out);
            }
        };
    }

    private Node bracketed(int start, List<Node> nodes) {
        List<Node> all = new ArrayList<>(nodes);
        all.add(0, plain(start, start + 1));
        all.add(plain(at - 1, at));
        return all(all);
    }

    private static Node all(List<Node> nodes) {
        return (step, out) -> nodes.forEach(node -> node.write(step, out));
    }

    private Node plain(int start, int end) {
        return (step, out) -> out.append(text, start, end);
    }

    private boolean take(char wanted) {
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }
}
