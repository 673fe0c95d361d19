package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a U-Net in a file without a config predicts. No shape tells it; the first of these that says something counts: a
 * {@code .yaml} of the same name beside the file, marker tensors, the file's metadata, for Stable Diffusion 2 the
 * spread of one bias, else noise. Reference: ComfyUI, {@code comfy/supported_models.py}; AUTOMATIC1111,
 * {@code modules/sd_models_config.py}.
 *
 * @param kind what is predicted, and over which noise
 * @param zeroSnr whether the schedule ends in noise alone
 * @param sigmaMin the least noise, of the EDM kinds
 * @param sigmaMax the most noise, of the EDM kinds
 * @param reason what said so
 */
record Prediction(Kind kind, boolean zeroSnr, double sigmaMin, double sigmaMax, String reason) {

    /** What is predicted, and over which noise. */
    enum Kind {
        EPSILON,
        V_PREDICTION,
        /** Playground 2.5: noise of any size, as in EDM's paper. */
        EDM,
        /** CosXL: v over noise of any size. */
        EDM_V
    }

    private static final Pattern YAML_V = Pattern.compile("(?m)^\\s*parameterization\\s*:\\s*[\"']?v[\"']?\\s*(#.*)?$");
    private static final Pattern YAML_EPS =
            Pattern.compile("(?m)^\\s*parameterization\\s*:\\s*[\"']?eps[\"']?\\s*(#.*)?$");

    private static final long LARGEST_YAML = 1 << 20;

    /** The last transformer on the way up; in the released v-models its first bias is spread wider than this. */
    private static final String TELLING_BIAS = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias";

    private static final double TELLING_SPREAD = 0.09;
    private static final int OPEN_CLIP_H = 1024;

    /** The EDM of Playground 2.5 and of its paper. */
    private static final double EDM_MIN = 0.002;

    private static final double EDM_MAX = 80;

    /**
     * Looks for what says it.
     *
     * @param file the file's tensors
     * @param yaml the path that a {@code .yaml} of the same name would have
     * @param unet the U-Net's tensors
     * @param config the U-Net's config
     */
    static Prediction of(Weights file, Path yaml, Weights unet, ConfigFile config) {
        return beside(yaml)
                .or(() -> marked(file))
                .or(() -> stated(file.metadata()))
                .or(() -> secondVersion(unet, config))
                .orElseGet(() -> plain(Kind.EPSILON, false, "nothing says otherwise"));
    }

    private static Prediction plain(Kind kind, boolean zeroSnr, String reason) {
        return new Prediction(kind, zeroSnr, 0, 0, reason);
    }

    private static Optional<Prediction> beside(Path yaml) {
        try {
            if (!Files.isRegularFile(yaml) || Files.size(yaml) > LARGEST_YAML) {
                return Optional.empty();
            }
            String text = new String(Files.readAllBytes(yaml), StandardCharsets.UTF_8);
            String reason = yaml.getFileName() + " beside it";
            if (YAML_V.matcher(text).find()) {
                return Optional.of(plain(Kind.V_PREDICTION, false, reason));
            }
            return YAML_EPS.matcher(text).find() ? Optional.of(plain(Kind.EPSILON, false, reason)) : Optional.empty();
        } catch (IOException e) {
            throw new ModelLoadException(yaml + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Optional<Prediction> marked(Weights file) {
        if (file.has("edm_mean") && file.has("edm_std")) {
            return Optional.of(new Prediction(Kind.EDM, false, EDM_MIN, EDM_MAX, "its tensors edm_mean and edm_std"));
        }
        if (file.has("edm_vpred.sigma_max")) {
            double most = number(file, "edm_vpred.sigma_max", 120);
            double least = number(file, "edm_vpred.sigma_min", EDM_MIN);
            return Optional.of(new Prediction(Kind.EDM_V, false, least, most, "its tensor edm_vpred.sigma_max"));
        }
        boolean zeroSnr = file.has("ztsnr");
        return file.has("v_pred")
                ? Optional.of(plain(
                        Kind.V_PREDICTION, zeroSnr, zeroSnr ? "its tensors v_pred and ztsnr" : "its tensor v_pred"))
                : Optional.empty();
    }

    private static double number(Weights file, String name, double otherwise) {
        Optional<Weight> tensor = file.tensor(name).filter(found -> found.elements() == 1);
        return tensor.isPresent() ? tensor.get().values()[0] : otherwise;
    }

    private static Optional<Prediction> stated(Map<String, String> metadata) {
        for (String key : new String[] {"modelspec.prediction_type", "modelspec.predict_key"}) {
            String value = metadata.getOrDefault(key, "");
            if (value.equals("v") || value.equals("v_prediction")) {
                return Optional.of(plain(Kind.V_PREDICTION, false, "its metadata " + key));
            }
            if (value.equals("epsilon")) {
                return Optional.of(plain(Kind.EPSILON, false, "its metadata " + key));
            }
        }
        return metadata.getOrDefault("modelspec.architecture", "").endsWith("-768-v")
                ? Optional.of(plain(Kind.V_PREDICTION, false, "its metadata modelspec.architecture"))
                : Optional.empty();
    }

    /** Stable Diffusion 2 came in both kinds, alike in every name and shape; its inpainting models predict noise. */
    private static Optional<Prediction> secondVersion(Weights unet, ConfigFile config) {
        boolean isSecond = config.integer("cross_attention_dim", 0) == OPEN_CLIP_H
                && config.integer("in_channels", 4) == 4
                && !config.has("addition_embed_type")
                && !config.has("class_embed_type");
        Optional<Weight> bias = isSecond ? unet.tensor(TELLING_BIAS) : Optional.empty();
        if (bias.isEmpty()) {
            return Optional.empty();
        }
        double spread = deviation(bias.get().values());
        return Optional.of(plain(
                spread > TELLING_SPREAD ? Kind.V_PREDICTION : Kind.EPSILON,
                false,
                "the spread of a bias, by which Stable Diffusion 2's two kinds are told apart"));
    }

    private static double deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / values.length;
        return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    }
}
