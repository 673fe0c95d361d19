package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * One POST as a server's dialect wrote it. Never printed whole: the headers hold the key, the body the prompt.
 *
 * @param url where it goes
 * @param headers what is said beside the body, in order
 * @param body JSON or a form
 * @param own fields of the body that nobody asked for and that a server may do without
 * @param senders by which setting of the caller's a field came, for an error that is about it
 * @param tag our own name of the work that it asks for, by which the server knows it; {@code ""} = none
 */
record ApiCall(
        HttpUrl url, Map<String, String> headers, Body body, Set<String> own, Map<String, String> senders, String tag) {

    /** Copies the collections. */
    ApiCall {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        own = Set.copyOf(own);
        senders = Map.copyOf(senders);
    }

    /** A call without a tag. */
    ApiCall(HttpUrl url, Map<String, String> headers, Body body, Set<String> own, Map<String, String> senders) {
        this(url, headers, body, own, senders, "");
    }

    /** A call whose every field is asked for. */
    ApiCall(HttpUrl url, Map<String, String> headers, Body body) {
        this(url, headers, body, Set.of(), Map.of());
    }

    /** This call with a tag. */
    ApiCall tagged(String value) {
        return new ApiCall(url, headers, body, own, senders, value);
    }

    /** This call with what is configured for every call to its server. */
    ApiCall with(Map<String, String> moreHeaders, Map<String, String> query) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        moreHeaders.forEach((name, value) -> {
            all.keySet().removeIf(name::equalsIgnoreCase);
            all.put(name, value);
        });
        HttpUrl.Builder address = url.newBuilder();
        query.forEach(address::setQueryParameter);
        return new ApiCall(address.build(), all, body, own, senders, tag);
    }

    /** This call without those of {@code fields} that are {@link #own}. */
    ApiCall without(Set<String> fields) {
        List<String> away = own.stream().filter(fields::contains).toList();
        return away.isEmpty() ? this : new ApiCall(url, headers, body.without(away), own, senders, tag);
    }

    /** The field of {@link #own} that {@code error} is about. */
    Optional<String> ownFieldOf(ErrorBody error) {
        return own.stream().filter(error::isAbout).findFirst();
    }

    /** The setting behind the field that {@code error} is about. */
    Optional<String> senderOf(ErrorBody error) {
        return senders.entrySet().stream()
                .filter(sender -> error.isAbout(sender.getKey()))
                .map(Map.Entry::getValue)
                .sorted()
                .findFirst();
    }

    @Override
    public String toString() {
        return "ApiCall[" + url.host() + url.encodedPath() + "]";
    }

    /** What a call carries. */
    sealed interface Body {
        /** The same without {@code fields}. */
        Body without(List<String> fields);
    }

    /** A JSON document in UTF-8. Compared by identity, and never copied: it may hold pictures of many megabytes. */
    static final class Json implements Body {
        private final byte[] content;

        Json(byte[] content) {
            this.content = content;
        }

        byte[] content() {
            return content;
        }

        @Override
        public Body without(List<String> fields) {
            try {
                JsonNode tree = dev.triptych.openai.Json.MAPPER.readTree(content);
                return new Json(dev.triptych.openai.Json.bytes(((ObjectNode) tree).without(fields)));
            } catch (IOException e) {
                throw new UncheckedIOException("what we wrote ourselves can be read", e);
            }
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

        @Override
        public Body without(List<String> fields) {
            Form rest = new Form();
            parts.stream().filter(part -> !fields.contains(part.name())).forEach(rest.parts::add);
            return rest;
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
