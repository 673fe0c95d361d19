package dev.triptych.compare;

import dev.triptych.ImageRequest;
import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/** A picture with everything a scorer may want to know of it. Decodes once, on first use. Thread-safe. */
public final class Sample {

    private final ImageRequest request;
    private final Column column;
    private final CellPicture picture;
    private final CellMaking making;
    private final byte[] bytes;
    private @Nullable BufferedImage pixels;

    Sample(ImageRequest request, Column column, CellPicture picture, CellMaking making, byte[] bytes) {
        this.request = request;
        this.column = column;
        this.picture = picture;
        this.making = making;
        this.bytes = bytes;
    }

    /** What was asked. */
    public ImageRequest request() {
        return request;
    }

    /** Who was asked. */
    public Column column() {
        return column;
    }

    /** The picture's file, format and size. */
    public CellPicture picture() {
        return picture;
    }

    /** How the picture came about. */
    public CellMaking making() {
        return making;
    }

    /** A copy of the encoded picture. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * The decoded picture in sRGB, not to be written to.
     *
     * @throws IllegalArgumentException if it is too large, damaged or of a format that cannot be decoded here
     */
    public synchronized BufferedImage pixels() {
        if (pixels == null) {
            pixels = ImageDecoder.decode(bytes);
        }
        return pixels;
    }
}
