package dev.triptych.diffusion.family;

import java.util.Locale;

/** How much of the exact picture may be given up for time. */
public enum Speed {
    /** Nothing: diffusers' picture. */
    EXACT,
    /** What a look at the pictures hardly tells. */
    BALANCED,
    /** What changes details. */
    FAST;

    /**
     * The speed called {@code name}.
     *
     * @throws IllegalArgumentException if none is
     */
    public static Speed parse(String name) {
        for (Speed speed : values()) {
            if (speed.id().equals(name)) {
                return speed;
            }
        }
        throw new IllegalArgumentException("must be exact, balanced or fast but was \"" + name + "\"");
    }

    /** Its name in options and settings. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
