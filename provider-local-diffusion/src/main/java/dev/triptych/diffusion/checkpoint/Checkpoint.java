package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A checkpoint: a Hugging Face diffusers directory with {@code model_index.json}, {@code tokenizer/},
 * {@code text_encoder/}, {@code unet/}, {@code vae/} and {@code scheduler/}. In the place of a component's weights
 * there may be a ready-made {@code model.onnx}, as optimum exports it. Thread-safe.
 *
 * <p>Opening reads and checks the configs alone; weights are looked at when a model is built from them.
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.open(Path.of("stable-diffusion-v1-5"));
 * checkpoint.defaultWidth();       // 512
 * checkpoint.unet().inChannels();  // 4; 9 for an inpainting checkpoint
 * }</pre>
 */
public final class Checkpoint {

    private static final String SUPPORTED = "Stable Diffusion 1.x, 2.x and their LCM kin (a UNet2DConditionModel, a"
            + " CLIPTextModel, an AutoencoderKL and a scheduler) are supported";

    /** Components that only pipelines of other families have. */
    private static final List<String> FOREIGN =
            List.of("text_encoder_2", "text_encoder_3", "transformer", "prior", "controlnet", "vqvae", "movq");

    private static final Map<String, List<String>> CLASSES = Map.of(
            "unet", List.of("UNet2DConditionModel"),
            "text_encoder", List.of("CLIPTextModel", "CLIPTextModelWithProjection"),
            "vae", List.of("AutoencoderKL"));

    /**
     * What a picture gets without any wish: the author's recommendation in the optional file {@code triptych.json}
     * beside {@code model_index.json}, else what suits the family. The file may also hold {@code name}, {@code width}
     * and {@code height}.
     *
     * @param steps denoising steps; {@code steps} in the file, else 25, or 4 for a distilled U-Net (LCM)
     * @param guidanceScale the guidance scale; {@code guidance_scale} in the file, else 7.5, or 8.5 for a distilled
     *     U-Net
     * @param guidanceRescale the guidance rescale, 0 to 1; {@code guidance_rescale} in the file, else 0
     */
    public record Defaults(int steps, double guidanceScale, double guidanceRescale) {

        private static Defaults read(ConfigFile file, UnetConfig unet) {
            boolean distilled = unet.timeEmbedding().conditionChannels().isPresent();
            return new Defaults(
                    file.positive("steps", distilled ? 4 : 25),
                    file.atLeastZero("guidance_scale", distilled ? 8.5 : 7.5),
                    file.atLeastZero("guidance_rescale", 0));
        }
    }

    private final Path folder;
    private final ConfigFile index;
    private final UnetConfig unet;
    private final VaeConfig vae;
    private final ClipTextConfig textEncoder;
    private final ConfigFile recommendations;
    private final Defaults defaults;
    private final Map<String, Weights> weights = new ConcurrentHashMap<>();
    private final Map<String, String> fingerprint = new ConcurrentHashMap<>();

    private Checkpoint(Path folder) {
        this.folder = folder;
        this.index = ConfigFile.read(modelIndex(folder));
        requireSupportedPipeline();
        ConfigFile unetConfig = config(Component.UNET);
        ConfigFile vaeConfig = config(Component.VAE_DECODER);
        ConfigFile textConfig = config(Component.TEXT_ENCODER);
        if (readyMade(Component.UNET).isEmpty()) {
            UnetConfig.requireSupported(unetConfig);
        }
        if (readyMade(Component.VAE_DECODER).isEmpty()) {
            VaeConfig.requireSupported(vaeConfig);
        }
        if (readyMade(Component.TEXT_ENCODER).isEmpty()) {
            ClipTextConfig.requireSupported(textConfig);
        }
        this.unet = UnetConfig.read(unetConfig);
        this.vae = VaeConfig.read(vaeConfig);
        this.textEncoder = ClipTextConfig.read(textConfig);
        this.recommendations = ConfigFile.readOr(folder.resolve("triptych.json"), ConfigFile.object());
        this.defaults = Defaults.read(recommendations, unet);
        requireMatchingSizes(unetConfig, vaeConfig);
        requireFile(schedulerConfig());
        requireFolder(tokenizerDirectory());
    }

    /**
     * Opens the checkpoint in {@code folder}.
     *
     * @throws ModelLoadException if a file is missing or damaged, or the kind of checkpoint is not supported
     */
    public static Checkpoint open(Path folder) {
        requireFolder(folder);
        return new Checkpoint(folder.toAbsolutePath().normalize());
    }

    /** The checkpoint's folder, absolute. */
    public Path folder() {
        return folder;
    }

    /** The name its author gave it, else the folder's. */
    public String name() {
        return recommendations.text("name", String.valueOf(folder.getFileName()));
    }

    /** The diffusers pipeline it was saved from, such as {@code StableDiffusionPipeline}. */
    public String pipelineClass() {
        return index.text("_class_name", "StableDiffusionPipeline");
    }

    /** The U-Net's config. */
    public UnetConfig unet() {
        return unet;
    }

    /** The autoencoder's config. */
    public VaeConfig vae() {
        return vae;
    }

    /** The text encoder's config. */
    public ClipTextConfig textEncoder() {
        return textEncoder;
    }

    /** What a picture gets without any wish. */
    public Defaults defaults() {
        return defaults;
    }

    /** The height of a picture without any wish, in pixels: recommended, else what the U-Net was trained on. */
    public int defaultHeight() {
        return recommendations.positive("height", unet.sampleHeight().orElse(64) * vae.scaleFactor());
    }

    /** The width of a picture without any wish, in pixels: recommended, else what the U-Net was trained on. */
    public int defaultWidth() {
        return recommendations.positive("width", unet.sampleWidth().orElse(64) * vae.scaleFactor());
    }

    /** Channels of the latents. */
    public int latentChannels() {
        return vae.latentChannels();
    }

    /** How many pixels of a picture one latent pixel stands for, along each axis; sizes are multiples of it. */
    public int vaeScaleFactor() {
        return vae.scaleFactor();
    }

    /** What latents are multiplied by after encoding, and divided by before decoding; 0.18215 in Stable Diffusion. */
    public float latentScalingFactor() {
        return vae.scalingFactor();
    }

    /** What is taken from latents before scaling, and added after unscaling; 0 in Stable Diffusion. */
    public float latentShiftFactor() {
        return vae.shiftFactor();
    }

    /** The length of the guidance embedding that a distilled U-Net (LCM) receives; 0 for any other U-Net. */
    public int timeCondProjDim() {
        return unet.timeEmbedding().conditionChannels().orElse(0);
    }

    /** The scheduler's config, {@code scheduler/scheduler_config.json}. */
    public Path schedulerConfig() {
        return folder.resolve("scheduler").resolve("scheduler_config.json");
    }

    /** The tokenizer's folder. */
    public Path tokenizerDirectory() {
        return folder.resolve("tokenizer");
    }

    /** The ready-made ONNX model of a component, if the checkpoint has one instead of weights. */
    public Optional<Path> readyMade(Component component) {
        Path model = folder.resolve(component.onnxFolder()).resolve("model.onnx");
        Path weightsFolder = folder.resolve(component.folder());
        boolean weightsExist = Files.isDirectory(weightsFolder) && WeightFiles.exist(weightsFolder);
        return Files.isRegularFile(model) && !weightsExist ? Optional.of(model) : Optional.empty();
    }

    /**
     * The weights of a component, opened once.
     *
     * @throws ModelLoadException if a file is missing or damaged
     */
    public Weights weights(Component component) {
        return weights.computeIfAbsent(component.folder(), key -> Weights.open(folder.resolve(key), rename(component)));
    }

    /**
     * A hash that changes with anything that changes the pictures: configs, tokenizer, and the weights. Of weights it
     * takes the sizes, the headers and sixteen blocks of 4 KiB spread over each file, so that it costs milliseconds; an
     * edit that keeps a file's size and misses every block goes unseen. 64 hexadecimal digits.
     *
     * @throws ModelLoadException if a file cannot be read
     */
    public String fingerprint() {
        return fingerprint.computeIfAbsent("", key -> Fingerprint.of(this));
    }

    private static UnaryOperator<String> rename(Component component) {
        return switch (component) {
            case TEXT_ENCODER -> Weights::clipName;
            case VAE_DECODER, VAE_ENCODER -> Weights::vaeName;
            case UNET -> UnaryOperator.identity();
        };
    }

    private ConfigFile config(Component component) {
        Optional<Path> onnx = readyMade(component);
        return onnx.isPresent()
                ? ConfigFile.readOr(onnx.get().resolveSibling("config.json"), stableDiffusion1(component))
                : ConfigFile.read(folder.resolve(component.folder()).resolve("config.json"));
    }

    /** Old exports have no configs; they are of Stable Diffusion 1.x. */
    private static ObjectNode stableDiffusion1(Component component) {
        ObjectNode config = ConfigFile.object();
        switch (component) {
            case UNET -> config.put("cross_attention_dim", 768).put("sample_size", 64);
            case TEXT_ENCODER -> config.put("hidden_size", 768);
            case VAE_DECODER, VAE_ENCODER ->
                config.putArray("block_out_channels").add(128).add(256).add(512).add(512);
        }
        return config;
    }

    /** The file that makes a folder a checkpoint; what is often taken for one is named by its name. */
    private static Path modelIndex(Path folder) {
        Path index = folder.resolve("model_index.json");
        if (Files.exists(index)) {
            return index;
        }
        String found = "has none";
        if (Files.isDirectory(folder.resolve("snapshots"))) {
            found = "is a repository in the Hugging Face cache, whose checkpoints are the folders in "
                    + folder.resolve("snapshots");
        } else if (Files.exists(folder.resolve("config.json"))) {
            ConfigFile single = ConfigFile.read(folder.resolve("config.json"));
            found = "holds a single model, "
                    + single.text("_class_name", single.text("model_type", "of no known class"));
        }
        throw new ModelLoadException(
                folder + " must be a diffusers directory with a model_index.json but " + found + "; " + SUPPORTED);
    }

    private void requireSupportedPipeline() {
        for (String component : FOREIGN) {
            if (index.node(component).path(1).isTextual()) {
                throw new ModelLoadException(index.file() + ": " + pipelineClass() + " with its " + component
                        + " is not supported; " + SUPPORTED);
            }
        }
        CLASSES.forEach((component, classes) -> {
            JsonNode entry = index.node(component);
            String found = entry.path(1).asText();
            boolean onnx = found.startsWith("ORT") || found.equals("OnnxRuntimeModel");
            if (entry.isNull() || (entry.isArray() && !onnx && !classes.contains(found))) {
                throw new ModelLoadException(
                        index.file() + ": \"" + component + "\" must be " + String.join(" or ", classes) + " but was "
                                + (found.isEmpty() ? "null" : found) + " (of a " + pipelineClass() + "); " + SUPPORTED);
            }
        });
    }

    private void requireMatchingSizes(ConfigFile unetConfig, ConfigFile vaeConfig) {
        int latents = vae.latentChannels();
        int withMask = 2 * latents + 1;
        if (unet.inChannels() != latents && unet.inChannels() != withMask) {
            throw unetConfig.wrong("in_channels", latents + ", or " + withMask + " for inpainting,");
        }
        if (unet.outChannels() != vae.latentChannels()) {
            throw unetConfig.wrong(
                    "out_channels", "latent_channels of " + vaeConfig.file() + ", " + vae.latentChannels() + ",");
        }
        if (unet.crossAttentionDim() != textEncoder.hiddenSize()
                && readyMade(Component.UNET).isEmpty()) {
            throw unetConfig.wrong(
                    "cross_attention_dim", "the text encoder's hidden_size, " + textEncoder.hiddenSize() + ",");
        }
    }

    private static void requireFolder(Path path) {
        if (!Files.isDirectory(path)) {
            throw new ModelLoadException(
                    path + " must be a folder but " + (Files.exists(path) ? "is a file" : "does not exist"));
        }
    }

    private static void requireFile(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new ModelLoadException(
                    path + " must be a file but " + (Files.exists(path) ? "is a folder" : "does not exist"));
        }
    }
}
