package dev.triptych.diffusion.family;

import java.util.Locale;

/** How a CPU computes convolutions of 3 × 3: the pictures differ by the last digit of a byte at most. */
public enum ConvolutionForm {
    /** By Winograd's minimal filtering where that is faster, which takes larger kernels. */
    WINOGRAD,
    /** Directly, with the kernels as they are, which stay as narrow as their file has them. */
    DIRECT;

    /**
     * The form called {@code name}.
     *
     * @throws IllegalArgumentException if none is
     */
    public static ConvolutionForm parse(String name) {
        for (ConvolutionForm form : values()) {
            if (form.id().equals(name)) {
                return form;
            }
        }
        throw new IllegalArgumentException("must be winograd or direct but was \"" + name + "\"");
    }

    /** Its name in options. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
