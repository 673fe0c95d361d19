package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The web UI's names for samplers and schedulers, and what the local engine calls them: a sampler's name, with the
 * scheduler's behind it. Source: AUTOMATIC1111/stable-diffusion-webui, modules/sd_samplers_kdiffusion.py and
 * sd_schedulers.py; left out are those that the engine does not have.
 */
final class Samplers {

    /** A name of the web UI's and its short forms. */
    private record Named(String name, List<String> aliases) {}

    private static final List<Named> SAMPLERS = List.of(
            new Named("DPM++ 2M", List.of("k_dpmpp_2m")),
            new Named("DPM++ SDE", List.of("k_dpmpp_sde")),
            new Named("DPM++ 2M SDE", List.of("k_dpmpp_2m_sde")),
            new Named("DPM++ 2M SDE Heun", List.of("k_dpmpp_2m_sde_heun")),
            new Named("DPM++ 3M SDE", List.of("k_dpmpp_3m_sde")),
            new Named("Euler a", List.of("k_euler_a", "k_euler_ancestral")),
            new Named("Euler", List.of("k_euler")),
            new Named("LMS", List.of("k_lms")),
            new Named("Heun", List.of("k_heun")),
            new Named("DPM2", List.of("k_dpm_2")),
            new Named("DPM2 a", List.of("k_dpm_2_a")),
            new Named("DDIM", List.of("ddim")),
            new Named("PLMS", List.of("plms")),
            new Named("UniPC", List.of("unipc")),
            new Named("LCM", List.of("k_lcm")));

    /** Label by name; the empty suffix is the sampler's own way. */
    private static final Map<String, String> SCHEDULERS = Map.of(
            "automatic", "Automatic",
            "karras", "Karras",
            "exponential", "Exponential",
            "sgm_uniform", "SGM Uniform",
            "simple", "Simple",
            "beta", "Beta");

    private static final List<String> SCHEDULER_ORDER =
            List.of("automatic", "karras", "exponential", "sgm_uniform", "simple", "beta");

    private Samplers() {}

    /**
     * What the engine calls {@code sampler} with {@code scheduler}; empty where neither says anything.
     *
     * @throws HttpFailure 400 "Sampler not found", as the web UI answers
     */
    static Optional<String> engineName(Optional<String> sampler, Optional<String> scheduler) {
        Optional<String> suffix = scheduler.filter(name -> !name.isBlank()).map(Samplers::suffix);
        if (sampler.isEmpty()) {
            return Optional.empty();
        }
        String wanted = sampler.get().strip();
        for (Named each : SAMPLERS) {
            boolean same =
                    each.name().equalsIgnoreCase(wanted) || each.aliases().contains(wanted.toLowerCase(Locale.ROOT));
            if (same) {
                return Optional.of((each.name() + " " + suffix.orElse("")).strip());
            }
            // Names of earlier versions have the scheduler behind them: "DPM++ 2M Karras".
            if (wanted.toLowerCase(Locale.ROOT).startsWith(each.name().toLowerCase(Locale.ROOT) + " ")) {
                String rest = wanted.substring(each.name().length() + 1);
                if (SCHEDULERS.values().stream().anyMatch(label -> label.equalsIgnoreCase(rest))) {
                    return Optional.of(each.name() + " " + rest);
                }
            }
        }
        throw new HttpFailure(400, "HTTPException", "Sampler not found");
    }

    private static String suffix(String scheduler) {
        for (Map.Entry<String, String> each : SCHEDULERS.entrySet()) {
            if (each.getKey().equalsIgnoreCase(scheduler) || each.getValue().equalsIgnoreCase(scheduler)) {
                return each.getKey().equals("automatic") ? "" : each.getValue();
            }
        }
        throw new HttpFailure(400, "HTTPException", "Scheduler not found");
    }

    static ArrayNode samplers() {
        ArrayNode list = Json.array();
        for (Named each : SAMPLERS) {
            ObjectNode sampler = list.addObject().put("name", each.name());
            each.aliases().forEach(sampler.putArray("aliases")::add);
            sampler.putObject("options");
        }
        return list;
    }

    static ArrayNode schedulers() {
        ArrayNode list = Json.array();
        for (String name : SCHEDULER_ORDER) {
            list.addObject()
                    .put("name", name)
                    .put("label", SCHEDULERS.getOrDefault(name, name))
                    .putNull("aliases")
                    .put("default_rho", -1)
                    .put("need_inner_model", false);
        }
        return list;
    }
}
