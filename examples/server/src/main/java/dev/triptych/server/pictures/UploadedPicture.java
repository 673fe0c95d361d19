package dev.triptych.server.pictures;

import dev.triptych.ImageInput;
import dev.triptych.server.http.HttpFailure;
import java.util.Base64;

/** Pictures that come with a request. */
public final class UploadedPicture {

    private UploadedPicture() {}

    /**
     * The picture in {@code bytes}.
     *
     * @param field the field it came in
     * @throws HttpFailure 400 if it is none, or one of too many pixels
     */
    public static ImageInput of(String field, byte[] bytes) {
        try {
            ImageInput picture = ImageInput.of(bytes);
            PictureStore.checkSize(picture.header());
            return picture;
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badField(field, field + ": " + e.getMessage());
        }
    }

    /**
     * The picture in Base64, with or without {@code data:image/…;base64,} before it. A URL is refused: nothing is ever
     * fetched.
     *
     * @throws HttpFailure 400 if it is none
     */
    public static ImageInput ofBase64(String field, String text) {
        String base64 = text.strip();
        if (base64.startsWith("data:")) {
            base64 = base64.substring(base64.indexOf(',') + 1);
        } else if (base64.startsWith("http:") || base64.startsWith("https:") || base64.startsWith("file:")) {
            throw HttpFailure.badField(
                    field, field + " must be a picture in Base64 but was a URL, which is never fetched");
        }
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badField(field, field + " must be a picture in Base64 but was not");
        }
        return of(field, bytes);
    }
}
