package dev.triptych.openai;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.media.ImageHeader;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * Turns a request's input pictures and mask into files that the server takes. Each change is a warning, but for the
 * mask's polarity, which is a matter of spelling: ours repaints what is white (or opaque), the API what is transparent.
 */
final class InputConverter {

    /** Refuses to decode what is larger: 100 million pixels are 400 MB. */
    private static final long MAX_PIXELS = 100_000_000;

    private static final int MAX_SHRINKS = 8;

    private final InputRules rules;
    private final Differences differences;

    InputConverter(InputRules rules, Differences differences) {
        this.rules = rules;
        this.differences = differences;
    }

    /** A file ready to be sent. */
    static final class Picture {
        private final byte[] bytes;
        private final ImageHeader header;

        Picture(byte[] bytes, ImageHeader header) {
            this.bytes = bytes;
            this.header = header;
        }

        byte[] bytes() {
            return bytes;
        }

        ImageHeader header() {
            return header;
        }

        String mediaType() {
            return header.mediaType();
        }

        String fileExtension() {
            return header.fileExtension();
        }

        String base64() {
            return Base64.getEncoder().encodeToString(bytes);
        }

        String dataUrl() {
            return "data:" + mediaType() + ";base64," + base64();
        }

        @Override
        public String toString() {
            return "Picture[" + header + "]";
        }
    }

    /** The files of one request. */
    record Converted(List<Picture> images, Optional<Picture> mask) {
        /** Copies the list. */
        Converted {
            images = List.copyOf(images);
        }
    }

    /** The files of {@code request}. */
    Converted convert(ImageRequest request) {
        List<Picture> images = new ArrayList<>();
        for (ImageInput input : request.inputs()) {
            images.add(image(input, "inputs[" + images.size() + "]"));
        }
        Optional<Picture> mask = request.mask().map(ours -> {
            BufferedImage decoded = decode(ours, "mask");
            boolean square = rules.square();
            return mask(
                    square ? squared(decoded, "mask") : decoded, images.get(0).header());
        });
        return new Converted(images, mask);
    }

    private Picture image(ImageInput input, String field) {
        ImageHeader header = input.header();
        boolean right = rules.mediaTypes().contains(header.mediaType())
                && (!rules.square() || header.width() == header.height());
        byte[] bytes = input.bytes();
        if (right && bytes.length <= rules.maxBytes()) {
            return new Picture(bytes, header);
        }
        BufferedImage decoded = decode(input, field);
        if (!rules.mediaTypes().contains(header.mediaType())) {
            differences.adapted(
                    field,
                    field + " must be one of "
                            + rules.mediaTypes().stream().sorted().toList() + " but was " + header.mediaType()
                            + "; it was converted to image/png");
        }
        if (rules.square() && header.width() != header.height()) {
            decoded = squared(decoded, field);
            differences.adapted(
                    field,
                    field + " must be square but was " + header.width() + "x" + header.height()
                            + "; transparent edges were added");
        }
        return shrunk(decoded, field);
    }

    /** As PNG, scaled down until the file is small enough. */
    private Picture shrunk(BufferedImage picture, String field) {
        BufferedImage current = picture;
        for (int i = 0; i <= MAX_SHRINKS; i++) {
            byte[] png = png(current);
            if (png.length <= rules.maxBytes()) {
                noteShrink(picture, current, field);
                return new Picture(png, ImageHeader.read(png));
            }
            double factor = 0.9 * Math.sqrt((double) rules.maxBytes() / png.length);
            current = scaled(
                    current,
                    Math.max(1, (int) (current.getWidth() * factor)),
                    Math.max(1, (int) (current.getHeight() * factor)),
                    RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        }
        throw differences.unsupported(field + " must be at most " + rules.maxBytes() + " bytes but cannot be made so");
    }

    private void noteShrink(BufferedImage from, BufferedImage to, String field) {
        if (from != to) {
            differences.adapted(
                    field,
                    field + " must be at most " + rules.maxBytes() + " bytes; it was scaled from "
                            + new ImageSize(from.getWidth(), from.getHeight()) + " to "
                            + new ImageSize(to.getWidth(), to.getHeight()));
        }
    }

    /** The mask in the API's polarity and the size of the first picture. */
    private Picture mask(BufferedImage ours, ImageHeader first) {
        BufferedImage fitted = ours;
        if (ours.getWidth() != first.width() || ours.getHeight() != first.height()) {
            differences.adapted(
                    "mask",
                    "mask must be " + first.width() + "x" + first.height() + " as the input but was " + ours.getWidth()
                            + "x" + ours.getHeight() + "; it was scaled");
            fitted = scaled(ours, first.width(), first.height(), RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        }
        byte[] png = png(inverted(fitted));
        if (png.length > rules.maskMaxBytes()) {
            throw differences.unsupported(
                    "mask must be at most " + rules.maskMaxBytes() + " bytes but was " + png.length);
        }
        return new Picture(png, ImageHeader.read(png));
    }

    /**
     * White (or, in a mask with transparency, opaque) becomes transparent, everything else opaque black. There is no
     * halfway: the API repaints what is fully transparent alone, so the threshold is one half.
     */
    private static BufferedImage inverted(BufferedImage ours) {
        boolean byAlpha = hasTransparency(ours);
        BufferedImage theirs = new BufferedImage(ours.getWidth(), ours.getHeight(), BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < ours.getHeight(); y++) {
            for (int x = 0; x < ours.getWidth(); x++) {
                int pixel = ours.getRGB(x, y);
                int repaint = byAlpha ? pixel >>> 24 : luma(pixel);
                theirs.setRGB(x, y, repaint >= 128 ? 0x00000000 : 0xff000000);
            }
        }
        return theirs;
    }

    private static boolean hasTransparency(BufferedImage picture) {
        if (!picture.getColorModel().hasAlpha()) {
            return false;
        }
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                if (picture.getRGB(x, y) >>> 24 != 0xff) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Brightness, 0 to 255 (ITU-R BT.601). */
    private static int luma(int pixel) {
        return (299 * (pixel >> 16 & 0xff) + 587 * (pixel >> 8 & 0xff) + 114 * (pixel & 0xff)) / 1000;
    }

    /** In the middle of a transparent square; for a mask that means: added edges are kept as they are. */
    private static BufferedImage squared(BufferedImage picture, String field) {
        int edge = Math.max(picture.getWidth(), picture.getHeight());
        boolean opaqueMask = field.equals("mask") && !hasTransparency(picture);
        BufferedImage square =
                new BufferedImage(edge, edge, opaqueMask ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = square.createGraphics();
        graphics.drawImage(picture, (edge - picture.getWidth()) / 2, (edge - picture.getHeight()) / 2, null);
        graphics.dispose();
        return square;
    }

    private static BufferedImage scaled(BufferedImage picture, int width, int height, Object interpolation) {
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, interpolation);
        graphics.drawImage(picture, 0, 0, width, height, null);
        graphics.dispose();
        return scaled;
    }

    private BufferedImage decode(ImageInput input, String field) {
        ImageHeader header = input.header();
        if (header.pixels() > MAX_PIXELS) {
            throw differences.unsupported(field + " must have at most " + MAX_PIXELS + " pixels but was "
                    + header.width() + "x" + header.height());
        }
        try {
            BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(input.bytes()));
            if (decoded != null) {
                return decoded;
            }
        } catch (IOException | RuntimeException e) {
            throw (RuntimeException) differences
                    .unsupported(field + " must be a readable picture but " + header + " could not be decoded")
                    .initCause(e);
        }
        throw differences.unsupported(
                field + " must be of a format that this Java runtime reads but was " + header.mediaType());
    }

    /** With an alpha channel, as the API's older models demand. */
    private static byte[] png(BufferedImage picture) {
        BufferedImage argb = picture.getType() == BufferedImage.TYPE_INT_ARGB
                ? picture
                : scaled(
                        picture,
                        picture.getWidth(),
                        picture.getHeight(),
                        RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(argb, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return out.toByteArray();
    }
}
