package dev.triptych.diffusion.scheduler;

import java.util.Map;
import java.util.Optional;

/**
 * What A1111's web UI calls a scheduler: a sampler, and since its version 1.9 the shape of the σ beside it (modules/
 * sd_samplers_kdiffusion.py and sd_schedulers.py). Immutable.
 *
 * @param sampler such as {@code DPM++ 2M SDE}; a scheduler that it does not have keeps the name of its class
 * @param schedule such as {@code Karras}; empty where σ are the model's own
 */
public record SamplerName(String sampler, Optional<String> schedule) {

    private static final Map<SchedulerKind, String> SAMPLERS = Map.ofEntries(
            Map.entry(SchedulerKind.DDIM, "DDIM"),
            Map.entry(SchedulerKind.DDPM, "DDPM"),
            Map.entry(SchedulerKind.PNDM, "PLMS"),
            Map.entry(SchedulerKind.EULER, "Euler"),
            Map.entry(SchedulerKind.EULER_ANCESTRAL, "Euler a"),
            Map.entry(SchedulerKind.LMS, "LMS"),
            Map.entry(SchedulerKind.HEUN, "Heun"),
            Map.entry(SchedulerKind.KDPM2, "DPM2"),
            Map.entry(SchedulerKind.KDPM2_ANCESTRAL, "DPM2 a"),
            Map.entry(SchedulerKind.UNIPC, "UniPC"),
            Map.entry(SchedulerKind.LCM, "LCM"));

    /** The name of {@code config}; {@link Schedulers#named} reads both words together. */
    public static SamplerName of(SchedulerConfig config) {
        SchedulerKind kind = config.kind();
        String sampler = kind == SchedulerKind.DPM_MULTISTEP
                ? multistep(config)
                : SAMPLERS.getOrDefault(kind, config.className());
        return new SamplerName(sampler, schedule(config));
    }

    /** The first version of DPM-Solver is none of the web UI's. */
    private static String multistep(SchedulerConfig config) {
        String algorithm = config.text(ConfigKey.ALGORITHM_TYPE);
        if (!algorithm.endsWith("dpmsolver++")) {
            return config.className();
        }
        boolean noisy = algorithm.startsWith("sde-");
        boolean heun = noisy && config.text(ConfigKey.SOLVER_TYPE).equals("heun");
        return "DPM++ " + config.integer(ConfigKey.SOLVER_ORDER) + "M" + (noisy ? " SDE" : "") + (heun ? " Heun" : "");
    }

    private static Optional<String> schedule(SchedulerConfig config) {
        return isSet(config, ConfigKey.USE_KARRAS_SIGMAS)
                ? Optional.of("Karras")
                : isSet(config, ConfigKey.USE_EXPONENTIAL_SIGMAS)
                        ? Optional.of("Exponential")
                        : isSet(config, ConfigKey.USE_BETA_SIGMAS) ? Optional.of("Beta") : Optional.empty();
    }

    private static boolean isSet(SchedulerConfig config, ConfigKey key) {
        return config.kind().has(key) && config.flag(key);
    }
}
