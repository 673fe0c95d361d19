package dev.triptych.diffusion.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A scheduler's class name and the keys its author set. Keys that were not set take the defaults of whichever class
 * reads them, so a change of class keeps what was said and no more, as diffusers' {@code from_config} does. Immutable.
 *
 * <pre>{@code
 * SchedulerConfig own = SchedulerConfig.read(checkpoint.resolve("scheduler/scheduler_config.json"));
 * SchedulerConfig chosen = Schedulers.named(own, "dpm++ 2m karras").with("solver_order", "3");
 * }</pre>
 */
public final class SchedulerConfig {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final String className;
    private final Map<ConfigKey, JsonNode> explicit;

    /** Values that hold while this class reads them, over what was set. */
    private final Map<ConfigKey, JsonNode> repairs;

    private final Origin origin;

    private SchedulerConfig(
            String className, Map<ConfigKey, JsonNode> explicit, Map<ConfigKey, JsonNode> repairs, Origin origin) {
        this.className = className;
        this.explicit = explicit;
        this.repairs = repairs;
        this.origin = origin;
    }

    /**
     * Where a configuration began.
     *
     * @param className the checkpoint's own class
     * @param noising how its model was trained
     * @param warnings what its file has that means nothing
     */
    private record Origin(String className, Noising noising, List<String> warnings) {}

    /** What a sample is, given a picture and noise. Exchanging one for another gives wrong pictures. */
    private enum Noising {
        /** Moments of a table of ᾱ. */
        TABLE,
        /** x₀ + σ z, seen through the preconditioning of {@link EdmLoop}. */
        EDM,
        /** (1 − σ) x₀ + σ z. */
        FLOW,
        /** Moments of the cosine table that {@link UnClipScheduler} has, whatever the betas of a file. */
        COSINE
    }

    /**
     * Reads a {@code scheduler_config.json}. Keys that no scheduler knows are left out; {@link #warnings} names them.
     *
     * @throws ModelLoadException if the file is missing, is no JSON object, names no class or one that is not
     *     supported, or a key has a value of the wrong kind
     */
    public static SchedulerConfig read(Path schedulerConfigJson) {
        JsonNode root = json(schedulerConfigJson);
        return of(schedulerConfigJson, root, root.path("_class_name").asText(), new ArrayList<>());
    }

    /**
     * The same, but a class that is not supported is replaced by one that is, with a warning.
     *
     * @param otherwise the class that takes its place, such as {@code EulerDiscreteScheduler}
     */
    public static SchedulerConfig read(Path schedulerConfigJson, String otherwise) {
        JsonNode root = json(schedulerConfigJson);
        String className = root.path("_class_name").asText();
        if (SchedulerKind.of(className).isPresent()) {
            return of(schedulerConfigJson, root, className, new ArrayList<>());
        }
        List<String> warnings = new ArrayList<>();
        warnings.add("the checkpoint's scheduler is " + className + ", which is not known here; " + otherwise
                + " takes its place");
        return of(schedulerConfigJson, root, otherwise, warnings);
    }

    private static JsonNode json(Path schedulerConfigJson) {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readString(schedulerConfigJson));
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(schedulerConfigJson + " must be JSON but was not", e);
        } catch (IOException e) {
            throw new ModelLoadException(schedulerConfigJson + " could not be read", e);
        }
        if (!root.isObject() || !root.path("_class_name").isTextual()) {
            throw new ModelLoadException(schedulerConfigJson + " must be a JSON object with a _class_name but was not");
        }
        return root;
    }

    private static SchedulerConfig of(Path file, JsonNode root, String className, List<String> warnings) {
        try {
            SchedulerConfig config = original(className, known(root, warnings), warnings);
            config.kind();
            return config;
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException(file + ": " + e.getMessage(), e);
        }
    }

    /** The configuration of a checkpoint, before anybody changes it. */
    private static SchedulerConfig original(
            String className, Map<ConfigKey, JsonNode> explicit, List<String> warnings) {
        Origin origin = new Origin(className, noising(className, explicit), List.copyOf(warnings));
        return new SchedulerConfig(className, explicit, Map.of(), origin);
    }

    private static Noising noising(String className, Map<ConfigKey, JsonNode> explicit) {
        Optional<SchedulerKind> kind = SchedulerKind.of(className);
        if (kind.isEmpty()) {
            return Noising.TABLE;
        }
        boolean usesFlow = kind.get().has(ConfigKey.USE_FLOW_SIGMAS)
                && explicit.getOrDefault(ConfigKey.USE_FLOW_SIGMAS, BooleanNode.FALSE)
                        .asBoolean();
        if (usesFlow || kind.get().isFlow()) {
            return Noising.FLOW;
        }
        if (kind.get() == SchedulerKind.UNCLIP) {
            return Noising.COSINE;
        }
        return kind.get().isEdm() ? Noising.EDM : Noising.TABLE;
    }

    private static Map<ConfigKey, JsonNode> known(JsonNode root, List<String> warnings) {
        Set<String> notSet = texts(root.path("_use_default_values"));
        Map<ConfigKey, JsonNode> explicit = new EnumMap<>(ConfigKey.class);
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String name = entry.getKey();
            if (name.startsWith("_") || notSet.contains(name)) {
                continue;
            }
            Optional<ConfigKey> key = ConfigKey.of(name);
            if (key.isPresent()) {
                explicit.put(key.get(), checked(key.get(), entry.getValue()));
            } else {
                warnings.add("no scheduler knows the key " + name + " of scheduler_config.json; the nearest is "
                        + NearestNames.to(name, allKeys()).get(0) + "; it has no effect");
            }
        }
        return explicit;
    }

    private static Set<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /**
     * A configuration from a program: a class name of diffusers and the keys that are set.
     *
     * @param explicit JSON names to booleans, numbers, strings, lists, or null
     * @throws IllegalArgumentException if a key is unknown or its value is of the wrong kind
     */
    public static SchedulerConfig of(String className, Map<String, ?> explicit) {
        Map<ConfigKey, JsonNode> values = new EnumMap<>(ConfigKey.class);
        explicit.forEach((name, value) -> {
            ConfigKey key = ConfigKey.of(name).orElseThrow(() -> unknown(name, "diffusers' schedulers", allKeys()));
            JsonNode node = JSON.valueToTree(value);
            values.put(key, checked(key, node));
        });
        return original(className, values, List.of());
    }

    /**
     * What a person should know of this configuration, a sentence each: keys of the file that no scheduler knows, and a
     * class that does not fit the checkpoint's model.
     */
    public List<String> warnings() {
        if (noising(className, explicit) == origin.noising) {
            return origin.warnings;
        }
        List<String> all = new ArrayList<>(origin.warnings);
        all.add("scheduler must add noise as the checkpoint's own " + origin.className + " does but was " + className
                + ", which does not: pictures will be wrong");
        return List.copyOf(all);
    }

    /** Whether timesteps are moments of the training, and not ¼ ln σ. */
    boolean countsTrainingTime() {
        boolean isContinuous = kind() == SchedulerKind.EULER
                && text(ConfigKey.TIMESTEP_TYPE).equals("continuous")
                && text(ConfigKey.PREDICTION_TYPE).equals("v_prediction");
        return !kind().isEdm() && !isContinuous;
    }

    /** How many training steps its moments are of. */
    public int trainSteps() {
        return integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
    }

    /** Whether the model says, beside its prediction, how much noise each value of a step gets. */
    public boolean predictsVariance() {
        return text(ConfigKey.VARIANCE_TYPE).startsWith("learned");
    }

    /** The class that these keys configure, such as {@code EulerDiscreteScheduler}. */
    public String className() {
        return className;
    }

    /** The same keys read by another class: those it does not know wait for one that does. */
    public SchedulerConfig withClass(String name) {
        return new SchedulerConfig(name, registered(), Map.of(), origin);
    }

    /**
     * The same as Stable Diffusion 1 and 2 pipelines repair it when they load: a {@code steps_offset} other than 1
     * becomes 1, and {@code clip_sample} becomes false. A key that was not set is repaired for this class alone;
     * another class takes its own default again.
     *
     * <p>Reference: diffusers 0.36, pipelines/stable_diffusion/pipeline_stable_diffusion.py, {@code __init__}.
     */
    public SchedulerConfig repairedForStableDiffusion() {
        SchedulerKind kind = kind();
        Map<ConfigKey, JsonNode> repaired = new EnumMap<>(ConfigKey.class);
        if (kind.has(ConfigKey.STEPS_OFFSET) || explicit.containsKey(ConfigKey.STEPS_OFFSET)) {
            repaired.put(ConfigKey.STEPS_OFFSET, IntNode.valueOf(1));
        }
        if (kind.has(ConfigKey.CLIP_SAMPLE) || explicit.containsKey(ConfigKey.CLIP_SAMPLE)) {
            repaired.put(ConfigKey.CLIP_SAMPLE, BooleanNode.FALSE);
        }
        return new SchedulerConfig(className, explicit, repaired, origin);
    }

    /**
     * The same with one key set from text: {@code true}, {@code 2}, {@code 0.002}, {@code sde-dpmsolver++}, {@code [0,
     * 1]} or {@code null}. Choose the class first: it says which keys there are.
     *
     * @throws IllegalArgumentException if this class has no such key or the value is of the wrong kind
     */
    public SchedulerConfig with(String key, String value) {
        SchedulerKind kind = kind();
        ConfigKey known = ConfigKey.of(key)
                .filter(kind::has)
                .orElseThrow(() -> unknown(
                        key,
                        className,
                        kind.keys().stream().map(ConfigKey::jsonName).collect(Collectors.toSet())));
        return with(known, parse(known, value.strip()));
    }

    SchedulerConfig with(ConfigKey key, JsonNode value) {
        Map<ConfigKey, JsonNode> changed = new EnumMap<>(ConfigKey.class);
        changed.putAll(explicit);
        changed.put(key, checked(key, value));
        Map<ConfigKey, JsonNode> left = new EnumMap<>(ConfigKey.class);
        left.putAll(repairs);
        left.remove(key);
        return new SchedulerConfig(className, changed, left, origin);
    }

    private static JsonNode parse(ConfigKey key, String value) {
        JsonNode asText = TextNode.valueOf(value);
        if (key.accepts(asText)) {
            return asText;
        }
        try {
            return JSON.readTree(
                    switch (value) {
                        case "True", "False", "None" -> value.equals("None") ? "null" : value.toLowerCase(Locale.ROOT);
                        case "inf" -> "Infinity";
                        case "-inf" -> "-Infinity";
                        default -> value;
                    });
        } catch (JsonProcessingException e) {
            return asText;
        }
    }

    private static JsonNode checked(ConfigKey key, JsonNode value) {
        if (!key.accepts(value)) {
            throw new IllegalArgumentException(key.jsonName() + " must be " + key.wanted() + " but was " + value);
        }
        return value;
    }

    private static Set<String> allKeys() {
        return Arrays.stream(ConfigKey.values()).map(ConfigKey::jsonName).collect(Collectors.toSet());
    }

    private static IllegalArgumentException unknown(String key, String owner, Set<String> known) {
        return new IllegalArgumentException("no key of " + owner + " is named " + key + "; the nearest is "
                + NearestNames.to(key, known).get(0));
    }

    /** The reference's class for this name. */
    SchedulerKind kind() {
        return SchedulerKind.of(className)
                .orElseThrow(() -> new IllegalArgumentException("a scheduler class must be one of "
                        + String.join(", ", NearestNames.to(className, SchedulerKind.classNames())) + " but was "
                        + className));
    }

    /**
     * What the keys are once this class has read them: solver names of a sibling class become its own, and diffusers
     * writes that back.
     */
    private Map<ConfigKey, JsonNode> registered() {
        Map<ConfigKey, JsonNode> keys = new EnumMap<>(ConfigKey.class);
        keys.putAll(explicit);
        repairs.forEach((key, value) -> keys.replace(key, value));
        Optional<SchedulerKind> kind = SchedulerKind.of(className);
        if (kind.isPresent()) {
            for (ConfigKey key : new ConfigKey[] {ConfigKey.ALGORITHM_TYPE, ConfigKey.SOLVER_TYPE}) {
                keys.computeIfPresent(key, (k, value) -> adopted(kind.get(), k, value));
            }
        }
        return keys;
    }

    private static JsonNode adopted(SchedulerKind kind, ConfigKey key, JsonNode value) {
        String name = value.asText();
        String own = switch (kind) {
            case DPM_MULTISTEP, DPM_SINGLESTEP, EDM_DPM_MULTISTEP ->
                Set.of("logrho", "bh1", "bh2").contains(name) ? "midpoint" : name.equals("deis") ? "dpmsolver++" : name;
            case DEIS ->
                key == ConfigKey.SOLVER_TYPE
                        ? "logrho"
                        : Set.of("dpmsolver", "dpmsolver++").contains(name) ? "deis" : name;
            case UNIPC -> Set.of("midpoint", "heun", "logrho").contains(name) ? "bh2" : name;
            default -> name;
        };
        return value.isNull() ? value : TextNode.valueOf(own);
    }

    // ---- what schedulers read: the value that was set, else the class's default ----

    private JsonNode value(ConfigKey key) {
        SchedulerKind kind = kind();
        JsonNode set = repairs.getOrDefault(key, explicit.get(key));
        if (set == null || !kind.has(key)) {
            return kind.defaultOf(key);
        }
        return key == ConfigKey.ALGORITHM_TYPE || key == ConfigKey.SOLVER_TYPE ? adopted(kind, key, set) : set;
    }

    boolean flag(ConfigKey key) {
        return value(key).asBoolean(false);
    }

    int integer(ConfigKey key) {
        return (int) number(key);
    }

    double number(ConfigKey key) {
        return optionalNumber(key)
                .orElseThrow(() -> new IllegalArgumentException(
                        key.jsonName() + " of " + className + " must be " + key.wanted() + " but was null"));
    }

    OptionalDouble optionalNumber(ConfigKey key) {
        JsonNode value = value(key);
        return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
    }

    /** A number that counts even where this class's constructor has no such key: see {@link SigmaRange}. */
    OptionalDouble carriedNumber(ConfigKey key) {
        JsonNode value = explicit.getOrDefault(key, NullNode.getInstance());
        return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
    }

    /** The chosen word, or an empty string for null. */
    String text(ConfigKey key) {
        JsonNode value = value(key);
        return value.isTextual() ? value.asText() : "";
    }

    /** A list of numbers; empty where the key is null. */
    double[] numbers(ConfigKey key) {
        return StreamSupport.stream(value(key).spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @Override
    public String toString() {
        return className
                + explicit.entrySet().stream()
                        .map(entry -> entry.getKey().jsonName() + "=" + entry.getValue())
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}
