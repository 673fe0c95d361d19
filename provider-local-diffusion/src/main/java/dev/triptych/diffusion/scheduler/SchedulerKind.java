package dev.triptych.diffusion.scheduler;

import static dev.triptych.diffusion.scheduler.ConfigKey.*;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler class of diffusers: its name, the keys its constructor takes and their defaults.
 *
 * <p>Source: the constructors in diffusers 0.36 to 0.42, src/diffusers/schedulers/scheduling_*.py. Classes differ in
 * their defaults, and a key that a file leaves out takes the default of the class that reads it.
 */
enum SchedulerKind {
    DDIM("DDIMScheduler", table().setAlpha(true).clip(true).rescale().leading()),
    DDPM("DDPMScheduler", table().clip(true).rescale().leading().text(VARIANCE_TYPE, "fixed_small")),
    PNDM("PNDMScheduler", table().setAlpha(false).flag(SKIP_PRK_STEPS, false).leading()),
    EULER(
            "EulerDiscreteScheduler",
            table().rescale()
                    .sigmaChoices()
                    .linspace()
                    .nothing(SIGMA_MIN)
                    .nothing(SIGMA_MAX)
                    .text(INTERPOLATION_TYPE, "linear")
                    .text(TIMESTEP_TYPE, "discrete")
                    .text(FINAL_SIGMAS_TYPE, "zero")),
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler", table().rescale().linspace()),
    LMS("LMSDiscreteScheduler", table().sigmaChoices().linspace()),
    HEUN(
            "HeunDiscreteScheduler",
            latentTable("linear")
                    .sigmaChoices()
                    .linspace()
                    .flag(CLIP_SAMPLE, false)
                    .number(CLIP_SAMPLE_RANGE, 1)),
    KDPM2("KDPM2DiscreteScheduler", latentTable("linear").sigmaChoices().linspace()),
    KDPM2_ANCESTRAL(
            "KDPM2AncestralDiscreteScheduler",
            latentTable("linear").sigmaChoices().linspace()),
    DPM_MULTISTEP(
            "DPMSolverMultistepScheduler",
            table().rescale()
                    .linspace()
                    .solver("dpmsolver++", "midpoint", true)
                    .flag(EULER_AT_FINAL, false)
                    .flag(USE_LU_LAMBDAS, false)
                    .text(FINAL_SIGMAS_TYPE, "zero")
                    .number(LAMBDA_MIN_CLIPPED, Double.NEGATIVE_INFINITY)
                    .nothing(VARIANCE_TYPE)),
    DPM_SINGLESTEP(
            "DPMSolverSinglestepScheduler",
            table().solver("dpmsolver++", "midpoint", false)
                    .text(FINAL_SIGMAS_TYPE, "zero")
                    .number(LAMBDA_MIN_CLIPPED, Double.NEGATIVE_INFINITY)
                    .nothing(VARIANCE_TYPE)),
    DEIS("DEISMultistepScheduler", table().linspace().solver("deis", "logrho", true)),
    UNIPC(
            "UniPCMultistepScheduler",
            table().rescale()
                    .linspace()
                    .solver(null, "bh2", true)
                    .flag(PREDICT_X0, true)
                    .emptyList(DISABLE_CORRECTOR)
                    .nothing(SOLVER_P)
                    .text(FINAL_SIGMAS_TYPE, "zero")
                    .nothing(SIGMA_MIN)
                    .nothing(SIGMA_MAX)
                    .nothing(SHIFT_TERMINAL)),
    LCM("LCMScheduler", consistency()),
    TCD("TCDScheduler", consistency()),
    EDM_EULER("EDMEulerScheduler", edm()),
    EDM_DPM_MULTISTEP(
            "EDMDPMSolverMultistepScheduler",
            edm().thresholding()
                    .text(ALGORITHM_TYPE, "dpmsolver++")
                    .integer(SOLVER_ORDER, 2)
                    .text(SOLVER_TYPE, "midpoint")
                    .flag(LOWER_ORDER_FINAL, true)
                    .flag(EULER_AT_FINAL, false)),
    IPNDM("IPNDMScheduler", new Defaults().integer(NUM_TRAIN_TIMESTEPS, 1000).nothing(TRAINED_BETAS)),
    UNCLIP(
            "UnCLIPScheduler",
            new Defaults()
                    .integer(NUM_TRAIN_TIMESTEPS, 1000)
                    .text(BETA_SCHEDULE, "squaredcos_cap_v2")
                    .text(PREDICTION_TYPE, "epsilon")
                    .text(VARIANCE_TYPE, "fixed_small_log")
                    .flag(CLIP_SAMPLE, true)
                    .number(CLIP_SAMPLE_RANGE, 1)),
    FLOW_MATCH_EULER(
            "FlowMatchEulerDiscreteScheduler",
            new Defaults()
                    .integer(NUM_TRAIN_TIMESTEPS, 1000)
                    .sigmaChoices()
                    .number(SHIFT, 1)
                    .flag(USE_DYNAMIC_SHIFTING, false)
                    .number(BASE_SHIFT, 0.5)
                    .number(MAX_SHIFT, 1.15)
                    .integer(BASE_IMAGE_SEQ_LEN, 256)
                    .integer(MAX_IMAGE_SEQ_LEN, 4096)
                    .flag(INVERT_SIGMAS, false)
                    .nothing(SHIFT_TERMINAL)
                    .text(TIME_SHIFT_TYPE, "exponential")
                    .flag(STOCHASTIC_SAMPLING, false)),
    FLOW_MATCH_HEUN(
            "FlowMatchHeunDiscreteScheduler",
            new Defaults().integer(NUM_TRAIN_TIMESTEPS, 1000).number(SHIFT, 1));

    private final String className;

    @SuppressWarnings("ImmutableEnumChecker") // not changed once a constant is made
    private final Map<ConfigKey, JsonNode> defaults;

    SchedulerKind(String className, Defaults defaults) {
        this.className = className;
        this.defaults = defaults.values;
    }

    String className() {
        return className;
    }

    Set<ConfigKey> keys() {
        return defaults.keySet();
    }

    /** Whether its models were trained on σ itself and see ¼ ln σ in place of a timestep. */
    boolean isEdm() {
        return has(SIGMA_DATA);
    }

    /** Whether its models were trained on the straight line between picture and noise. */
    boolean isFlow() {
        return this == FLOW_MATCH_EULER || this == FLOW_MATCH_HEUN;
    }

    /** Whether it reads {@code eta}. */
    boolean readsEta() {
        return this == DDIM || this == TCD;
    }

    /** Whether it reads {@code s_churn} and the three that go with it. */
    boolean readsChurn() {
        return this == EULER || this == EDM_EULER;
    }

    /** Whether it reads {@code order}. */
    boolean readsOrder() {
        return this == LMS;
    }

    boolean has(ConfigKey key) {
        return defaults.containsKey(key);
    }

    /** The default of a key; null in the JSON sense for a key this class does not know. */
    JsonNode defaultOf(ConfigKey key) {
        return defaults.getOrDefault(key, NullNode.getInstance());
    }

    static Optional<SchedulerKind> of(String className) {
        return Arrays.stream(values())
                .filter(kind -> kind.className.equals(className))
                .findFirst();
    }

    static List<String> classNames() {
        return Arrays.stream(values()).map(SchedulerKind::className).toList();
    }

    /** What classes that walk a table of ᾱ share; the betas of the DDPM paper. */
    private static Defaults table() {
        return new Defaults().betas(0.0001, 0.02, "linear");
    }

    /** The same with the range of betas that latent diffusion was trained with. */
    private static Defaults latentTable(String schedule) {
        return new Defaults().betas(0.00085, 0.012, schedule);
    }

    private static Defaults consistency() {
        return latentTable("scaled_linear")
                .setAlpha(true)
                .clip(false)
                .rescale()
                .leading()
                .integer(ORIGINAL_INFERENCE_STEPS, 50)
                .number(TIMESTEP_SCALING, 10);
    }

    /** Models that were trained on σ itself, without a table. */
    private static Defaults edm() {
        return new Defaults()
                .integer(NUM_TRAIN_TIMESTEPS, 1000)
                .number(SIGMA_MIN, 0.002)
                .number(SIGMA_MAX, 80)
                .number(SIGMA_DATA, 0.5)
                .text(SIGMA_SCHEDULE, "karras")
                .number(RHO, 7)
                .text(PREDICTION_TYPE, "epsilon")
                .text(FINAL_SIGMAS_TYPE, "zero");
    }

    /** Collects one class's defaults; the short methods are keys that come together in many constructors. */
    private static final class Defaults {

        private final Map<ConfigKey, JsonNode> values = new EnumMap<>(ConfigKey.class);

        Defaults betas(double start, double end, String schedule) {
            return integer(NUM_TRAIN_TIMESTEPS, 1000)
                    .number(BETA_START, start)
                    .number(BETA_END, end)
                    .text(BETA_SCHEDULE, schedule)
                    .nothing(TRAINED_BETAS)
                    .text(PREDICTION_TYPE, "epsilon");
        }

        Defaults setAlpha(boolean toOne) {
            return flag(SET_ALPHA_TO_ONE, toOne);
        }

        Defaults clip(boolean value) {
            return flag(CLIP_SAMPLE, value).number(CLIP_SAMPLE_RANGE, 1).thresholding();
        }

        Defaults thresholding() {
            return flag(THRESHOLDING, false)
                    .number(DYNAMIC_THRESHOLDING_RATIO, 0.995)
                    .number(SAMPLE_MAX_VALUE, 1);
        }

        Defaults rescale() {
            return flag(RESCALE_BETAS_ZERO_SNR, false);
        }

        Defaults leading() {
            return text(TIMESTEP_SPACING, "leading").integer(STEPS_OFFSET, 0);
        }

        Defaults linspace() {
            return text(TIMESTEP_SPACING, "linspace").integer(STEPS_OFFSET, 0);
        }

        Defaults sigmaChoices() {
            return flag(USE_KARRAS_SIGMAS, false)
                    .flag(USE_EXPONENTIAL_SIGMAS, false)
                    .flag(USE_BETA_SIGMAS, false);
        }

        Defaults solver(@Nullable String algorithm, String type, boolean lowerOrderFinal) {
            if (algorithm != null) {
                text(ALGORITHM_TYPE, algorithm);
            }
            return thresholding()
                    .sigmaChoices()
                    .integer(SOLVER_ORDER, 2)
                    .text(SOLVER_TYPE, type)
                    .flag(LOWER_ORDER_FINAL, lowerOrderFinal)
                    .flag(USE_FLOW_SIGMAS, false)
                    .number(FLOW_SHIFT, 1)
                    .flag(USE_DYNAMIC_SHIFTING, false)
                    .text(TIME_SHIFT_TYPE, "exponential");
        }

        Defaults flag(ConfigKey key, boolean value) {
            values.put(key, BooleanNode.valueOf(value));
            return this;
        }

        Defaults integer(ConfigKey key, int value) {
            values.put(key, IntNode.valueOf(value));
            return this;
        }

        Defaults number(ConfigKey key, double value) {
            values.put(key, DoubleNode.valueOf(value));
            return this;
        }

        Defaults text(ConfigKey key, String value) {
            values.put(key, TextNode.valueOf(value));
            return this;
        }

        Defaults emptyList(ConfigKey key) {
            values.put(key, JsonNodeFactory.instance.arrayNode());
            return this;
        }

        Defaults nothing(ConfigKey key) {
            values.put(key, NullNode.getInstance());
            return this;
        }
    }
}
