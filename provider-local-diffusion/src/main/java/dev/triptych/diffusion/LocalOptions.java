package dev.triptych.diffusion;

import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The settings that only the local engine has.
 *
 * <table>
 * <caption>Options</caption>
 * <tr><th>key<th>meaning<th>default
 * <tr><td>local.scheduler<td>class name or common name of the scheduler<td>the checkpoint's own
 * <tr><td>local.scheduler.KEY<td>any key of scheduler_config.json<td>the checkpoint's own
 * <tr><td>local.guidance-rescale<td>φ in [0, 1]<td>the checkpoint's, else 0
 * <tr><td>local.clip-skip<td>text encoder layers left out at the end, at least 0<td>0
 * <tr><td>local.eta<td>noise of DDIM and TCD steps in [0, 1]<td>0
 * </table>
 *
 * @param scheduler the scheduler, with everything that was overridden
 * @param guidanceRescale φ, where it was given
 * @param clipSkip layers left out
 * @param stepArguments what the scheduler is told at each step
 */
record LocalOptions(
        SchedulerConfig scheduler, Optional<Float> guidanceRescale, int clipSkip, StepArguments stepArguments) {

    static final String PREFIX = "local";

    private static final String SCHEDULER = "local.scheduler";
    private static final String SCHEDULER_KEY = "local.scheduler.";
    private static final String GUIDANCE_RESCALE = "local.guidance-rescale";
    private static final String CLIP_SKIP = "local.clip-skip";
    private static final String ETA = "local.eta";

    static final Set<String> KEYS = Set.of(SCHEDULER, SCHEDULER_KEY + "*", GUIDANCE_RESCALE, CLIP_SKIP, ETA);

    /**
     * Reads the local engine's options out of all options.
     *
     * @param own the checkpoint's own scheduler
     * @param textLayers how many layers the text encoder has
     * @throws UnsupportedRequestException if a value cannot be used
     */
    static LocalOptions read(Map<String, String> options, SchedulerConfig own, int textLayers) {
        SchedulerConfig scheduler = own;
        if (options.containsKey(SCHEDULER)) {
            scheduler = checked(SCHEDULER, options, name -> Schedulers.named(own, name));
        }
        for (String key : options.keySet()) {
            if (key.startsWith(SCHEDULER_KEY)) {
                SchedulerConfig before = scheduler;
                scheduler = checked(key, options, value -> before.with(key.substring(SCHEDULER_KEY.length()), value));
            }
        }
        Optional<Float> rescale = Optional.ofNullable(options.get(GUIDANCE_RESCALE))
                .map(text -> (float) number(GUIDANCE_RESCALE, options, 0, 1));
        int clipSkip = options.containsKey(CLIP_SKIP) ? wholeNumber(CLIP_SKIP, options, textLayers) : 0;
        double eta = options.containsKey(ETA) ? number(ETA, options, 0, 1) : 0;
        return new LocalOptions(scheduler, rescale, clipSkip, StepArguments.DEFAULTS.withEta(eta));
    }

    /** All options again, with what was filled in. */
    static Map<String, String> write(Map<String, String> options, DiffusionSettings settings) {
        Map<String, String> written = new TreeMap<>(options);
        written.putIfAbsent(SCHEDULER, settings.scheduler().className());
        written.put(GUIDANCE_RESCALE, Float.toString(settings.guidanceRescale()));
        written.put(CLIP_SKIP, Integer.toString(settings.clipSkip()));
        return written;
    }

    private static <T> T checked(String key, Map<String, String> options, Function<String, T> reader) {
        try {
            return reader.apply(options.getOrDefault(key, ""));
        } catch (IllegalArgumentException e) {
            throw new UnsupportedRequestException(
                    "option " + key + ": " + e.getMessage(), LocalDiffusionGenerator.PROVIDER);
        }
    }

    private static int wholeNumber(String key, Map<String, String> options, int high) {
        String text = options.getOrDefault(key, "");
        int value = checked(key, options, LocalOptions::parseWhole);
        if (value < 0 || value > high) {
            throw new UnsupportedRequestException(
                    "option " + key + " must be between 0 and " + high + " but was " + text,
                    LocalDiffusionGenerator.PROVIDER);
        }
        return value;
    }

    private static int parseWhole(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number but was \"" + text + "\"", e);
        }
    }

    private static double number(String key, Map<String, String> options, double low, double high) {
        String text = options.getOrDefault(key, "");
        double value = checked(key, options, LocalOptions::parse);
        if (!(value >= low && value <= high)) {
            throw new UnsupportedRequestException(
                    "option " + key + " must be between " + low + " and " + high + " but was " + text,
                    LocalDiffusionGenerator.PROVIDER);
        }
        return value;
    }

    private static double parse(String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number but was \"" + text + "\"", e);
        }
    }
}
