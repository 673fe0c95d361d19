package dev.triptych.diffusion.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A key of {@code scheduler_config.json}, with the kind of value it takes. */
enum ConfigKey {
    NUM_TRAIN_TIMESTEPS(Type.TRAIN_STEPS),
    BETA_START(Type.BETA),
    BETA_END(Type.BETA),
    BETA_SCHEDULE("linear", "scaled_linear", "squaredcos_cap_v2", "exp", "sigmoid", "laplace"),
    TRAINED_BETAS(Type.BETAS),
    RESCALE_BETAS_ZERO_SNR(Type.BOOLEAN),
    PREDICTION_TYPE("epsilon", "v_prediction", "sample", "flow_prediction"),
    TIMESTEP_SPACING("leading", "linspace", "trailing"),
    TIMESTEP_TYPE("discrete", "continuous"),
    STEPS_OFFSET(Type.INTEGER),
    SET_ALPHA_TO_ONE(Type.BOOLEAN),
    SKIP_PRK_STEPS(Type.BOOLEAN),
    CLIP_SAMPLE(Type.BOOLEAN),
    CLIP_SAMPLE_RANGE(Type.NUMBER),
    THRESHOLDING(Type.BOOLEAN),
    DYNAMIC_THRESHOLDING_RATIO(Type.NUMBER),
    SAMPLE_MAX_VALUE(Type.NUMBER),
    VARIANCE_TYPE("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log", "learned", "learned_range"),
    INTERPOLATION_TYPE("linear", "log_linear"),
    USE_KARRAS_SIGMAS(Type.BOOLEAN),
    USE_EXPONENTIAL_SIGMAS(Type.BOOLEAN),
    USE_BETA_SIGMAS(Type.BOOLEAN),
    USE_LU_LAMBDAS(Type.BOOLEAN),
    USE_FLOW_SIGMAS(Type.BOOLEAN),
    FLOW_SHIFT(Type.NUMBER),
    SIGMA_DATA(Type.NUMBER),
    SIGMA_SCHEDULE("karras", "exponential"),
    RHO(Type.NUMBER),
    SIGMA_MIN(Type.NUMBER),
    SIGMA_MAX(Type.NUMBER),
    FINAL_SIGMAS_TYPE("zero", "sigma_min"),
    LAMBDA_MIN_CLIPPED(Type.NUMBER),
    SOLVER_ORDER(Type.INTEGER),
    ALGORITHM_TYPE("dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver", "deis"),
    SOLVER_TYPE("midpoint", "heun", "logrho", "bh1", "bh2"),
    LOWER_ORDER_FINAL(Type.BOOLEAN),
    EULER_AT_FINAL(Type.BOOLEAN),
    PREDICT_X0(Type.BOOLEAN),
    DISABLE_CORRECTOR(Type.INTEGERS),
    SOLVER_P(Type.NOTHING),
    ORIGINAL_INFERENCE_STEPS(Type.INTEGER),
    TIMESTEP_SCALING(Type.NUMBER),
    SHIFT(Type.NUMBER),
    SHIFT_TERMINAL(Type.NUMBER),
    BASE_SHIFT(Type.NUMBER),
    MAX_SHIFT(Type.NUMBER),
    BASE_IMAGE_SEQ_LEN(Type.INTEGER),
    MAX_IMAGE_SEQ_LEN(Type.INTEGER),
    INVERT_SIGMAS(Type.BOOLEAN),
    USE_DYNAMIC_SHIFTING(Type.BOOLEAN),
    TIME_SHIFT_TYPE("exponential", "linear"),
    STOCHASTIC_SAMPLING(Type.BOOLEAN);

    private static final int MAX_TRAIN_STEPS = 100_000;

    private enum Type {
        BOOLEAN("true or false"),
        INTEGER("a whole number"),
        NUMBER("a number"),
        CHOICE("one of"),
        TRAIN_STEPS("a whole number from 1 to " + MAX_TRAIN_STEPS),
        BETA("a number from 0 up to, but not, 1"),
        BETAS("a list of numbers from 0 up to, but not, 1"),
        INTEGERS("a list of whole numbers"),
        NOTHING("null");

        private final String wanted;

        Type(String wanted) {
            this.wanted = wanted;
        }
    }

    private final Type type;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> choices;

    ConfigKey(Type type) {
        this.type = type;
        this.choices = List.of();
    }

    ConfigKey(String... choices) {
        this.type = Type.CHOICE;
        this.choices = List.of(choices);
    }

    /** The key as it is written in the file. */
    String jsonName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<ConfigKey> of(String jsonName) {
        return Arrays.stream(values())
                .filter(key -> key.jsonName().equals(jsonName))
                .findFirst();
    }

    /** What a value must be, for an error message: {@code one of linear, scaled_linear}. */
    String wanted() {
        return choices.isEmpty() ? type.wanted : type.wanted + " " + String.join(", ", choices);
    }

    /** Whether a value has this key's kind; {@code null} always has, as in the reference. */
    boolean accepts(JsonNode value) {
        if (value.isNull()) {
            return true;
        }
        return switch (type) {
            case BOOLEAN -> value.isBoolean();
            case INTEGER -> isWhole(value);
            case NUMBER -> isNumber(value);
            case TRAIN_STEPS -> isWhole(value) && value.asInt() >= 1 && value.asInt() <= MAX_TRAIN_STEPS;
            case BETA -> isBeta(value);
            case CHOICE -> choices.contains(value.asText());
            case BETAS -> value.isArray() && elements(value).allMatch(ConfigKey::isBeta);
            case INTEGERS -> value.isArray() && elements(value).allMatch(ConfigKey::isWhole);
            case NOTHING -> false;
        };
    }

    private static boolean isNumber(JsonNode value) {
        return value.isNumber() && !Double.isNaN(value.asDouble());
    }

    private static boolean isBeta(JsonNode value) {
        return isNumber(value) && value.asDouble() >= 0 && value.asDouble() < 1;
    }

    private static boolean isWhole(JsonNode value) {
        return value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToInt();
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
