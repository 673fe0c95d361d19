package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * How a camera was held when it took a picture, which viewers obey, and so does diffusers' {@code load_image}: the EXIF
 * tag 0x0112 (Exif 2.32, section 4.6.4) of a JPEG, PNG or WebP, and where there is none the {@code tiff:Orientation} of
 * its XMP packet.
 *
 * @param value 1 = upright, 2 = mirrored, 3 = upside down, 4 = flipped, 5 = transposed, 6 = to be turned clockwise, 7 =
 *     transverse, 8 = to be turned counter-clockwise
 */
public record ExifOrientation(int value) {

    /** Nothing is to be turned. */
    public static final ExifOrientation UPRIGHT = new ExifOrientation(1);

    private static final int APP1 = 0xe1;
    private static final int START_OF_SCAN = 0xda;
    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] XMP = "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);

    private static final int ORIENTATION = 0x0112;
    private static final int ENTRY_BYTES = 12;
    private static final int TYPE_BYTE = 1;
    private static final int TYPE_SHORT = 3;
    private static final int TYPE_LONG = 4;

    private static final Pattern XMP_ORIENTATION = Pattern.compile("tiff:Orientation(?:\\s*=\\s*[\"']|>)\\s*([1-8])");

    /** A packet of XMP is some kilobytes; one that inflates to more is not looked at. */
    private static final int MOST_XMP_BYTES = 1 << 20;

    /**
     * One of the eight.
     *
     * @throws IllegalArgumentException if {@code value} is not 1 to 8
     */
    public ExifOrientation {
        if (value < 1 || value > 8) {
            throw new IllegalArgumentException("orientation must be 1 to 8 but was " + value);
        }
    }

    /** What the encoded picture {@code bytes} says; upright where it says nothing or nonsense. */
    public static ExifOrientation of(byte[] bytes) {
        try {
            Tags tags = switch (ImageHeader.read(bytes).mediaType()) {
                case "image/jpeg" -> ofJpeg(bytes);
                case "image/png" -> ofPng(bytes);
                case "image/webp" -> ofWebp(bytes);
                default -> new Tags();
            };
            return tags.exif.or(() -> tags.xmp).orElse(UPRIGHT);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return UPRIGHT;
        }
    }

    /** What was found so far; the first of a kind counts. */
    private static final class Tags {
        private Optional<ExifOrientation> exif = Optional.empty();
        private Optional<ExifOrientation> xmp = Optional.empty();

        void addTiff(ByteBuffer tiff) {
            if (exif.isEmpty()) {
                exif = inTiff(startsWith(tiff, EXIF) ? rest(tiff, EXIF.length) : tiff);
            }
        }

        void addXmp(ByteBuffer packet) {
            if (xmp.isEmpty()) {
                xmp = inXmp(StandardCharsets.UTF_8.decode(packet).toString());
            }
        }
    }

    /** The segments before the first scan (ITU-T T.81, B.2.1); a damaged one ends the search, not what was found. */
    private static Tags ofJpeg(byte[] jpeg) {
        Tags tags = new Tags();
        ByteBuffer bytes = ByteBuffer.wrap(jpeg).position(2);
        while (bytes.remaining() > 4 && (bytes.get() & 0xff) == 0xff) {
            int marker = bytes.get() & 0xff;
            int length = (bytes.getShort() & 0xffff) - 2;
            if (marker == START_OF_SCAN || length < 0 || length > bytes.remaining()) {
                break;
            }
            ByteBuffer segment = bytes.slice(bytes.position(), length);
            if (marker == APP1 && startsWith(segment, EXIF)) {
                tags.addTiff(segment);
            } else if (marker == APP1 && startsWith(segment, XMP)) {
                tags.addXmp(rest(segment, XMP.length));
            }
            bytes.position(bytes.position() + length);
        }
        return tags;
    }

    /** PNG, third edition: {@code eXIf} (11.3.4.5), which may follow the picture's data, and XMP in {@code iTXt}. */
    private static Tags ofPng(byte[] png) {
        Tags tags = new Tags();
        ByteBuffer bytes = ByteBuffer.wrap(png).position(PngChunk.SIGNATURE.length);
        while (bytes.remaining() >= 12) {
            int length = bytes.getInt();
            int type = bytes.getInt();
            if (length < 0 || length > bytes.remaining() - 4) {
                break;
            }
            ByteBuffer chunk = bytes.slice(bytes.position(), length);
            if (type == fourCharacters("eXIf")) {
                tags.addTiff(chunk);
            } else if (type == fourCharacters("iTXt")) {
                addInternationalText(tags, chunk);
            }
            bytes.position(bytes.position() + length + 4);
        }
        return tags;
    }

    /** Keyword, 0, compression flag and method, language, 0, translated keyword, 0, text (11.3.3.4). */
    private static void addInternationalText(Tags tags, ByteBuffer chunk) {
        byte[] keyword = (XmpPacket.PNG_KEYWORD + "\0").getBytes(StandardCharsets.US_ASCII);
        if (!startsWith(chunk, keyword)) {
            return;
        }
        ByteBuffer text = rest(chunk, keyword.length);
        boolean isCompressed = text.get() == 1;
        text.get();
        for (int zeros = 0; zeros < 2; ) {
            zeros += text.get() == 0 ? 1 : 0;
        }
        tags.addXmp(isCompressed ? inflated(text) : text);
    }

    private static ByteBuffer inflated(ByteBuffer compressed) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(compressed);
            byte[] packet = new byte[MOST_XMP_BYTES];
            return ByteBuffer.wrap(packet, 0, inflater.inflate(packet));
        } catch (DataFormatException e) {
            return ByteBuffer.allocate(0);
        } finally {
            inflater.end();
        }
    }

    /** The chunks EXIF and XMP of the extended format (RFC 9649, section 2.7.1.5). */
    private static Tags ofWebp(byte[] webp) {
        Tags tags = new Tags();
        ByteBuffer bytes = ByteBuffer.wrap(webp).position(12);
        while (bytes.remaining() >= 8) {
            int type = bytes.getInt();
            int length = Integer.reverseBytes(bytes.getInt());
            if (length < 0 || length > bytes.remaining()) {
                break;
            }
            ByteBuffer chunk = bytes.slice(bytes.position(), length);
            if (type == fourCharacters("EXIF")) {
                tags.addTiff(chunk);
            } else if (type == fourCharacters("XMP ")) {
                tags.addXmp(chunk);
            }
            bytes.position(Math.min(bytes.limit(), bytes.position() + length + (length & 1)));
        }
        return tags;
    }

    private static int fourCharacters(String type) {
        return ByteBuffer.wrap(type.getBytes(StandardCharsets.US_ASCII)).getInt();
    }

    private static boolean startsWith(ByteBuffer bytes, byte[] prefix) {
        return bytes.remaining() >= prefix.length
                && bytes.slice(bytes.position(), prefix.length).equals(ByteBuffer.wrap(prefix));
    }

    private static ByteBuffer rest(ByteBuffer bytes, int from) {
        return bytes.slice(from, bytes.limit() - from);
    }

    /** The entry in the first directory of the TIFF structure (TIFF 6.0, section 2). */
    private static Optional<ExifOrientation> inTiff(ByteBuffer tiff) {
        try {
            tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int directory = tiff.getInt(4);
            int entries = tiff.getShort(directory) & 0xffff;
            for (int i = 0; i < entries; i++) {
                int entry = directory + 2 + i * ENTRY_BYTES;
                if ((tiff.getShort(entry) & 0xffff) == ORIENTATION) {
                    return ofValue(valueOf(tiff, entry));
                }
            }
        } catch (IndexOutOfBoundsException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The standard wants a SHORT; what others write is read as well. */
    private static int valueOf(ByteBuffer tiff, int entry) {
        return switch (tiff.getShort(entry + 2)) {
            case TYPE_BYTE -> tiff.get(entry + 8);
            case TYPE_SHORT -> tiff.getShort(entry + 8);
            case TYPE_LONG -> tiff.getInt(entry + 8);
            default -> 0;
        };
    }

    private static Optional<ExifOrientation> inXmp(String packet) {
        Matcher matcher = XMP_ORIENTATION.matcher(packet);
        return matcher.find() ? ofValue(Integer.parseInt(matcher.group(1))) : Optional.empty();
    }

    private static Optional<ExifOrientation> ofValue(int value) {
        return value >= 1 && value <= 8 ? Optional.of(new ExifOrientation(value)) : Optional.empty();
    }

    /** Whether width and height change places when the picture is turned. */
    public boolean swapsSides() {
        return value >= 5;
    }

    /** The header of the picture as it is to be seen: of an upright phone photo the narrow edge is its width. */
    public ImageHeader applyTo(ImageHeader stored) {
        return swapsSides()
                ? new ImageHeader(stored.mediaType(), /* width= */ stored.height(), /* height= */ stored.width())
                : stored;
    }

    /** The picture as it is to be seen; the same one where nothing is to be turned. */
    BufferedImage applyTo(BufferedImage stored) {
        if (value == 1) {
            return stored;
        }
        int storedWidth = stored.getWidth();
        int storedHeight = stored.getHeight();
        int width = swapsSides() ? storedHeight : storedWidth;
        int height = swapsSides() ? storedWidth : storedHeight;
        int[] from = ArgbImage.pixels(stored);
        BufferedImage upright =
                ArgbImage.create(width, height, stored.getColorModel().hasAlpha());
        int[] to = ArgbImage.pixels(upright);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = swapsSides() ? y : x;
                int row = swapsSides() ? x : y;
                if (value == 2 || value == 3 || value == 7 || value == 8) {
                    column = storedWidth - 1 - column;
                }
                if (value == 3 || value == 4 || value == 6 || value == 7) {
                    row = storedHeight - 1 - row;
                }
                to[y * width + x] = from[row * storedWidth + column];
            }
        }
        return upright;
    }
}
