package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.ControlnetNames;
import dev.triptych.diffusion.checkpoint.names.Flux2Names;
import dev.triptych.diffusion.checkpoint.names.FluxNames;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.checkpoint.names.StableDiffusion3Names;
import dev.triptych.diffusion.checkpoint.names.TextEncoderNames;
import dev.triptych.diffusion.checkpoint.names.TinyVaeNames;
import dev.triptych.diffusion.checkpoint.names.UnetNames;
import dev.triptych.diffusion.checkpoint.names.VaeNames;
import dev.triptych.diffusion.checkpoint.names.ZImageNames;
import dev.triptych.diffusion.checkpoint.shapes.ClipShape;
import dev.triptych.diffusion.checkpoint.shapes.ControlnetShape;
import dev.triptych.diffusion.checkpoint.shapes.Flux2Shape;
import dev.triptych.diffusion.checkpoint.shapes.FluxShape;
import dev.triptych.diffusion.checkpoint.shapes.LanguageModelShape;
import dev.triptych.diffusion.checkpoint.shapes.NetworkShape;
import dev.triptych.diffusion.checkpoint.shapes.StableDiffusion3Shape;
import dev.triptych.diffusion.checkpoint.shapes.T5Shape;
import dev.triptych.diffusion.checkpoint.shapes.TinyVaeShape;
import dev.triptych.diffusion.checkpoint.shapes.UnetShape;
import dev.triptych.diffusion.checkpoint.shapes.VaeShape;
import dev.triptych.diffusion.checkpoint.shapes.ZImageShape;
import java.util.List;
import java.util.Map;

/** A kind of network: how files name its tensors, and how their shapes tell its config. */
enum NetworkKind {
    UNET("a U-Net", UnetNames::pieces, UnetShape::of),
    VAE("an autoencoder", VaeNames::pieces, VaeShape::of),
    TINY_VAE("a tiny autoencoder", TinyVaeNames::pieces, TinyVaeShape::of),
    CLIP("a CLIP text encoder", ClipNames::pieces, ClipShape::of),
    CONTROLNET("a ControlNet", ControlnetNames::pieces, ControlnetShape::of),
    FLUX("FLUX.1", FluxNames::pieces, FluxShape::of),
    FLUX2("FLUX.2", Flux2Names::pieces, Flux2Shape::of),
    STABLE_DIFFUSION_3("Stable Diffusion 3", StableDiffusion3Names::pieces, StableDiffusion3Shape::of),
    Z_IMAGE("Z-Image", ZImageNames::pieces, ZImageShape::of),
    T5("a T5 text encoder", TextEncoderNames::t5, T5Shape::of),
    LANGUAGE_MODEL("a language model", TextEncoderNames::languageModel, LanguageModelShape::of);

    private final String description;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Names names;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method
    private final Config config;

    NetworkKind(String description, Names names, Config config) {
        this.description = description;
        this.names = names;
        this.config = config;
    }

    /** Whether it reads text. */
    boolean isText() {
        return this == CLIP || this == T5 || this == LANGUAGE_MODEL;
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
