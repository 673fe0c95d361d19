package dev.triptych.server;

import dev.triptych.server.http.HttpFailure;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** The studio's own files, out of the jar. */
final class StudioPage {

    private static final String FOLDER = "page/";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*\\.(html|css|js|svg|jpg)");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "jpg", "image/jpeg");

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();

    void addTo(RoutesConfig routes) {
        routes.get("/", context -> answer(context, "index.html"));
        routes.get("/studio/{file}", context -> answer(context, context.pathParam("file")));
        routes.get("/favicon.ico", context -> answer(context, "icon.svg"));
    }

    private void answer(Context context, String name) {
        byte[] bytes = files.computeIfAbsent(name, StudioPage::read);
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, bytes.length);
        String tag = '"' + HexFormat.of().toHexDigits(sum.getValue(), 8) + '"';
        context.header("Cache-Control", "no-cache").header("ETag", tag);
        if (tag.equals(context.header("If-None-Match"))) {
            context.status(304);
            return;
        }
        context.contentType(TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream"))
                .result(bytes);
    }

    private static byte[] read(String name) {
        if (!NAME.matcher(name).matches()) {
            throw HttpFailure.notFound("file");
        }
        try (InputStream in = StudioPage.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw HttpFailure.notFound("file");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the jar can always be read", e);
        }
    }
}
