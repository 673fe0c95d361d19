package dev.triptych.diffusion.family;

import java.util.Set;

/** The options that say how prompts are read. */
public final class PromptOptions {

    /** {@code plain} or {@code a1111}; plain by default. */
    public static final String SYNTAX = "local.prompt-syntax";

    /** Whether a plain prompt beyond a text encoder's context is read in chunks instead of cut; false by default. */
    public static final String LONG_PROMPTS = "local.long-prompts";

    /** How many tokens T5 or Qwen reads of a prompt, what is put around it included. */
    public static final String MAX_SEQUENCE_LENGTH = "local.max-sequence-length";

    static final Set<String> KEYS = Set.of(SYNTAX, LONG_PROMPTS);

    private PromptOptions() {}
}
