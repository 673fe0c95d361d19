package dev.triptych.diffusion.engine;

/** How long networks and their weights stay in memory, and in which form; the first is the fastest. */
public enum Residence {
    /** Every network that was used stays. */
    KEPT("all networks stay"),
    /** A network goes when a picture needs it no longer. The pictures are the same to the byte. */
    RELEASED("networks go when they have done their part"),
    /**
     * The same, and weights of 16 bits or fewer are widened one by one in each evaluation; convolutions are computed
     * directly, as those by Winograd need larger kernels, so that a picture may differ in the last digit.
     */
    NARROW("networks go when they have done their part, and weights are widened one by one");

    private final String description;

    Residence(String description) {
        this.description = description;
    }

    /** Whether networks are released while a picture is made. */
    public boolean releases() {
        return this != KEPT;
    }

    /** What it means, for a log. */
    String description() {
        return description;
    }
}
