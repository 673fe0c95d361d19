package dev.triptych.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The comparison as one HTML file that needs nothing else: table, pictures with zoom, blind vote, likeness. It works
 * from a {@code file:} URL, and its content security policy forbids every network request.
 *
 * <p>The page is put together from {@code report/}: a template, one style sheet, and scripts in the order below. What
 * is shown travels as JSON in a script element that no browser runs; the scripts build the page from it with DOM calls,
 * so no prompt is ever read as HTML.
 */
public final class HtmlReport {

    private static final List<String> SCRIPTS = List.of(
            "dom.js", "table.js", "gallery.js", "zoom.js", "bradley-terry.js", "vote.js", "controls.js", "main.js");

    /** A place of the template that takes one part. What a part holds is not looked at again. */
    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");

    private HtmlReport() {}

    /**
     * Writes the page of {@code comparison} to {@code file}, whole or not at all.
     *
     * @throws IOException if a picture cannot be read or the page not be written
     */
    public static void write(Comparison comparison, Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path aside = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            Files.writeString(aside, page(comparison));
            Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    static String page(Comparison comparison) throws IOException {
        StringBuilder script = new StringBuilder("\"use strict\";\n");
        for (String name : SCRIPTS) {
            script.append(resource(name)).append('\n');
        }
        String style = resource("report.css");
        Map<String, String> parts = Map.of(
                "title", escapeHtml(comparison.title()),
                "style-hash", hash(style),
                "script-hash", hash(script.toString()),
                "style", style,
                "script", script.toString(),
                "json", escapeJson(CellJson.text(new ReportJson(comparison).tree())));
        return PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(Objects.requireNonNull(parts.get(place.group(1)))));
    }

    /**
     * JSON that can stand in a script element: nothing in it ends the element or begins a comment (HTML standard,
     * 4.12.1.3). Inside JSON these characters occur in texts alone, where their escapes mean the same.
     */
    static String escapeJson(String json) {
        return json.replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    static String escapeHtml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = HtmlReport.class.getResourceAsStream("report/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("the class path must hold dev/triptych/compare/report/" + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        }
    }

    /** A source expression of the content security policy: only this text may run. */
    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
