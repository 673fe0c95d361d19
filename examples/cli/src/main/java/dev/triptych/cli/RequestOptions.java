package dev.triptych.cli;

import dev.triptych.AspectRatio;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say what picture is wanted, in the words of {@link ImageRequest}. */
final class RequestOptions {

    @Option(names = "--negative", paramLabel = "TEXT", description = "What to steer away from.")
    private String negative = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many pictures; each takes the next seed. Default: 1.")
    private int count = 1;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = SizeConverter.class,
            description = "Width and height in pixels. Default: what the model was made for, or the input's.")
    private @Nullable ImageSize size;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the first picture. Drawn and printed if not given.")
    private @Nullable Long seed;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps. Default: the model's.")
    private @Nullable Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "Classifier-free guidance scale; 1 or less turns it off. Default: the model's.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-rescale",
            paramLabel = "R",
            description = "Against overexposure, 0 to 1. Default: the model's, mostly 0. Local engine only.")
    private @Nullable Double guidanceRescale;

    @Option(
            names = "--guidance-interval",
            paramLabel = "A-B",
            description =
                    "Guidance in this part of the steps, such as 0.2-0.8; the others cost half. Default: 0-1. Local engine"
                            + " only.")
    private @Nullable String guidanceInterval;

    @Option(
            names = "--speed",
            paramLabel = "WORD",
            description =
                    "exact, balanced or fast: how much of the exact picture may be given up for time. The result says what"
                            + " was. Default: the generator's, mostly exact. Local engine only.")
    private @Nullable String speed;

    @Option(
            names = "--precision",
            paramLabel = "WORD",
            description =
                    "fp32, int8 or auto: what the denoiser computes in. int8 takes a quarter of the memory and less than"
                            + " half of the time, and paints another picture. Default: the generator's, mostly fp32. Local"
                            + " engine only.")
    private @Nullable String precision;

    @Option(
            names = "--scheduler",
            paramLabel = "NAME",
            description =
                    "diffusers' class name, or a common name: ddim, ddpm, deis, dpm++ 2m, dpm++ 2m sde, dpm++ sde, euler,"
                            + " euler a, heun, lcm, lms, pndm, unipc, many with \"karras\" behind. Default: the"
                            + " checkpoint's own. Local engine only.")
    private @Nullable String scheduler;

    @Option(
            names = "--clip-skip",
            paramLabel = "N",
            description = "Layers of the text encoder left out at its end. Default: 0. Local engine only.")
    private @Nullable Integer clipSkip;

    @Option(
            names = "--prompt-syntax",
            paramLabel = "NAME",
            description =
                    "plain, or a1111: (more), [less], (much:1.4), BREAK, AND, [from:to:0.5], [one|other], <lora:name:0.8>,"
                            + " at any length. Default: the generator's, mostly plain. Local engine only.")
    private @Nullable String promptSyntax;

    @Option(
            names = "--annotate",
            paramLabel = "KIND",
            description =
                    "What control pictures become before they steer: canny, canny:LOW:HIGH, luminance, inversion, blur or"
                            + " blur:SIGMA; NAME=canny for the control of that file, commas between several. Default: as"
                            + " they are. Local engine only.")
    private @Nullable String annotate;

    @Option(names = "--input", paramLabel = "FILE", description = "A picture to start from.")
    private @Nullable Path input;

    @Option(
            names = "--reference",
            paramLabel = "FILE",
            description = "A picture whose content the new one refers to, for models that take such. Can be given"
                    + " several times.")
    private List<Path> references = List.of();

    @Option(
            names = "--strength",
            paramLabel = "S",
            description = "How far to leave the input picture, 0 to 1. Default: 0.8, with a mask 1.")
    private @Nullable Double strength;

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            description = "Where to paint in the input picture: white = repaint.")
    private @Nullable Path mask;

    @Option(
            names = "--outpaint",
            paramLabel = "L,T,R,B",
            description = "Pixels to paint around the input picture: left, top, right, bottom. Local engine only.")
    private @Nullable String outpaint;

    @Option(
            names = "--preview-every",
            paramLabel = "N",
            description =
                    "An unfinished picture each N steps, for --preview. Default: about ten in all. Local engine only.")
    private @Nullable Integer previewEvery;

    @Option(names = "--quality", paramLabel = "WORD", description = "The provider's word for quality.")
    private @Nullable String quality;

    @Option(
            names = "--aspect-ratio",
            paramLabel = "W:H",
            description = "The shape, where no size is given. Default: the model's.")
    private @Nullable String aspectRatio;

    @Option(names = "--style", paramLabel = "WORD", description = "The provider's word for a style.")
    private @Nullable String style;

    @Option(
            names = "--background",
            paramLabel = "WORD",
            description = "transparent, opaque or auto, where the provider has backgrounds.")
    private @Nullable String background;

    @Option(
            names = "--output-format",
            paramLabel = "WORD",
            description = "png, jpeg, webp or what else the provider writes. Default: the provider's.")
    private @Nullable String outputFormat;

    @Option(
            names = "--compression",
            paramLabel = "N",
            description = "Quality of a lossy output format in percent, 0 to 100. Default: the provider's.")
    private @Nullable Integer compression;

    @Option(
            names = "--option",
            paramLabel = "KEY=VALUE",
            description = "A setting of one provider, such as local.scheduler.use_karras_sigmas=true.")
    private List<String> options = List.of();

    RequestOptions() {}

    /**
     * The request for {@code prompt}.
     *
     * @throws IllegalArgumentException if no provider could accept it
     */
    ImageRequest request(String prompt) {
        ImageRequest.Builder request = ImageRequest.builder()
                .prompt(prompt)
                .negativePrompt(negative)
                .count(count)
                .size(size)
                .seed(seed)
                .steps(steps)
                .guidanceScale(guidance)
                .strength(strength)
                .quality(quality)
                .aspectRatio(aspectRatio == null ? null : AspectRatio.parse(aspectRatio))
                .style(style)
                .background(background)
                .outputFormat(outputFormat)
                .compression(compression)
                .options(namedOptions());
        if (input != null) {
            request.input(ImageInput.of(input));
        }
        references.forEach(file -> request.input(ImageInput.of(file).as(InputRole.REFERENCE)));
        if (mask != null) {
            request.mask(mask(mask));
        }
        return request.build();
    }

    private static ImageInput mask(Path file) {
        try {
            return ImageInput.of(file);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("mask: " + e.getMessage(), e);
        }
    }

    /** All options of providers, each said once. */
    private Map<String, String> namedOptions() {
        Map<String, String> named = new LinkedHashMap<>(localOptions());
        for (String option : options) {
            int equals = option.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("--option must be KEY=VALUE but was \"" + option + "\"");
            }
            String key = option.substring(0, equals);
            if (named.put(key, option.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("option " + key + " must be given once but was given twice");
            }
        }
        return named;
    }

    /** How many pictures are asked for. */
    int count() {
        return count;
    }

    /** The named options that only the local engine has. */
    Map<String, String> localOptions() {
        Map<String, String> local = new LinkedHashMap<>();
        put(local, "local.guidance-rescale", guidanceRescale);
        put(local, "local.guidance-interval", guidanceInterval);
        put(local, "local.speed", speed);
        put(local, "local.precision", precision);
        put(local, "local.scheduler", scheduler);
        put(local, "local.clip-skip", clipSkip);
        put(local, "local.prompt-syntax", promptSyntax);
        put(local, "local.annotate", annotate);
        put(local, "local.outpaint", outpaint);
        put(local, "local.preview-every", previewEvery);
        return local;
    }

    private static void put(Map<String, String> options, String key, @Nullable Object value) {
        if (value != null) {
            options.put(key, value.toString());
        }
    }

    /** Reads {@code 768x512} with an error that says how it should look. */
    static final class SizeConverter implements ITypeConverter<ImageSize> {

        SizeConverter() {}

        @Override
        public ImageSize convert(String text) {
            try {
                return ImageSize.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
