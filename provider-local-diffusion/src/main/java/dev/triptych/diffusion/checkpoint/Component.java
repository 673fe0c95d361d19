package dev.triptych.diffusion.checkpoint;

/** The models of a checkpoint, each a folder. */
public enum Component {
    /** The text encoder. */
    TEXT_ENCODER("text_encoder", "text_encoder"),
    /** The U-Net. */
    UNET("unet", "unet"),
    /** The autoencoder's way from latents to pixels. */
    VAE_DECODER("vae", "vae_decoder"),
    /** The autoencoder's way from pixels to latents. */
    VAE_ENCODER("vae", "vae_encoder");

    private final String folder;
    private final String onnxFolder;

    Component(String folder, String onnxFolder) {
        this.folder = folder;
        this.onnxFolder = onnxFolder;
    }

    /** The folder that holds its config and weights in diffusers' layout. */
    public String folder() {
        return folder;
    }

    /** The folder that holds its {@code model.onnx} in optimum's layout. */
    public String onnxFolder() {
        return onnxFolder;
    }
}
