package dev.triptych.diffusion.scheduler;

import java.util.Locale;
import java.util.Set;

/** What a U-Net was trained to output: {@code prediction_type} of the configuration. */
enum PredictionType {
    /** The noise ε. */
    EPSILON,
    /** v = √ᾱ ε − √(1−ᾱ) x₀: Salimans and Ho, "Progressive Distillation" (2022), appendix D. */
    V_PREDICTION,
    /** The image x₀ itself. */
    SAMPLE,
    /** The velocity ε − x₀ of flow matching. */
    FLOW_PREDICTION;

    /**
     * The type a configuration states.
     *
     * @throws IllegalArgumentException if the scheduler has no rule for it
     */
    static PredictionType of(SchedulerConfig config, Set<PredictionType> supported) {
        String name = config.text(ConfigKey.PREDICTION_TYPE);
        for (PredictionType type : supported) {
            if (type.jsonName().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("prediction_type of " + config.className() + " must be one of "
                + supported.stream().sorted().map(PredictionType::jsonName).toList() + " but was "
                + (name.isEmpty() ? "null" : name));
    }

    private String jsonName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
