package dev.triptych.diffusion.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.triptych.NearestNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What schedulers are called elsewhere. A name is a method ("dpm++ 2m sde") and, for those that can, a shape of its σ
 * ("karras").
 *
 * <p>Source: diffusers 0.36, docs/source/en/api/schedulers/overview.md, the table of A1111 and k-diffusion names.
 */
final class SchedulerNames {

    private static final Map<String, Meaning> METHODS = methods();

    /** How many names an error lists. */
    private static final int SUGGESTIONS = 5;

    private SchedulerNames() {}

    /** A class and the keys that a name sets. */
    private record Meaning(SchedulerKind kind, Map<ConfigKey, JsonNode> keys) {

        Meaning with(ConfigKey key, JsonNode value) {
            Map<ConfigKey, JsonNode> more = new LinkedHashMap<>(keys);
            more.put(key, value);
            return new Meaning(kind, more);
        }
    }

    private enum Suffix {
        KARRAS("karras", ConfigKey.USE_KARRAS_SIGMAS),
        EXPONENTIAL("exponential", ConfigKey.USE_EXPONENTIAL_SIGMAS),
        BETA("beta", ConfigKey.USE_BETA_SIGMAS),
        SGM_UNIFORM("sgm uniform", ConfigKey.TIMESTEP_SPACING),
        SIMPLE("simple", ConfigKey.TIMESTEP_SPACING);

        private final String word;
        private final ConfigKey key;

        Suffix(String word, ConfigKey key) {
            this.word = word;
            this.key = key;
        }

        SchedulerConfig applyTo(SchedulerConfig config) {
            if (key == ConfigKey.TIMESTEP_SPACING) {
                return config.with(key, TextNode.valueOf("trailing"));
            }
            SchedulerConfig shaped = config;
            for (SigmaRange.Shape shape : SigmaRange.Shape.values()) {
                shaped = shaped.with(shape.key(), BooleanNode.valueOf(shape.key() == key));
            }
            boolean fromLinspace = this != KARRAS && config.kind().has(ConfigKey.TIMESTEP_SPACING);
            return fromLinspace ? shaped.with(ConfigKey.TIMESTEP_SPACING, TextNode.valueOf("linspace")) : shaped;
        }
    }

    private static Map<String, Meaning> methods() {
        Map<String, Meaning> methods = new LinkedHashMap<>();
        methods.put("euler", plain(SchedulerKind.EULER));
        methods.put("euler a", plain(SchedulerKind.EULER_ANCESTRAL));
        methods.put("euler ancestral", plain(SchedulerKind.EULER_ANCESTRAL));
        methods.put("dpm++ 2m", solver(SchedulerKind.DPM_MULTISTEP, "dpmsolver++"));
        methods.put("dpm++ 2m sde", solver(SchedulerKind.DPM_MULTISTEP, "sde-dpmsolver++"));
        methods.put(
                "dpm++ 2m sde heun",
                solver(SchedulerKind.DPM_MULTISTEP, "sde-dpmsolver++")
                        .with(ConfigKey.SOLVER_TYPE, TextNode.valueOf("heun")));
        methods.put(
                "dpm++ 3m",
                solver(SchedulerKind.DPM_MULTISTEP, "dpmsolver++").with(ConfigKey.SOLVER_ORDER, IntNode.valueOf(3)));
        methods.put(
                "dpm++ 3m sde",
                solver(SchedulerKind.DPM_MULTISTEP, "sde-dpmsolver++")
                        .with(ConfigKey.SOLVER_ORDER, IntNode.valueOf(3)));
        methods.put("dpm++ sde", plain(SchedulerKind.DPM_SINGLESTEP));
        methods.put("dpm++ 2s", solver(SchedulerKind.DPM_SINGLESTEP, "dpmsolver++"));
        methods.put("dpm2", plain(SchedulerKind.KDPM2));
        methods.put("dpm2 a", plain(SchedulerKind.KDPM2_ANCESTRAL));
        methods.put("dpm2 ancestral", plain(SchedulerKind.KDPM2_ANCESTRAL));
        methods.put("heun", plain(SchedulerKind.HEUN));
        methods.put("lms", plain(SchedulerKind.LMS));
        methods.put("ddim", plain(SchedulerKind.DDIM));
        methods.put("ddpm", plain(SchedulerKind.DDPM));
        methods.put("pndm", plain(SchedulerKind.PNDM));
        methods.put("plms", plain(SchedulerKind.PNDM).with(ConfigKey.SKIP_PRK_STEPS, BooleanNode.TRUE));
        methods.put("unipc", plain(SchedulerKind.UNIPC));
        methods.put("deis", plain(SchedulerKind.DEIS));
        methods.put("lcm", plain(SchedulerKind.LCM));
        methods.put("tcd", plain(SchedulerKind.TCD));
        methods.put("ipndm", plain(SchedulerKind.IPNDM));
        methods.put("flow match euler", plain(SchedulerKind.FLOW_MATCH_EULER));
        methods.put("flow match heun", plain(SchedulerKind.FLOW_MATCH_HEUN));
        return methods;
    }

    private static Meaning plain(SchedulerKind kind) {
        return new Meaning(kind, Map.of());
    }

    private static Meaning solver(SchedulerKind kind, String algorithm) {
        return new Meaning(kind, Map.of(ConfigKey.ALGORITHM_TYPE, TextNode.valueOf(algorithm)));
    }

    static SchedulerConfig apply(SchedulerConfig own, String name) {
        String wanted = canonical(name);
        for (String className : SchedulerKind.classNames()) {
            String full = canonical(className);
            if (wanted.equals(full) || wanted.equals(full.substring(0, full.length() - "scheduler".length()))) {
                return own.withClass(className);
            }
        }
        for (Map.Entry<String, Meaning> method : METHODS.entrySet()) {
            if (canonical(method.getKey()).equals(wanted)) {
                return configured(own, method.getValue());
            }
            for (Suffix suffix : suffixesOf(method.getValue().kind())) {
                if (canonical(method.getKey() + suffix.word).equals(wanted)) {
                    return suffix.applyTo(configured(own, method.getValue()));
                }
            }
        }
        List<String> nearest = NearestNames.to(name.strip().toLowerCase(Locale.ROOT), all());
        throw new IllegalArgumentException("a scheduler must be one of "
                + String.join(", ", nearest.subList(0, SUGGESTIONS)) + " or " + (nearest.size() - SUGGESTIONS)
                + " others but was \"" + name + "\"");
    }

    private static SchedulerConfig configured(SchedulerConfig own, Meaning meaning) {
        SchedulerConfig config = own.withClass(meaning.kind().className());
        for (Map.Entry<ConfigKey, JsonNode> key : meaning.keys().entrySet()) {
            config = config.with(key.getKey(), key.getValue());
        }
        return config;
    }

    private static List<Suffix> suffixesOf(SchedulerKind kind) {
        List<Suffix> suffixes = new ArrayList<>();
        for (Suffix suffix : Suffix.values()) {
            if (kind.has(suffix.key)) {
                suffixes.add(suffix);
            }
        }
        return suffixes;
    }

    static List<String> all() {
        List<String> names = new ArrayList<>();
        METHODS.forEach((name, meaning) -> {
            names.add(name);
            suffixesOf(meaning.kind()).forEach(suffix -> names.add(name + " " + suffix.word));
        });
        names.addAll(SchedulerKind.classNames());
        names.remove(SchedulerKind.UNCLIP.className()); // fits no other model, and no other fits its models
        return List.copyOf(names);
    }

    /** Lower case without spaces, hyphens and underscores; {@code dpmpp} is {@code dpm++}. */
    private static String canonical(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", "").replaceFirst("^dpmpp", "dpm++");
    }
}
