package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.checkpoint.ConfigFile;

/** The config of a whole {@code CLIPModel}, which holds one for each tower. Stateless. */
public final class ClipConfig {

    private ClipConfig() {}

    /**
     * A tower's config; old files have another one beside it, {@code text_config_dict}, and transformers takes that.
     *
     * @param key {@code "text_config"} or {@code "vision_config"}
     * @throws dev.triptych.ModelLoadException if there is none
     */
    public static ConfigFile section(ConfigFile config, String key) {
        String older = key + "_dict";
        if (config.node(older).isObject()) {
            return config.within(older);
        }
        if (!config.node(key).isObject()) {
            throw config.wrong(key, "an object, as a CLIPModel has it,");
        }
        return config.within(key);
    }
}
