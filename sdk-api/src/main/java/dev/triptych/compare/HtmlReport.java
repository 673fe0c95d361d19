package dev.triptych.compare;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.internal.Sha256;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

    private static final String JSON_PLACE = "{{json}}";

    /** Writes ASCII alone, and goes on writing to a writer that holds the page. */
    private static final JsonMapper JSON = JsonMapper.builder(new JsonFactoryBuilder()
                    .characterEscapes(new ScriptEscapes())
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                    .build())
            .build();

    /** A place of the template that takes one part. What a part holds is not looked at again. */
    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");

    private HtmlReport() {}

    /**
     * Writes the page of {@code comparison} to {@code file}, whole or not at all.
     *
     * @throws IOException if a picture cannot be read or the page not be written
     */
    public static void write(Comparison comparison, Path file) throws IOException {
        DurableFiles.replaceBeside(file, aside -> {
            try (Writer page = Files.newBufferedWriter(aside)) {
                write(comparison, page);
            }
        });
    }

    private static void write(Comparison comparison, Writer page) throws IOException {
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
                "script", script.toString());
        String template = resource("report.html");
        int at = template.indexOf(JSON_PLACE);
        page.write(filled(template.substring(0, at), parts));
        JSON.writeValue(page, new ReportJson(comparison).tree());
        page.write(filled(template.substring(at + JSON_PLACE.length()), parts));
    }

    private static String filled(String template, Map<String, String> parts) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(Objects.requireNonNull(parts.get(place.group(1)))));
    }

    /**
     * Escapes that let JSON stand in a script element: nothing in it ends the element or begins a comment (HTML
     * standard, 4.12.1.3). In JSON these characters occur in texts alone, where their escapes mean the same.
     */
    private static final class ScriptEscapes extends CharacterEscapes {
        private final int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();

        ScriptEscapes() {
            for (char character : new char[] {'<', '>', '&'}) {
                codes[character] = CharacterEscapes.ESCAPE_STANDARD;
            }
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return codes.clone();
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return null;
        }
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
        byte[] digest = Sha256.of(text.getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }
}
