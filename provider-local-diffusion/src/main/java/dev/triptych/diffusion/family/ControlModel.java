package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.network.controlnet.Controlnet;
import java.nio.file.Path;

/** A network that steers a U-Net by a control picture. Immutable. */
public sealed interface ControlModel permits ControlModel.OfControlnet {

    /** Digits of a hash: enough to tell files apart, few enough to be read. */
    int HASH = 12;

    /**
     * The control that is called {@code name} among the settings: what it is, its config or its tensors say.
     *
     * @param unet the config of the U-Net that it steers; a missing node = none
     * @throws dev.triptych.ModelLoadException if it is missing, damaged, or of a kind that is not supported
     */
    static ControlModel open(String name, Path path, JsonNode unet) {
        return new OfControlnet(name, Controlnet.open(path, unet));
    }

    /**
     * A hash of what is in {@code path}; reads headers and samples of weights.
     *
     * @throws dev.triptych.ModelLoadException if it cannot be read
     */
    static String hash(Path path) {
        return Part.standing("controlnet", path, MissingNode.getInstance())
                .fingerprint()
                .substring(0, HASH);
    }

    /** What requests call it. */
    String name();

    /**
     * A ControlNet.
     *
     * @param name what requests call it
     * @param network the network
     */
    record OfControlnet(String name, Controlnet network) implements ControlModel {}
}
