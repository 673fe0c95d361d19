package dev.triptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Bodies of requests, read up to a bound whatever their header says, and of answers. */
public final class Bodies {

    /** The most that JSON with pictures in Base64 may hold: 32 MiB. */
    public static final int JSON_WITH_PICTURES = 32 << 20;

    /**
     * The most that JSON without pictures may hold: 64 KiB, room for a prompt of ten thousand characters in any script.
     */
    public static final int JSON = 64 << 10;

    /** The most that one picture may hold: 32 MiB. */
    public static final int PICTURE = 32 << 20;

    /** The longest body that is read whole though it is refused, so that its sender hears why: 128 MiB. */
    private static final long READ_ON = 128L << 20;

    private static final Logger LOG = Logger.getLogger(Bodies.class.getName());

    private Bodies() {}

    /**
     * The object in the body of {@code context}.
     *
     * @param limit the most bytes it may hold
     * @throws HttpFailure 415 if it is not called JSON, 413 if it is longer, 400 if it is no object
     */
    public static ObjectNode json(Context context, int limit) {
        requireJson(context);
        return Json.parseObject(bytes(context, limit));
    }

    /** The tree in the body of {@code context}; as {@link #json} but for any kind of it. */
    public static JsonNode tree(Context context, int limit) {
        requireJson(context);
        return Json.parse(bytes(context, limit));
    }

    private static void requireJson(Context context) {
        String type = Objects.requireNonNullElse(context.contentType(), "");
        if (!mediaType(type).equals("application/json")) {
            throw new HttpFailure(
                    415, "unsupported_media_type", "content-type must be application/json but was something else");
        }
    }

    /** {@code type} without its parameters, in lower case. */
    public static String mediaType(String type) {
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    /**
     * The body of {@code context}.
     *
     * @throws HttpFailure 413 if it is longer than {@code limit} bytes
     */
    public static byte[] bytes(Context context, int limit) {
        if (context.req().getContentLengthLong() > limit) {
            throw refused(context, limit);
        }
        try (InputStream in = context.req().getInputStream()) {
            byte[] read = in.readNBytes(limit + 1);
            if (read.length > limit) {
                throw refused(context, limit);
            }
            return read;
        } catch (IOException e) {
            throw HttpFailure.badRequest("body must be whole but ended early");
        }
    }

    /**
     * The failure of a body of more than {@code limit} bytes. Where the header says that it ends, the rest is read
     * first: many clients listen only when all is sent, and if the server hangs up before, they hear of a broken
     * connection instead of this answer. A body that tells no end, or a huge one, is cut off.
     */
    static HttpFailure refused(Context context, long limit) {
        long length = context.req().getContentLengthLong();
        if (length >= 0 && length <= READ_ON) {
            try {
                context.req().getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                LOG.log(Level.FINE, "a client hung up while its body was refused", e);
            }
        }
        return new HttpFailure(413, "too_large", "body must have at most " + limit + " bytes but has more");
    }

    /** Answers with {@code tree}. */
    public static void answer(Context context, int status, JsonNode tree) {
        context.status(status).contentType("application/json").result(Json.bytes(tree));
    }
}
