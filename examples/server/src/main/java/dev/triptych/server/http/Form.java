package dev.triptych.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A multipart form. Which parts are pictures follows from their names, since some clients send a picture without a file
 * name and with no type to speak of.
 *
 * @param fields the texts by name; of several with one name the last counts
 * @param pictures the pictures by name, in order; {@code image[]} is {@code image}
 */
public record Form(ObjectNode fields, Map<String, List<byte[]>> pictures) {

    private static final long MAX_TOTAL = 64L << 20;
    private static final int IN_MEMORY = 1 << 20;
    private static final int MAX_PARTS = 64;
    private static final int MAX_FIELD = 64 << 10;

    /** Jetty's name for the settings of a multipart request. */
    private static final String SETTINGS = "org.eclipse.jetty.multipartConfig";

    /** Copies the map. */
    public Form {
        pictures = Map.copyOf(pictures);
    }

    /** Whether {@code context} brings a form. */
    public static boolean isOne(Context context) {
        String type = context.contentType();
        return type != null && Bodies.mediaType(type).equals("multipart/form-data");
    }

    /**
     * The form in the body of {@code context}.
     *
     * @param pictureNames the names of parts that are pictures, without {@code []}
     * @throws HttpFailure 413 if it is too large, 400 if it cannot be read
     */
    public static Form read(Context context, Set<String> pictureNames) {
        if (context.req().getContentLengthLong() > MAX_TOTAL) {
            throw Bodies.refused(context, MAX_TOTAL);
        }
        context.req()
                .setAttribute(
                        SETTINGS,
                        new MultipartConfigElement(
                                System.getProperty("java.io.tmpdir"), MAX_TOTAL, MAX_TOTAL, IN_MEMORY));
        Collection<Part> parts = parts(context);
        try {
            return read(parts, pictureNames);
        } catch (IOException e) {
            throw HttpFailure.badRequest("body must be a whole multipart form but ended early");
        } finally {
            parts.forEach(Form::forget);
        }
    }

    /** Jetty says what is wrong with a form by several kinds of exception. */
    private static Collection<Part> parts(Context context) {
        try {
            Collection<Part> parts = context.req().getParts();
            if (parts.size() > MAX_PARTS) {
                throw HttpFailure.badRequest("form must have at most " + MAX_PARTS + " parts but has more");
            }
            return parts;
        } catch (IOException | ServletException | IllegalStateException e) {
            String why = String.valueOf(e.getMessage()) + " " + e.getCause();
            if (why.contains("exceeded") || why.contains("too large") || why.contains("Request exceeds")) {
                throw Bodies.refused(context, MAX_TOTAL);
            }
            throw HttpFailure.badRequest("body must be a multipart form but could not be read");
        }
    }

    private static Form read(Collection<Part> parts, Set<String> pictureNames) throws IOException {
        ObjectNode fields = Json.object();
        Map<String, List<byte[]>> pictures = new HashMap<>();
        for (Part part : parts) {
            String name = part.getName().endsWith("[]")
                    ? part.getName().substring(0, part.getName().length() - 2)
                    : part.getName();
            try (InputStream in = part.getInputStream()) {
                if (pictureNames.contains(name)) {
                    pictures.computeIfAbsent(name, key -> new ArrayList<>()).add(in.readAllBytes());
                } else if (part.getSize() > MAX_FIELD) {
                    throw HttpFailure.badRequest(
                            "a text of the form must have at most " + MAX_FIELD + " bytes but has " + part.getSize());
                } else {
                    fields.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
        }
        return new Form(fields, pictures);
    }

    private static void forget(Part part) {
        try {
            part.delete();
        } catch (IOException e) {
            System.getLogger(Form.class.getName())
                    .log(System.Logger.Level.WARNING, "an uploaded part could not be deleted", e);
        }
    }
}
