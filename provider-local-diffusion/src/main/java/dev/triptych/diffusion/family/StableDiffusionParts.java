package dev.triptych.diffusion.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.diffusion.adapt.ModuleTable;
import dev.triptych.diffusion.adapt.Modules;
import dev.triptych.diffusion.adapt.MoreTokens;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.network.clip.ClipTextConfig;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.network.unet.UnetConfig.AdditionKind;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.network.vae.VaeConfig;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The parts of a Stable Diffusion checkpoint, found, read and held against each other: U-Net, autoencoder, one or two
 * text encoders with their tokenizers. Immutable.
 *
 * @param unet the denoiser
 * @param vae the autoencoder
 * @param texts the text encoders, in the order in which their embeddings stand beside each other
 * @param labels what the U-Net is told of a picture; empty but for 2.1-unCLIP
 * @param remarks keys of the configs that have no effect
 */
record StableDiffusionParts(
        Unet unet, Vae vae, List<Text> texts, Optional<PictureLabels> labels, List<String> remarks) {

    static final String SUPPORTED = "Stable Diffusion 1.x, 2.x, 2.1-unCLIP, XL, its refiner and their LCM kin (a"
            + " UNet2DConditionModel, one or two CLIP text encoders, an AutoencoderKL and a scheduler),"
            + " Stable Diffusion 3 and 3.5, FLUX.1, and unCLIP as Karlo has it are supported";

    static final String UNET = "unet";

    /** Parts that only pipelines of other families have. */
    private static final List<String> FOREIGN =
            List.of("text_encoder_3", "transformer", "prior", "controlnet", "vqvae", "movq", "decoder");

    private static final Map<String, Set<String>> CLASSES = Map.of(
            "unet", Set.of("UNet2DConditionModel"),
            "text_encoder", Set.of("CLIPTextModel", "CLIPTextModelWithProjection"),
            "text_encoder_2", Set.of("CLIPTextModelWithProjection"),
            "vae", Set.of("AutoencoderKL"));

    /**
     * A text encoder and its tokenizer.
     *
     * @param part the encoder's name in model_index.json
     * @param tokenizer text to ids
     * @param encoder ids to embeddings
     */
    record Text(String part, ClipTokenizer tokenizer, ClipTextEncoder encoder) {}

    static StableDiffusionParts read(Checkpoint checkpoint) {
        requireSupportedClasses(checkpoint);
        List<String> remarks = new ArrayList<>();
        Part unetPart = checkpoint.require("unet");
        ConfigFile unetConfig = unetPart.onnx().isPresent()
                ? unetPart.configOr(
                        ConfigFile.object().put("cross_attention_dim", 768).put("sample_size", 64))
                : unetPart.config();
        if (unetPart.onnx().isEmpty()) {
            UnetConfig.requireSupported(unetConfig);
            remarks.addAll(UnetConfig.remarks(unetConfig));
        }
        Unet unet = new Unet(UnetConfig.read(unetConfig), unetPart);
        Part encoder = vaeHalf(checkpoint, "vae_encoder");
        Part decoder = vaeHalf(checkpoint, "vae_decoder");
        ConfigFile vaeConfig = decoder.onnx().isPresent() ? decoder.configOr(oldVae()) : decoder.config();
        if (decoder.onnx().isEmpty()) {
            VaeConfig.requireSupported(vaeConfig);
            remarks.addAll(VaeConfig.remarks(vaeConfig));
        }
        Vae vae = new Vae(VaeConfig.read(vaeConfig), encoder, decoder);
        List<Text> texts = new ArrayList<>();
        text(checkpoint, "text_encoder", "tokenizer").ifPresent(texts::add);
        text(checkpoint, "text_encoder_2", "tokenizer_2").ifPresent(texts::add);
        if (texts.isEmpty()) {
            checkpoint.require("text_encoder"); // its error says what to do
        }
        StableDiffusionParts parts = new StableDiffusionParts(
                unet, vae, List.copyOf(texts), PictureLabels.read(checkpoint), List.copyOf(remarks));
        parts.requireMatchingSizes(unetPart, unetConfig, vaeConfig);
        parts.requirePaintable(unetConfig);
        return parts;
    }

    /** The same with another U-Net over the same config. */
    StableDiffusionParts with(Unet other) {
        return new StableDiffusionParts(other, vae, texts, labels, remarks);
    }

    /** Whether the text is told as a pooled vector too, with numbers: SDXL and its refiner. */
    boolean isXl() {
        return unet.config().addition().kind() == AdditionKind.TEXT_TIME;
    }

    /** The length of a pooled text. */
    int pooledWidth() {
        return texts.get(texts.size() - 1).encoder().config().projectionSize();
    }

    /** The names under which adapters know its modules. */
    Modules modules(Checkpoint checkpoint) {
        if (unet.readyMade().isPresent()) {
            throw new ModelLoadException(
                    unet.readyMade().get() + " is a ready-made ONNX model, whose weights no LoRA can change");
        }
        List<ModuleTable> tables = new ArrayList<>();
        tables.add(AdapterNames.ofUnet(checkpoint.require(UNET).weights()));
        for (Text text : texts) {
            Part part = checkpoint.require(text.part());
            if (part.onnx().isEmpty()) {
                tables.add(AdapterNames.ofClip(text.part(), part.weights()));
            }
        }
        return new Modules(family(), tables);
    }

    /** What Stable Diffusion it is: the width of what its text encoders give tells 1 and 2 apart. */
    private String family() {
        if (isXl()) {
            return texts.size() == 1 ? "Stable Diffusion XL's refiner" : "Stable Diffusion XL";
        }
        return unet.config().linearProjection() ? "Stable Diffusion 2" : "Stable Diffusion 1";
    }

    /** The same parts with adapters over their weights, and with the words that textual inversions taught. */
    StableDiffusionParts with(Checkpoint checkpoint, Adaptation adaptation, List<Embedding> embeddings) {
        Unet adapted = adaptation.touches(UNET)
                ? unet.over(() -> adaptation.over(UNET, checkpoint.require(UNET).weights()), adaptation.identity(UNET))
                : unet;
        List<Text> adaptedTexts = texts.stream()
                .map(text -> with(checkpoint, text, adaptation, embeddings))
                .toList();
        return new StableDiffusionParts(adapted, vae, adaptedTexts, labels, remarks);
    }

    /** The same parts with a U-Net that looks at pictures too. */
    StableDiffusionParts lookingAt(List<Unet.ImageKeys> adapters) {
        return new StableDiffusionParts(unet.lookingAt(adapters), vae, texts, labels, remarks);
    }

    /** A text encoder with adapters over its weights, and with the words that textual inversions taught. */
    static Text with(Checkpoint checkpoint, Text text, Adaptation adaptation, List<Embedding> embeddings) {
        ClipTextEncoder encoder = adaptation.touches(text.part())
                ? text.encoder()
                        .over(
                                () -> adaptation.over(
                                        text.part(),
                                        checkpoint.require(text.part()).weights()),
                                adaptation.identity(text.part()))
                : text.encoder();
        MoreTokens more = MoreTokens.of(
                embeddings,
                text.part(),
                encoder.config().vocabularySize(),
                encoder.config().hiddenSize());
        if (more.rows().isEmpty()) {
            return new Text(text.part(), text.tokenizer(), encoder);
        }
        if (encoder.readyMade().isPresent()) {
            throw new ModelLoadException(
                    encoder.readyMade().get() + " is a ready-made ONNX model, which takes no textual inversion");
        }
        return new Text(
                text.part(),
                text.tokenizer().with(more.words()),
                encoder.withMoreTokens(more.rows().get()));
    }

    /** An ONNX export has the autoencoder's two ways as two parts. */
    private static Part vaeHalf(Checkpoint checkpoint, String half) {
        Optional<Part> whole =
                checkpoint.part("vae").filter(vae -> vae.isThere() && vae.onnx().isEmpty());
        Optional<Part> own = checkpoint.part(half).filter(part -> part.onnx().isPresent());
        return whole.isPresent() || own.isEmpty() ? checkpoint.require("vae") : own.get();
    }

    /** Old exports have no configs; they are of Stable Diffusion 1.x. */
    private static ObjectNode oldVae() {
        ObjectNode config = ConfigFile.object();
        config.putArray("block_out_channels").add(128).add(256).add(512).add(512);
        return config;
    }

    private static Optional<Text> text(Checkpoint checkpoint, String encoderName, String tokenizerName) {
        boolean projected = encoderName.equals("text_encoder_2");
        String label = projected ? "text encoder 2" : "text encoder";
        return checkpoint.part(encoderName).isEmpty()
                ? Optional.empty()
                : Optional.of(text(checkpoint, encoderName, tokenizerName, label, projected));
    }

    /**
     * A text encoder and its tokenizer, by their names in model_index.json.
     *
     * @param label what messages call it
     * @param projected whether there is a projection of the pooled text
     */
    static Text text(Checkpoint checkpoint, String encoderName, String tokenizerName, String label, boolean projected) {
        Part part = checkpoint.require(encoderName);
        ConfigFile config =
                part.onnx().isPresent() ? part.configOr(ConfigFile.object().put("hidden_size", 768)) : part.config();
        if (part.onnx().isEmpty()) {
            ClipTextConfig.requireSupported(config);
        }
        ClipTextConfig read = ClipTextConfig.read(config);
        Part tokenizerPart = checkpoint.require(tokenizerName);
        ClipTokenizer tokenizer = tokenizerPart.isFolder()
                ? ClipTokenizer.load(tokenizerPart.location())
                : ClipTokenizer.standard(tokenizerPart.config().text("pad_token", ""));
        if (tokenizer.maxLength() > read.maxPositions()) {
            throw new ModelLoadException(tokenizerPart.location()
                    + ": model_max_length must be at most the text encoder's max_position_embeddings, "
                    + read.maxPositions() + ", but was " + tokenizer.maxLength());
        }
        return new Text(encoderName, tokenizer, new ClipTextEncoder(label, read, projected, part));
    }

    private static void requireSupportedClasses(Checkpoint checkpoint) {
        ConfigFile index = checkpoint.index();
        for (String foreign : FOREIGN) {
            if (index.node(foreign).path(1).isTextual()) {
                throw new ModelLoadException(index.file() + ": " + checkpoint.pipelineClass() + " with its " + foreign
                        + " is not supported; " + SUPPORTED);
            }
        }
        CLASSES.forEach((name, classes) -> {
            String found = checkpoint.part(name).map(Part::declaredClass).orElse("");
            boolean onnx = found.startsWith("ORT") || found.equals("OnnxRuntimeModel");
            if (!found.isEmpty() && !onnx && !classes.contains(found)) {
                throw new ModelLoadException(index.file() + ": \"" + name + "\" must be "
                        + String.join(" or ", classes.stream().sorted().toList()) + " but was " + found + " (of a "
                        + checkpoint.pipelineClass() + "); " + SUPPORTED);
            }
        });
    }

    private void requireMatchingSizes(Part unetPart, ConfigFile unetConfig, ConfigFile vaeConfig) {
        UnetConfig config = unet.config();
        int latents = vae.config().latentChannels();
        int withMask = 2 * latents + 1;
        if (config.inChannels() != latents && config.inChannels() != withMask) {
            throw unetConfig.wrong("in_channels", latents + ", or " + withMask + " for inpainting,");
        }
        if (config.outChannels() != latents) {
            throw unetConfig.wrong("out_channels", "latent_channels of " + vaeConfig.file() + ", " + latents + ",");
        }
        int width = texts.stream()
                .mapToInt(text -> text.encoder().config().hiddenSize())
                .sum();
        if (config.textWidth() != width && unetPart.onnx().isEmpty()) {
            throw unetConfig.wrong(
                    config.textProjection() ? "encoder_hid_dim" : "cross_attention_dim",
                    texts.size() == 1
                            ? "the text encoder's hidden_size, " + width + ","
                            : "the sum of the text encoders' hidden_size, " + width + ",");
        }
    }

    /** Refuses U-Nets that ask for what no prompt gives. */
    private void requirePaintable(ConfigFile unetConfig) {
        UnetConfig config = unet.config();
        if (config.takesMask()) {
            throw unetConfig.wrong("down_block_types", "without SimpleCrossAttn blocks, which ask for a mask,");
        }
        if (labels.isPresent()) {
            requireLabelled(unetConfig, labels.get().size());
        } else if (config.classes().isPresent()) {
            throw unetConfig.wrong(
                    unetConfig.has("class_embed_type") ? "class_embed_type" : "num_class_embeds",
                    "null, because no prompt gives a class label,");
        }
        boolean projected = texts.get(texts.size() - 1).encoder().label().equals("text encoder 2");
        if (isXl() && !projected) {
            throw unetConfig.wrong("addition_embed_type", "null or text, because there is no text_encoder_2,");
        }
        if (!isXl() && projected) {
            throw unetConfig.wrong("addition_embed_type", "text_time, because there is a text_encoder_2,");
        }
    }

    /** With a picture's labels the U-Net must take such labels. */
    private void requireLabelled(ConfigFile unetConfig, int size) {
        UnetConfig.ClassEmbedding classes = unet.config()
                .classes()
                .filter(label -> label.kind().equals("projection"))
                .orElseThrow(() ->
                        unetConfig.wrong("class_embed_type", "projection, because there is an image_normalizer,"));
        if (classes.size() != size) {
            throw unetConfig.wrong(
                    "projection_class_embeddings_input_dim", "twice projection_dim of image_encoder, " + size + ",");
        }
    }
}
