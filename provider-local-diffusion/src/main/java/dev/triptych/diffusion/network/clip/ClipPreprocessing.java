package dev.triptych.diffusion.network.clip;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How a picture is prepared for CLIP: {@code preprocessor_config.json} of a {@code CLIPImageProcessor}, in its newer
 * and its older spelling; defaults are those of transformers 4.57.
 *
 * @param shortestEdge what the shorter edge is resized to, the longer one in proportion; empty = both edges become
 *     {@code imageSize}, whatever the proportion
 * @param imageSize height and width of the square that is cut from the middle then
 * @param rescaleFactor what a byte is multiplied by; usually 1/255
 * @param mean for red, green and blue, what is taken away after that
 * @param deviation for red, green and blue, what is divided by at the end; never 0
 */
public record ClipPreprocessing(
        OptionalInt shortestEdge, int imageSize, double rescaleFactor, List<Float> mean, List<Float> deviation) {

    /** Pillow's number for bicubic resampling. */
    private static final String BICUBIC = "3";

    private static final List<String> ALWAYS_DONE =
            List.of("do_resize", "do_center_crop", "do_rescale", "do_normalize");

    /** Of the pictures OpenAI trained on, as 32-bit floats (transformers/image_utils.py, OPENAI_CLIP_MEAN). */
    private static final List<Float> OPENAI_MEAN = List.of(0.48145467f, 0.4578275f, 0.40821072f);

    private static final List<Float> OPENAI_DEVIATION = List.of(0.26862955f, 0.2613026f, 0.2757771f);

    /** Copies the lists. */
    public ClipPreprocessing {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }

    /** As OpenAI's pictures were prepared, for a vision tower that reads pictures of {@code imageSize}. */
    public static ClipPreprocessing standard(int imageSize) {
        return new ClipPreprocessing(OptionalInt.of(imageSize), imageSize, 1 / 255.0, OPENAI_MEAN, OPENAI_DEVIATION);
    }

    /** Reads {@code config}, which must make pictures of the size that the vision tower reads. */
    public static ClipPreprocessing read(ConfigFile config, int imageSize) {
        ALWAYS_DONE.forEach(step -> config.mustBeUnset(step, "true"));
        config.mustBeUnset("resample", BICUBIC);
        requireCrop(config, imageSize);
        List<Float> deviation = threeNumbers(config, "image_std", OPENAI_DEVIATION);
        if (deviation.contains(0f)) {
            throw config.wrong("image_std", "three numbers other than 0");
        }
        return new ClipPreprocessing(
                shortestEdge(config, imageSize),
                imageSize,
                config.number("rescale_factor", 1 / 255.0),
                threeNumbers(config, "image_mean", OPENAI_MEAN),
                deviation);
    }

    private static OptionalInt shortestEdge(ConfigFile config, int imageSize) {
        if (!config.node("size").isObject()) {
            return OptionalInt.of(config.positive("size", 224));
        }
        ConfigFile size = config.within("size");
        if (size.has("shortest_edge")) {
            return OptionalInt.of(size.positive("shortest_edge", 0));
        }
        if (!isSquare(config.node("size"), imageSize)) {
            throw config.wrong("size", "a shortest_edge, or height and width of " + imageSize + " each,");
        }
        return OptionalInt.empty();
    }

    private static void requireCrop(ConfigFile config, int imageSize) {
        boolean fits = config.node("crop_size").isObject()
                ? isSquare(config.node("crop_size"), imageSize)
                : config.positive("crop_size", 224) == imageSize;
        if (!fits) {
            throw config.wrong("crop_size", "config.json's image_size, " + imageSize + ",");
        }
    }

    private static boolean isSquare(JsonNode size, int edge) {
        return size.path("height").asInt() == edge && size.path("width").asInt() == edge;
    }

    private static List<Float> threeNumbers(ConfigFile config, String key, List<Float> standard) {
        if (!config.has(key)) {
            return standard;
        }
        List<Float> numbers = new ArrayList<>();
        for (JsonNode element : config.node(key)) {
            if (element.isNumber()) {
                numbers.add(element.floatValue());
            }
        }
        if (numbers.size() != 3 || config.node(key).size() != 3) {
            throw config.wrong(key, "a list of three numbers");
        }
        return numbers;
    }
}
