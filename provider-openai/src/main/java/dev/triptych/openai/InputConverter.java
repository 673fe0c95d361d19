package dev.triptych.openai;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.media.ExifOrientation;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.ImageMask;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Turns a request's input pictures and mask into files that the server takes. Each change is a warning, but for the
 * mask's polarity, which is a matter of spelling: ours repaints what is white (or opaque), the API what is transparent.
 */
final class InputConverter {

    /** Refuses to decode what is larger: 100 million pixels are 400 MB. */
    private static final long MAX_PIXELS = 100_000_000;

    /** Both as the reader holds it and as pixels of 4 bytes. */
    private static final long MAX_BYTES = 12 * MAX_PIXELS;

    private static final int MAX_SHRINKS = 8;

    private static final Color TRANSPARENT = new Color(0, true);

    /** What a mask's added edges say in the API's polarity. */
    private static final Color KEPT = Color.BLACK;

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

    /** The files of {@code request}, those to start from first: a mask lies on the first. */
    Converted convert(ImageRequest request) {
        List<Picture> images = new ArrayList<>();
        for (InputRole role : InputRole.values()) {
            for (ImageInput input : request.inputs(role)) {
                images.add(image(input, "inputs[" + request.inputs().indexOf(input) + "]"));
            }
        }
        Optional<Picture> mask =
                request.mask().map(ours -> mask(ours, images.get(0).header()));
        return new Converted(images, mask);
    }

    private Picture image(ImageInput input, String field) {
        ImageHeader header = input.header();
        byte[] bytes = input.bytes();
        ExifOrientation orientation = ExifOrientation.of(bytes);
        boolean right = rules.mediaTypes().contains(header.mediaType())
                && orientation.equals(ExifOrientation.UPRIGHT)
                && (!rules.square() || header.width() == header.height());
        if (right && bytes.length <= rules.maxBytes()) {
            return new Picture(bytes, header);
        }
        BufferedImage decoded = decode(input, field);
        if (!orientation.equals(ExifOrientation.UPRIGHT)) {
            differences.notice(
                    field,
                    field + " was turned upright as its EXIF orientation " + orientation.value()
                            + " says, since servers differ in reading that");
        }
        if (!rules.mediaTypes().contains(header.mediaType())) {
            differences.adapted(
                    field,
                    field + " must be one of "
                            + rules.mediaTypes().stream().sorted().toList() + " but was " + header.mediaType()
                            + "; it was converted to image/png");
        }
        if (rules.square() && decoded.getWidth() != decoded.getHeight()) {
            differences.adapted(
                    field,
                    field + " must be square but was " + decoded.getWidth() + "x" + decoded.getHeight()
                            + "; transparent edges were added");
            decoded = squared(decoded, TRANSPARENT);
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

    /** The mask in the API's polarity, as {@link ImageMask} understands it, and the size of the first picture. */
    private Picture mask(ImageInput ours, ImageHeader first) {
        BufferedImage theirs = readable(ours, "mask", ImageMask::decode).toTransparency();
        if (rules.square()) {
            theirs = squared(theirs, KEPT);
        }
        if (theirs.getWidth() != first.width() || theirs.getHeight() != first.height()) {
            differences.adapted(
                    "mask",
                    "mask must be " + first.width() + "x" + first.height() + " as the input but was "
                            + theirs.getWidth() + "x" + theirs.getHeight() + "; it was scaled");
            theirs = scaled(theirs, first.width(), first.height(), RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        }
        byte[] png = png(theirs);
        if (png.length > rules.maskMaxBytes()) {
            throw differences.unsupported(
                    "mask must be at most " + rules.maskMaxBytes() + " bytes but was " + png.length);
        }
        return new Picture(png, ImageHeader.read(png));
    }

    /** In the middle of a square whose added edges are of one {@code colour}. */
    private static BufferedImage squared(BufferedImage picture, Color colour) {
        int edge = Math.max(picture.getWidth(), picture.getHeight());
        BufferedImage square = new BufferedImage(edge, edge, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = square.createGraphics();
        graphics.setComposite(AlphaComposite.Src);
        graphics.setColor(colour);
        graphics.fillRect(0, 0, edge, edge);
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
        return readable(input, field, bytes -> ImageDecoder.decode(bytes, MAX_BYTES));
    }

    /** What {@code decoder} makes of {@code input}, or an error that names the field. */
    private <T> T readable(ImageInput input, String field, Function<byte[], T> decoder) {
        try {
            return decoder.apply(input.bytes());
        } catch (IllegalArgumentException e) {
            throw (RuntimeException) differences
                    .unsupported(field + " must be a readable picture but was not: " + e.getMessage())
                    .initCause(e);
        }
    }

    /** With an alpha channel, as the API's older models demand. */
    private static byte[] png(BufferedImage picture) {
        return ImageDecoder.encodePng(
                picture.getType() == BufferedImage.TYPE_INT_ARGB
                        ? picture
                        : scaled(
                                picture,
                                picture.getWidth(),
                                picture.getHeight(),
                                RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR));
    }
}
