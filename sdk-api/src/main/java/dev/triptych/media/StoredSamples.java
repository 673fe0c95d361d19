package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.w3c.dom.Element;

/**
 * Reads pictures with ImageIO but takes the samples as they are stored. ImageIO's own way to sRGB takes grey for linear
 * light, which lightens it, follows embedded profiles, and knows no CMYK.
 */
final class StoredSamples {

    private StoredSamples() {}

    /**
     * The picture, packed and not yet turned.
     *
     * @throws UnreadablePictureException if no reader for it is there
     * @throws IllegalArgumentException if it is damaged
     */
    static BufferedImage read(byte[] bytes, ImageHeader header) {
        ImageReader reader = reader(header);
        try (ImageInputStream input = new EndingStream(bytes)) {
            boolean[] endedEarly = new boolean[1];
            reader.setInput(input, true, !header.mediaType().equals("image/gif"));
            // The JPEG reader fills up with grey what is missing, and only warns.
            reader.addIIOReadWarningListener((source, warning) -> endedEarly[0] |= warning.contains("premature end"));
            BufferedImage image = switch (header.mediaType()) {
                case "image/jpeg" -> ofComponents(reader.readRaster(0, null), JpegColour.of(bytes));
                case "image/gif" -> onScreen(reader, header);
                default -> ofImage(reader.read(0));
            };
            if (endedEarly[0]) {
                throw new IIOException("the file ends early");
            }
            return image;
        } catch (IOException | RuntimeException e) {
            // ImageIO's readers throw all kinds of unchecked exceptions where a picture contradicts itself.
            throw new IllegalArgumentException(
                    "picture must be whole but its data are damaged: " + header + ": " + e.getMessage(), e);
        } finally {
            reader.dispose();
        }
    }

    /** The Java runtime's own reader where it has one, so that plug-ins of an application change no pixel. */
    private static ImageReader reader(ImageHeader header) {
        List<ImageReader> readers = new ArrayList<>();
        Iterator<ImageReader> found = ImageIO.getImageReadersByMIMEType(header.mediaType());
        found.forEachRemaining(readers::add);
        return readers.stream()
                .filter(reader -> reader.getClass().getName().startsWith("com.sun.imageio."))
                .findFirst()
                .or(() -> readers.stream().findFirst())
                .orElseThrow(() -> new UnreadablePictureException("picture must be PNG, JPEG, GIF or BMP but was "
                        + header.mediaType() + ", for which no ImageIO plug-in is on the class path; "
                        + "com.twelvemonkeys.imageio:imageio-webp adds WebP"));
    }

    private static BufferedImage ofComponents(Raster components, JpegColour colour) {
        BufferedImage image = ArgbImage.create(components.getWidth(), components.getHeight(), false);
        colour.convert(components, ArgbImage.pixels(image));
        return image;
    }

    /**
     * The first frame of a GIF in its place on the screen. What it leaves free has the transparent colour, or else the
     * first of the palette, as Pillow fills it.
     */
    private static BufferedImage onScreen(ImageReader reader, ImageHeader header) throws IOException {
        Element frame = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_gif_image_1.0");
        Element place = (Element) frame.getElementsByTagName("ImageDescriptor").item(0);
        BufferedImage stored = reader.read(0);
        BufferedImage packed = ofImage(stored);
        if (stored.getWidth() == header.width() && stored.getHeight() == header.height()) {
            return packed;
        }
        IndexColorModel palette = (IndexColorModel) stored.getColorModel();
        BufferedImage screen = ArgbImage.create(header.width(), header.height(), palette.hasAlpha());
        Arrays.fill(ArgbImage.pixels(screen), palette.getRGB(Math.max(palette.getTransparentPixel(), 0)));
        int left = Integer.parseInt(place.getAttribute("imageLeftPosition"));
        int top = Integer.parseInt(place.getAttribute("imageTopPosition"));
        int width = Math.min(packed.getWidth(), header.width() - left);
        for (int y = 0; y < Math.min(packed.getHeight(), header.height() - top); y++) {
            System.arraycopy(
                    ArgbImage.pixels(packed),
                    y * packed.getWidth(),
                    ArgbImage.pixels(screen),
                    (top + y) * header.width() + left,
                    width);
        }
        return screen;
    }

    private static BufferedImage ofImage(BufferedImage stored) {
        ColorModel model = stored.getColorModel();
        int width = stored.getWidth();
        BufferedImage image = ArgbImage.create(width, stored.getHeight(), model.hasAlpha());
        int[] argb = ArgbImage.pixels(image);
        // Palette entries and packed pixels are what they stand for.
        boolean asTheyStand = model instanceof IndexColorModel || model instanceof DirectColorModel;
        for (int y = 0; y < stored.getHeight(); y++) {
            if (asTheyStand) {
                stored.getRGB(0, y, width, 1, argb, y * width, width);
            } else {
                copyRow(stored, y, argb);
            }
        }
        return image;
    }

    /** One to four bands: grey or colour, each with alpha or without; of 16 bits the upper 8. */
    private static void copyRow(BufferedImage stored, int y, int[] argb) {
        Raster raster = stored.getRaster();
        int bands = raster.getNumBands();
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        boolean hasAlpha = stored.getColorModel().hasAlpha();
        int shift = Math.max(stored.getColorModel().getComponentSize(0) - 8, 0);
        int[] samples = raster.getPixels(raster.getMinX(), raster.getMinY() + y, stored.getWidth(), 1, (int[]) null);
        int to = y * stored.getWidth();
        for (int at = 0; at < samples.length; at += bands) {
            int alpha = hasAlpha ? samples[at + bands - 1] >> shift : 0xff;
            argb[to++] = alpha << 24
                    | samples[at] >> shift << 16
                    | samples[at + green] >> shift << 8
                    | samples[at + blue] >> shift;
        }
    }

    /**
     * The bytes of a picture, which end once and for all: some readers take each read beyond the end for a zero, and so
     * would paint a truncated picture to its last pixel, however large its header says it is.
     */
    private static final class EndingStream extends MemoryCacheImageInputStream {

        /** Readers look ahead by a few bytes. */
        private static final int MOST_READS_BEYOND = 64;

        private int readsBeyond;

        EndingStream(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public int read() throws IOException {
            return checked(super.read());
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return checked(super.read(to, offset, length));
        }

        private int checked(int read) throws IOException {
            if (read < 0 && ++readsBeyond > MOST_READS_BEYOND) {
                throw new IIOException("the file ends early");
            }
            return read;
        }
    }
}
