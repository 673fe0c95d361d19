package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.ControlnetNames;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.checkpoint.names.UnetNames;
import dev.triptych.diffusion.checkpoint.names.VaeNames;
import dev.triptych.diffusion.checkpoint.shapes.ClipShape;
import dev.triptych.diffusion.checkpoint.shapes.NetworkShape;
import dev.triptych.diffusion.checkpoint.shapes.UnetShape;
import dev.triptych.diffusion.checkpoint.shapes.VaeShape;
import java.util.List;
import java.util.Map;

/** A kind of network: how files name its tensors, and how their shapes tell its config. */
enum NetworkKind {
    UNET("a U-Net", UnetNames::pieces, UnetShape::of),
    VAE("an autoencoder", VaeNames::pieces, VaeShape::of),
    CLIP("a CLIP text encoder", ClipNames::pieces, ClipShape::of),
    CONTROLNET("a ControlNet", ControlnetNames::pieces, UnetShape::of);

    private final String description;
    private final Names names;
    private final Config config;

    NetworkKind(String description, Names names, Config config) {
        this.description = description;
        this.names = names;
        this.config = config;
    }

    /** What it is, for a sentence. */
    String description() {
        return description;
    }

    /** Where its tensors stand behind {@code prefix} in a file of these names and shapes. */
    Pieces pieces(Map<String, List<Long>> file, String prefix) {
        return names.pieces(file, prefix);
    }

    /** Its config, from shapes under the names of diffusers or transformers. */
    NetworkShape shape(Map<String, List<Long>> shapes) {
        return config.of(shapes);
    }

    private interface Names {
        Pieces pieces(Map<String, List<Long>> file, String prefix);
    }

    private interface Config {
        NetworkShape of(Map<String, List<Long>> shapes);
    }
}
