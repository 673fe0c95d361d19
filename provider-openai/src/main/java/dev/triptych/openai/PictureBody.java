package dev.triptych.openai;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;

/** Reads a picture while it arrives, as plain bytes or as base64 within JSON, up to a limit. */
final class PictureBody {

    /** The usual alphabet; padding may be left out. */
    private static final Base64Variant BASE64 =
            Base64Variants.MIME_NO_LINEFEEDS.withReadPadding(Base64Variant.PaddingReadBehaviour.PADDING_ALLOWED);

    private PictureBody() {}

    /** Whether the answer is a picture itself by its media type. */
    static boolean isPicture(ApiAnswer answer) {
        return answer.mediaType().startsWith("image/") || answer.mediaType().equals("application/octet-stream");
    }

    /** The whole of {@code body}, or an error as soon as it passes {@code limit}. */
    static byte[] bytes(InputStream body, long limit) throws IOException {
        ByteChunks chunks = new ByteChunks(limit);
        body.transferTo(chunks);
        return chunks.toByteArray();
    }

    /** Decodes the text value that {@code json} stands at into {@code chunks}, without it ever being a text. */
    static void base64(JsonParser json, ByteChunks chunks) throws IOException {
        try {
            json.readBinaryValue(BASE64, chunks);
        } catch (IllegalArgumentException e) {
            throw new UnusablePictureException("picture must be base64 but was malformed", e);
        }
    }

    /** The same, as one array, or an error as soon as it passes {@code limit}. */
    static byte[] base64(JsonParser json, long limit) throws IOException {
        ByteChunks chunks = new ByteChunks(limit);
        base64(json, chunks);
        return chunks.toByteArray();
    }
}
