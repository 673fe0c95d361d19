package dev.triptych.diffusion;

import dev.triptych.ImageInput;
import dev.triptych.ImageSize;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.PngText;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A picture made larger, or smaller, by itself: colours by an {@link Enlarger}, transparency by Lanczos. What the
 * picture said of itself stays, with what was done to it behind, as AUTOMATIC1111's web UI writes it
 * (scripts/postprocessing_upscale.py).
 *
 * @param upscaler its name
 * @param size what the picture becomes
 */
record Upscaling(String upscaler, ImageSize size) {

    /** Edges of the result; beyond it nothing shows pictures any more. */
    static final int MAX_EDGE = 16_384;

    /** The web UI's names of what is done to a picture afterwards. */
    private static final String UPSCALED_TO = "Postprocess upscale to";

    private static final String UPSCALER = "Postprocess upscaler";

    private static final int OPAQUE = 255;

    Upscaling {
        if (size.width() > MAX_EDGE || size.height() > MAX_EDGE) {
            throw LocalErrors.unsupported("size must have edges of at most " + MAX_EDGE + " pixels but was " + size);
        }
    }

    /**
     * The picture as PNG.
     *
     * @throws UnsupportedRequestException if it cannot be read
     */
    byte[] of(ImageInput picture, Enlarger enlarger, Enlarger.Watch watch) {
        byte[] encoded = picture.bytes();
        Pixels colours = enlarger.enlarge(Pixels.decode(encoded), size.width(), size.height(), watch);
        byte[] png = transparency(encoded)
                .map(alpha -> withTransparency(colours, alpha.resizeLanczos(size.width(), size.height())))
                .orElseGet(colours::toPng);
        return PngText.with(png, texts(picture));
    }

    /** The picture's transparency as grey; empty where all of it is opaque. */
    private static Optional<Pixels> transparency(byte[] encoded) {
        BufferedImage image = ImageDecoder.decode(encoded);
        if (!image.getColorModel().hasAlpha()) {
            return Optional.empty();
        }
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] grey = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
        int[] row = new int[width];
        boolean opaque = true;
        int to = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int pixel : row) {
                int alpha = pixel >>> 24;
                opaque &= alpha == OPAQUE;
                for (int channel = 0; channel < 3; channel++) {
                    grey[to++] = (byte) alpha;
                }
            }
        }
        return opaque ? Optional.empty() : Optional.of(Pixels.of(width, height, grey));
    }

    private static byte[] withTransparency(Pixels colours, Pixels alpha) {
        BufferedImage both = new BufferedImage(colours.width(), colours.height(), BufferedImage.TYPE_INT_ARGB);
        byte[] rgb = colours.rgb();
        byte[] grey = alpha.rgb();
        int[] row = new int[colours.width()];
        for (int y = 0; y < colours.height(); y++) {
            for (int x = 0; x < row.length; x++) {
                int at = (y * row.length + x) * 3;
                row[x] = ((grey[at] & 0xFF) << 24)
                        | ((rgb[at] & 0xFF) << 16)
                        | ((rgb[at + 1] & 0xFF) << 8)
                        | (rgb[at + 2] & 0xFF);
            }
            both.setRGB(0, y, row.length, 1, row, 0, row.length);
        }
        return ImageDecoder.encodePng(both);
    }

    private Map<String, String> texts(ImageInput picture) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (picture.header().mediaType().equals("image/png")) {
            texts.putAll(PngText.read(picture.bytes()));
        }
        GenerationParameters before =
                GenerationParameters.parse(texts.getOrDefault(GenerationParameters.PNG_KEYWORD, ""));
        Map<String, String> settings = new LinkedHashMap<>(before.settings());
        settings.put(UPSCALED_TO, size.toString());
        settings.put(UPSCALER, upscaler);
        settings.putIfAbsent("Version", "Triptych"); // with less than three, readers take settings for a prompt
        texts.put(
                GenerationParameters.PNG_KEYWORD,
                new GenerationParameters(before.prompt(), before.negativePrompt(), settings)
                        .format()
                        .stripLeading());
        return texts;
    }
}
