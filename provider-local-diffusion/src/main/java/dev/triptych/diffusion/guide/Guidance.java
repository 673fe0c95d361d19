package dev.triptych.diffusion.guide;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How predictions are steered. Immutable.
 *
 * @param scale g of classifier-free guidance, 0 or more; whether a second pass is made is the conditioning's to say
 * @param rescale φ in [0, 1], which brings the spread of a guided prediction back; 0 = off
 * @param interval in which part of the evaluations there is guidance
 * @param perturbation guidance away from what the network answers with some attentions left out
 * @param plusPlus whether the noise that is put back is that of the unconditional pass
 */
public record Guidance(
        double scale, float rescale, Interval interval, Optional<Perturbation> perturbation, boolean plusPlus) {

    /** Classifier-free guidance in a part of the evaluations. */
    public Guidance(double scale, float rescale, Interval interval) {
        this(scale, rescale, interval, Optional.empty(), false);
    }

    /**
     * Perturbed-attention guidance.
     *
     * @param scale p, above 0
     * @param adaptive how much p falls with each step of training time that has passed; 0 = not at all
     */
    public record Perturbation(double scale, double adaptive) {}

    /** The same without attentions left out. */
    public Guidance unperturbed() {
        return new Guidance(scale, rescale, interval, Optional.empty(), plusPlus);
    }

    /**
     * A part of the evaluations: those with {@code int(from · n) ≤ i < int(to · n)}, where n is how many the scheduler
     * plans.
     *
     * @param from 0 to {@code to}
     * @param to {@code from} to 1
     */
    public record Interval(double from, double to) {

        /** All evaluations. */
        public static final Interval ALWAYS = new Interval(0, 1);

        private static final Pattern SPELLING = Pattern.compile("(\\d*\\.?\\d+|\\d+\\.)-(\\d*\\.?\\d+|\\d+\\.)");

        /**
         * Checks the order.
         *
         * @throws IllegalArgumentException if the numbers are not in order, or beyond 0 and 1
         */
        public Interval {
            if (!(from >= 0 && from <= to && to <= 1)) {
                throw new IllegalArgumentException("must be A-B with 0 ≤ A ≤ B ≤ 1 but was " + from + "-" + to);
            }
        }

        /**
         * Reads {@code A-B}, such as {@code 0.2-0.8}.
         *
         * @throws IllegalArgumentException if it is nothing of the kind
         */
        public static Interval parse(String text) {
            Matcher spelled = SPELLING.matcher(text.strip().toLowerCase(Locale.ROOT));
            if (!spelled.matches()) {
                throw new IllegalArgumentException("must be A-B with 0 ≤ A ≤ B ≤ 1 but was \"" + text + "\"");
            }
            return new Interval(Double.parseDouble(spelled.group(1)), Double.parseDouble(spelled.group(2)));
        }

        /** The first evaluation of {@code calls} that is in it. */
        public int first(int calls) {
            return (int) (from * calls);
        }

        /** Whether {@code moment} is in it. */
        public boolean contains(Denoiser.Moment moment) {
            return moment.call() >= first(moment.calls()) && moment.call() < (int) (to * moment.calls());
        }

        /** As {@link #parse} reads it. */
        @Override
        public String toString() {
            return plain(from) + "-" + plain(to);
        }

        private static String plain(double value) {
            return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
        }
    }
}
