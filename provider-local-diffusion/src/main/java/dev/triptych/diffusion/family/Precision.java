package dev.triptych.diffusion.family;

import java.util.Locale;

/** What a denoiser computes in. */
public enum Precision {
    /** 32-bit floats (16-bit ones on a GPU): diffusers' picture. */
    FP32,
    /** 8-bit integers where they are the bulk of the work: a quarter of the memory, less than half of the time. */
    INT8,
    /** 8-bit integers where this model and this processor can, else floats; the result says which. */
    AUTO;

    /**
     * The precision called {@code name}.
     *
     * @throws IllegalArgumentException if none is
     */
    public static Precision parse(String name) {
        for (Precision precision : values()) {
            if (precision.id().equals(name)) {
                return precision;
            }
        }
        throw new IllegalArgumentException("must be fp32, int8 or auto but was \"" + name + "\"");
    }

    /** Its name in options and settings. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
