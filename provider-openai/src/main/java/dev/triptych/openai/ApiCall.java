package dev.triptych.openai;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One POST as a server's dialect wrote it. Never printed whole: the headers hold the key, the body the prompt.
 *
 * @param url where it goes
 * @param headers what is said beside the body, in order
 * @param body JSON or a form
 */
record ApiCall(URI url, Map<String, String> headers, Body body) {

    /** Copies the map. */
    ApiCall {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    @Override
    public String toString() {
        return "ApiCall[" + url.getHost() + url.getPath() + "]";
    }

    /** What a call carries. */
    sealed interface Body {}

    /** A JSON document in UTF-8. Compared by identity, and never copied: it may hold pictures of many megabytes. */
    static final class Json implements Body {
        private final byte[] content;

        Json(byte[] content) {
            this.content = content;
        }

        byte[] content() {
            return content;
        }
    }

    /** A {@code multipart/form-data} body. */
    static final class Form implements Body {
        private final List<Part> parts = new ArrayList<>();

        /** Adds a text field. */
        Form text(String name, String value) {
            parts.add(new Part(name, null, null, value.getBytes(StandardCharsets.UTF_8)));
            return this;
        }

        /** Adds a file. */
        Form file(String name, String fileName, String mediaType, byte[] content) {
            parts.add(new Part(name, fileName, mediaType, content));
            return this;
        }

        List<Part> parts() {
            return Collections.unmodifiableList(parts);
        }
    }

    /** One field of a form; a file has a file name and a media type, a text has neither. */
    static final class Part {
        private final String name;
        private final @Nullable String fileName;
        private final @Nullable String mediaType;
        private final byte[] content;

        Part(String name, @Nullable String fileName, @Nullable String mediaType, byte[] content) {
            this.name = name;
            this.fileName = fileName;
            this.mediaType = mediaType;
            this.content = content;
        }

        String name() {
            return name;
        }

        @Nullable
        String fileName() {
            return fileName;
        }

        @Nullable
        String mediaType() {
            return mediaType;
        }

        byte[] content() {
            return content;
        }
    }
}
