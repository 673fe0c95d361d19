package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.triptych.diffusion.adapt.Adapter;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.network.controlnet.Controlnet;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapter;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapterConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** A network that steers a U-Net by a control picture. Immutable. */
public sealed interface ControlModel permits ControlModel.OfControlnet, ControlModel.OfT2iAdapter {

    /** Digits of a hash: enough to tell files apart, few enough to be read. */
    int HASH = 12;

    /**
     * The control that is called {@code name} among the settings: what it is, its config or its tensors say.
     *
     * @param unet the config of the U-Net that it steers; a missing node = none
     * @throws dev.triptych.ModelLoadException if it is missing, damaged, or of a kind that is not supported
     */
    static ControlModel open(String name, Path path, JsonNode unet) {
        return T2iAdapter.isIn(path)
                ? new OfT2iAdapter(name, T2iAdapter.open(path))
                : new OfControlnet(name, Controlnet.open(path, unet));
    }

    /**
     * A hash of what is in {@code path}; reads headers and samples of weights.
     *
     * @throws dev.triptych.ModelLoadException if it cannot be read
     */
    static String hash(Path path) {
        if (!Files.isDirectory(path) && T2iAdapter.isIn(path)) {
            return Adapter.hash(path).substring(0, HASH);
        }
        return Part.standing("controlnet", path, MissingNode.getInstance())
                .fingerprint()
                .substring(0, HASH);
    }

    /** What requests call it. */
    String name();

    /** What both edges of a picture must be multiples of, in pixels. */
    int sizeFactor();

    /**
     * Whether its window counts the steps that were asked for, not the evaluations that are made: so diffusers'
     * pipeline of T2I-Adapters for XL does it ({@code adapter_conditioning_factor}).
     */
    default boolean countsSteps() {
        return false;
    }

    /**
     * A ControlNet.
     *
     * @param name what requests call it
     * @param network the network
     */
    record OfControlnet(String name, Controlnet network) implements ControlModel {

        @Override
        public int sizeFactor() {
            return 8;
        }
    }

    /**
     * A T2I-Adapter.
     *
     * @param name what requests call it
     * @param network the network
     */
    record OfT2iAdapter(String name, T2iAdapter network) implements ControlModel {

        @Override
        public int sizeFactor() {
            return network.config().downscaleFactor();
        }

        @Override
        public boolean countsSteps() {
            return network.config().kind() == T2iAdapterConfig.Kind.FULL_XL;
        }
    }
}
