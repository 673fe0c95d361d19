package dev.triptych.diffusion.family;

import java.util.Set;

/** The options that name adapters, whatever the family. */
public final class AdapterOptions {

    /** LoRAs by their configured names, with strengths: {@code name}, {@code name:0.8}, {@code name:0.8:0.5}. */
    public static final String LORA = "local.lora";

    /** The LoRAs' contents, as the result of a request states them: {@code name=hash}; others are refused then. */
    public static final String LORA_HASHES = "local.lora-hashes";

    /** The textual inversions' contents, likewise. */
    public static final String EMBEDDING_HASHES = "local.embedding-hashes";

    /** The contents of the IP-Adapters that pictures name, likewise. */
    public static final String IP_ADAPTER_HASHES = "local.ip-adapter-hashes";

    static final Set<String> KEYS = Set.of(LORA, LORA_HASHES, EMBEDDING_HASHES, IP_ADAPTER_HASHES);

    private AdapterOptions() {}
}
