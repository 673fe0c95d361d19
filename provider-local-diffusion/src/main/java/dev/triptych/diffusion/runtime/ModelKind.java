package dev.triptych.diffusion.runtime;

/** The models of a pipeline, with what they ask of a session. */
enum ModelKind {
    /** The text encoder: runs twice a picture, so loading is what counts. */
    TEXT_ENCODER("text encoder", true, true),
    /** CLIP's vision tower: runs once a picture. */
    IMAGE_ENCODER("image encoder", true, true),
    /** The U-Net: runs many times, but its weights are large. */
    UNET("U-Net", true, true),
    /**
     * The decoder: its convolutions gain 15 % from rearranged weights; its activations need memory only for a moment.
     */
    VAE_DECODER("VAE decoder", false, false),
    /** The encoder: as the decoder. */
    VAE_ENCODER("VAE encoder", false, false);

    private final String label;
    private final boolean loadsQuickly;
    private final boolean keepsArena;

    ModelKind(String label, boolean loadsQuickly, boolean keepsArena) {
        this.label = label;
        this.loadsQuickly = loadsQuickly;
        this.keepsArena = keepsArena;
    }

    /** Whether the quick-start preset leaves its weights as they are. */
    boolean loadsQuickly() {
        return loadsQuickly;
    }

    /** Whether memory for activations is kept between runs. */
    boolean keepsArena() {
        return keepsArena;
    }

    @Override
    public String toString() {
        return label;
    }
}
