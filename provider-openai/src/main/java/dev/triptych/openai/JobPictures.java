package dev.triptych.openai;

import java.util.Base64;

/** Pictures as servers name them: links, or data URLs where the pictures themselves were asked for. */
final class JobPictures {

    private static final String SCHEME = "data:";

    private JobPictures() {}

    /** The picture at {@code url}. */
    static ImagesAnswer.Item item(String url, ImagesAnswer.Notes notes, JobErrors errors) {
        if (!url.startsWith(SCHEME)) {
            return new ImagesAnswer.Link(url, notes);
        }
        try {
            return new ImagesAnswer.Content(Base64.getMimeDecoder().decode(url.substring(url.indexOf(',') + 1)), notes);
        } catch (IllegalArgumentException e) {
            return new ImagesAnswer.Refused(errors.empty("its data URL is no base64"));
        }
    }
}
