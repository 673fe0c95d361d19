package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Skip-layer guidance, Stability AI's advice for Stable Diffusion 3.5 medium: v += s · (v₊ − v₋ₗ), where v₊ is the
 * prediction with the text and v₋ₗ the same with some blocks left out, in the steps n·start &lt; i &lt; n·stop.
 * Immutable.
 *
 * <p>Reference: diffusers 0.42, pipelines/stable_diffusion_3/pipeline_stable_diffusion_3.py. It adds this outside
 * classifier-free guidance, v₋ + g·(v₊ − v₋); here v₊ takes it up before, divided by g, which is the same.
 *
 * @param layers the blocks left out
 * @param ratio s / g
 * @param first the first call of the loop in which it counts
 * @param end the first call in which it does not count any more
 */
record SkippedLayers(List<Integer> layers, float ratio, int first, int end) {

    /** Blocks to leave out, such as {@code 7,8,9}; none by default. */
    static final String LAYERS = "local.skip-layers";

    /** s; 2.8 by default. */
    static final String GUIDANCE = "local.skip-layer-guidance";

    /** Where it starts, as a part of the steps; 0.01 by default. */
    static final String START = "local.skip-layer-start";

    /** Where it stops; 0.2 by default. */
    static final String STOP = "local.skip-layer-stop";

    static final Set<String> OPTIONS = Set.of(LAYERS, GUIDANCE, START, STOP);

    private static final double USUAL_GUIDANCE = 2.8;
    private static final double USUAL_START = 0.01;
    private static final double USUAL_STOP = 0.2;
    private static final double MOST = 100;

    /** What the denoiser reads and the network does not: ratio, first, end, layers. */
    private static final String TOLD = "skipped layers";

    /** Copies the list. */
    SkippedLayers {
        layers = List.copyOf(layers);
    }

    /**
     * What a request asks for.
     *
     * @param count how many blocks there are
     * @param guidanceScale g; without guidance it has no effect
     */
    static Optional<SkippedLayers> read(int count, int steps, double guidanceScale, Options options, Notices notices) {
        List<Integer> layers = options.has(LAYERS) ? options.checked(LAYERS, text -> parse(text, count)) : List.of();
        double guidance = options.number(GUIDANCE, 0, MOST).orElse(USUAL_GUIDANCE);
        double start = options.number(START, 0, 1).orElse(USUAL_START);
        double stop = options.number(STOP, 0, 1).orElse(USUAL_STOP);
        if (options.has(LAYERS) && guidanceScale <= 1) {
            notices.ignored("options." + LAYERS, LAYERS + " has no effect without classifier-free guidance");
            return Optional.empty();
        }
        if (layers.isEmpty()) {
            for (String key : List.of(GUIDANCE, START, STOP)) {
                if (options.has(key)) {
                    notices.ignored("options." + key, key + " has no effect without " + LAYERS);
                }
            }
            return Optional.empty();
        }
        int first = (int) Math.floor(steps * start) + 1;
        int end = (int) Math.ceil(steps * stop);
        if (first >= end) {
            notices.ignored(
                    "options." + LAYERS,
                    LAYERS + " has no effect: none of " + steps + " steps is between " + START + " and " + STOP);
            return Optional.empty();
        }
        return Optional.of(new SkippedLayers(layers, (float) (guidance / guidanceScale), first, end));
    }

    private static List<Integer> parse(String text, int count) {
        Set<Integer> layers = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            String number = part.strip();
            if (!number.matches("\\d{1,4}") || Integer.parseInt(number) >= count) {
                throw new IllegalArgumentException(
                        "must be numbers of blocks from 0 to " + (count - 1) + ", A,B, but was \"" + text + "\"");
            }
            layers.add(Integer.parseInt(number));
        }
        if (layers.size() == count) {
            throw LocalErrors.unsupported("option " + LAYERS + " must leave at least one block but leaves none");
        }
        return List.copyOf(layers);
    }

    /** As numbers beside a text. */
    List<Float> numbers() {
        List<Float> numbers = new ArrayList<>(List.of(ratio, (float) first, (float) end));
        layers.forEach(layer -> numbers.add((float) layer));
        return numbers;
    }

    private static SkippedLayers ofNumbers(List<Float> numbers) {
        List<Integer> layers =
                numbers.subList(3, numbers.size()).stream().map(Float::intValue).toList();
        return new SkippedLayers(
                layers,
                numbers.get(0),
                numbers.get(1).intValue(),
                numbers.get(2).intValue());
    }

    /** What a prompt was planned with. */
    static Optional<SkippedLayers> of(PromptPlan prompt) {
        List<Float> numbers = prompt.positive().get(0).text().at(0).numbers();
        return numbers.isEmpty() ? Optional.empty() : Optional.of(ofNumbers(numbers));
    }

    /** Puts the numbers beside a text to what the denoiser is told. */
    static void tell(List<Float> numbers, Map<String, Tensor> told) {
        if (!numbers.isEmpty()) {
            float[] values = new float[numbers.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = numbers.get(i);
            }
            told.put(TOLD, new Tensor(new long[] {values.length}, values));
        }
    }

    /** An evaluation with some blocks left out. */
    @FunctionalInterface
    interface Evaluation {
        /**
         * The prediction.
         *
         * @param told the network's inputs beside latents and time
         * @param leftOut the blocks left out
         */
        float[] predict(
                float[] input,
                Denoiser.Moment moment,
                Map<String, Tensor> told,
                List<Integer> leftOut,
                Cancellation cancellation);
    }

    /**
     * A denoiser that evaluates once more where it is told which layers to skip.
     *
     * @param all with all layers
     * @param some without some
     */
    static Denoiser guiding(Denoiser all, Evaluation some) {
        return (input, moment, text, cancellation) -> predict(all, some, input, moment, text, cancellation);
    }

    private static float[] predict(
            Denoiser all,
            Evaluation some,
            float[] input,
            Denoiser.Moment moment,
            Conditioning text,
            Cancellation cancellation) {
        Map<String, Tensor> told = new HashMap<>(text.tensors());
        Tensor numbers = told.remove(TOLD);
        float[] whole = all.predict(input, moment, Conditioning.of(told), cancellation);
        if (numbers == null) {
            return whole;
        }
        List<Float> values = new ArrayList<>();
        for (float value : numbers.values()) {
            values.add(value);
        }
        SkippedLayers skipped = ofNumbers(values);
        if (moment.call() < skipped.first() || moment.call() >= skipped.end()) {
            return whole;
        }
        float[] weaker = some.predict(input, moment, told, skipped.layers(), cancellation);
        float[] guided = Arrays.copyOf(whole, whole.length);
        for (int i = 0; i < guided.length; i++) {
            guided[i] += skipped.ratio() * (whole[i] - weaker[i]);
        }
        return guided;
    }
}
