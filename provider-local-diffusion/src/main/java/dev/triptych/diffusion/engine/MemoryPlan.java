package dev.triptych.diffusion.engine;

import dev.triptych.diffusion.error.LocalErrors;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How the networks of one picture shall lie in memory: a decision from numbers alone.
 *
 * @param residence what was chosen
 * @param needed what the process is expected to take then, in bytes
 * @param available what it may take, in bytes
 */
record MemoryPlan(Residence residence, long needed, long available) {

    /** Java itself with a picture's pixels, and ONNX Runtime without any network. */
    private static final long PROCESS = 300L << 20;

    /**
     * What one network takes.
     *
     * @param key two of the same key are one network
     * @param wide its weights in the type that is computed in, in the form that is fastest, in bytes
     * @param narrow its weights as {@link Residence#NARROW} has them, with the one that is widened, in bytes
     * @param activations what it computes in, in bytes
     * @param keepsActivations whether that memory is kept between evaluations
     */
    record Need(String key, long wide, long narrow, long activations, boolean keepsActivations) {

        private long weights(Residence residence) {
            return residence == Residence.NARROW ? narrow : wide;
        }
    }

    /**
     * The fastest plan that {@code setting} allows and that fits.
     *
     * @param setting {@code auto}, {@code low} or {@code high}; with the last nothing is refused
     * @param direct whether the request says that convolutions are direct, or not; empty = it does not say
     * @param phases the networks that are needed at the same time, phase by phase
     * @param available bytes that the process may take beyond what it has without any network
     * @throws dev.triptych.UnsupportedRequestException if nothing that is allowed fits
     */
    static MemoryPlan choose(String setting, Optional<Boolean> direct, List<List<Need>> phases, long available) {
        Set<Residence> allowed = allowed(setting, direct);
        Map<Residence, Long> needed = new EnumMap<>(Residence.class);
        allowed.forEach(residence -> needed.put(residence, needed(residence, phases)));
        for (Map.Entry<Residence, Long> each : needed.entrySet()) {
            if (each.getValue() <= available || setting.equals("high")) {
                return new MemoryPlan(each.getKey(), each.getValue(), available);
            }
        }
        long least = needed.values().stream().mapToLong(Long::longValue).min().orElseThrow();
        throw LocalErrors.unsupported(
                "this picture must have " + gigabytes(least) + " of memory but " + gigabytes(available)
                        + " are free: a smaller picture, a file with quantised weights (GGUF), a smaller part"
                        + " (--component), or other programs closed would do; --memory high tries it all the same");
    }

    private static Set<Residence> allowed(String setting, Optional<Boolean> direct) {
        if (direct.isPresent() && direct.get()) {
            return EnumSet.of(Residence.NARROW);
        }
        return switch (setting) {
            case "high" -> EnumSet.of(Residence.KEPT);
            case "low" -> EnumSet.of(direct.isPresent() ? Residence.RELEASED : Residence.NARROW);
            default ->
                direct.isPresent() ? EnumSet.of(Residence.KEPT, Residence.RELEASED) : EnumSet.allOf(Residence.class);
        };
    }

    private static long needed(Residence residence, List<List<Need>> phases) {
        long most = 0;
        if (residence.releases()) {
            for (List<Need> phase : phases) {
                most = Math.max(most, together(residence, phase));
            }
        } else {
            most = together(residence, phases.stream().flatMap(List::stream).toList());
        }
        return PROCESS + most;
    }

    private static long together(Residence residence, List<Need> needs) {
        Set<String> seen = new HashSet<>();
        long kept = 0;
        long passing = 0;
        for (Need need : needs) {
            if (seen.add(need.key())) {
                kept += need.weights(residence) + (need.keepsActivations() ? need.activations() : 0);
                passing = Math.max(passing, need.keepsActivations() ? 0 : need.activations());
            }
        }
        return kept + passing;
    }

    /** One line for a log. */
    String describe() {
        return residence.description() + ": " + gigabytes(needed) + " are needed, " + gigabytes(available)
                + " are free";
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
