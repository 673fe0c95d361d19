package dev.triptych.media;

import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the components of a JPEG mean, and how they become red, green and blue: as libjpeg decides and computes it
 * (jdapimin.c {@code default_decompress_parms}, jdcolor.c), and for CMYK as Pillow does, which takes every such file
 * for one of Adobe's and so for inverted (JpegImagePlugin.py, Convert.c {@code cmyk2rgb}). Profiles play no part.
 */
enum JpegColour {
    GREY(1),
    RGB(3),
    YCC(3),
    CMYK(4),
    YCCK(4);

    private static final int APP0 = 0xe0;
    private static final int APP14 = 0xee;
    private static final int START_OF_SCAN = 0xda;

    /** ITU-R BT.601 in 16-bit fixed point, for Cb and Cr from −128 to 127 (jdcolor.c {@code build_ycc_rgb_table}). */
    private static final int SCALE_BITS = 16;

    private static final int HALF = 1 << (SCALE_BITS - 1);
    private static final int CR_TO_RED = fixed(1.40200);
    private static final int CB_TO_BLUE = fixed(1.77200);
    private static final int CR_TO_GREEN = -fixed(0.71414);
    private static final int CB_TO_GREEN = -fixed(0.34414);

    private final int bands;

    JpegColour(int bands) {
        this.bands = bands;
    }

    private static int fixed(double value) {
        return (int) (value * (1 << SCALE_BITS) + 0.5);
    }

    /**
     * The meaning that the markers before the frame give.
     *
     * @throws IllegalArgumentException if there are two components, or more than four
     */
    static JpegColour of(byte[] jpeg) {
        boolean isJfif = false;
        int adobeTransform = -1;
        ByteBuffer bytes = ByteBuffer.wrap(jpeg);
        int at = 2;
        while (true) {
            while ((bytes.get(at) & 0xff) != 0xff) {
                at++;
            }
            while ((bytes.get(at) & 0xff) == 0xff) {
                at++;
            }
            int marker = bytes.get(at++) & 0xff;
            if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd9)) {
                continue;
            }
            int length = bytes.getShort(at) & 0xffff;
            if (ImageHeader.isStartOfFrame(marker)) {
                return ofFrame(bytes, at, isJfif, adobeTransform);
            }
            if (marker == APP0) {
                isJfif |= length >= 16 && ascii(jpeg, at + 2, "JFIF\0");
            } else if (marker == APP14 && length >= 14 && ascii(jpeg, at + 2, "Adobe")) {
                adobeTransform = bytes.get(at + 13) & 0xff;
            } else if (marker == START_OF_SCAN) {
                throw new IllegalArgumentException("JPEG must have a frame before its first scan but has none");
            }
            at += length;
        }
    }

    private static JpegColour ofFrame(ByteBuffer bytes, int at, boolean isJfif, int adobeTransform) {
        int components = bytes.get(at + 7) & 0xff;
        return switch (components) {
            case 1 -> GREY;
            case 3 -> {
                boolean namedRgb = bytes.get(at + 8) == 'R' && bytes.get(at + 11) == 'G' && bytes.get(at + 14) == 'B';
                yield !isJfif && (adobeTransform == 0 || (adobeTransform < 0 && namedRgb)) ? RGB : YCC;
            }
            case 4 -> adobeTransform > 0 ? YCCK : CMYK;
            default -> throw new IllegalArgumentException("JPEG must have 1, 3 or 4 components but has " + components);
        };
    }

    private static boolean ascii(byte[] bytes, int at, String text) {
        return bytes.length >= at + text.length()
                && new String(bytes, at, text.length(), StandardCharsets.ISO_8859_1).equals(text);
    }

    /** Components to packed pixels, {@code 0xffRRGGBB}, {@code [height, width]}. */
    void convert(Raster raster, int[] rgb) {
        if (raster.getNumBands() != bands) {
            throw new IllegalArgumentException(
                    "JPEG must decode to " + bands + " components but has " + raster.getNumBands());
        }
        int width = raster.getWidth();
        int[] line = new int[width * bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, line);
            for (int x = 0; x < width; x++) {
                rgb[y * width + x] = pixel(line, x * bands);
            }
        }
    }

    private int pixel(int[] line, int at) {
        return switch (this) {
            case GREY -> packed(line[at], line[at], line[at]);
            case RGB -> packed(line[at], line[at + 1], line[at + 2]);
            case YCC -> ofYcc(line[at], line[at + 1], line[at + 2]);
            case CMYK -> ofInvertedCmyk(line[at], line[at + 1], line[at + 2], line[at + 3]);
            case YCCK -> {
                // libjpeg's C, M and Y are what is missing to white; inverted they are red, green and blue again.
                int cmy = ~ofYcc(line[at], line[at + 1], line[at + 2]);
                yield ofInvertedCmyk(cmy >> 16 & 0xff, cmy >> 8 & 0xff, cmy & 0xff, line[at + 3]);
            }
        };
    }

    private static int ofYcc(int y, int cb, int cr) {
        int blue = cb - 128;
        int red = cr - 128;
        return packed(
                clamped(y + ((CR_TO_RED * red + HALF) >> SCALE_BITS)),
                clamped(y + ((CB_TO_GREEN * blue + CR_TO_GREEN * red + HALF) >> SCALE_BITS)),
                clamped(y + ((CB_TO_BLUE * blue + HALF) >> SCALE_BITS)));
    }

    /** Stored 255 is no ink. */
    private static int ofInvertedCmyk(int cyan, int magenta, int yellow, int black) {
        return packed(
                black - dividedBy255((255 - cyan) * black),
                black - dividedBy255((255 - magenta) * black),
                black - dividedBy255((255 - yellow) * black));
    }

    private static int dividedBy255(int product) {
        int rounded = product + 128;
        return ((rounded >> 8) + rounded) >> 8;
    }

    private static int clamped(int value) {
        return Math.min(Math.max(value, 0), 255);
    }

    private static int packed(int red, int green, int blue) {
        return 0xff000000 | red << 16 | green << 8 | blue;
    }
}
