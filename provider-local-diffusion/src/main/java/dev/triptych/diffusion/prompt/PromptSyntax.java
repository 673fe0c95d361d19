package dev.triptych.diffusion.prompt;

import java.util.Locale;

/**
 * How a prompt is written.
 *
 * <pre>{@code
 * PromptSyntax syntax = PromptSyntax.parse("a1111");
 * }</pre>
 */
public enum PromptSyntax {

    /** Every character is text, as diffusers has it. */
    PLAIN,

    /**
     * As in A1111's web UI: {@code (more)}, {@code [less]}, {@code (much:1.4)}, {@code BREAK}, {@code AND},
     * {@code [from:to:0.5]}, {@code [one|other]}, {@code <lora:name:0.8>}, at any length.
     */
    A1111;

    /**
     * The syntax called {@code name}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PromptSyntax parse(String name) {
        for (PromptSyntax syntax : values()) {
            if (syntax.id().equals(name)) {
                return syntax;
            }
        }
        throw new IllegalArgumentException("must be plain or a1111 but was \"" + name + "\"");
    }

    /** What settings and options call it. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
