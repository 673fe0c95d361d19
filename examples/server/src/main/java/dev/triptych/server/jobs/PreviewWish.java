package dev.triptych.server.jobs;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;

/**
 * Whoever looks at a job wants to see how its picture comes along. Where a generator shows unfinished pictures only if
 * asked, it is asked for about ten of them; they change no pixel of the finished one. Stateless.
 */
public final class PreviewWish {

    private static final String OPTION = ".preview-every";
    private static final int PREVIEWS = 10;

    /** How often, where the generator chooses the number of steps. */
    private static final int USUAL = 2;

    private PreviewWish() {}

    /** {@code request} with the wish, where {@code can} knows it and the request says nothing of it. */
    public static ImageRequest in(ImageRequest request, Capabilities can) {
        String option = can.optionPrefix() + OPTION;
        if (!can.knowsOption(option) || request.options().containsKey(option)) {
            return request;
        }
        int every = request.steps().isPresent() ? Math.max(1, request.steps().getAsInt() / PREVIEWS) : USUAL;
        return request.toBuilder().option(option, Integer.toString(every)).build();
    }
}
