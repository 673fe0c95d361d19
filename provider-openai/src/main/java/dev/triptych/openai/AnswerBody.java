package dev.triptych.openai;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A body, and what its first bytes say that it is: servers and gateways send JSON as {@code text/html} and pictures as
 * {@code application/json}.
 *
 * @param kind what it is
 * @param bytes the body after white space and byte order mark
 * @param charset the encoding of its texts
 */
record AnswerBody(Kind kind, InputStream bytes, Charset charset) {

    /** What a body is. */
    enum Kind {
        /** An object, a list or a text of JSON. */
        JSON,
        /** Server-sent events. */
        EVENTS,
        /** The bytes of a picture. */
        PICTURE,
        /** One bare text: base64 of a picture, a data URL, or a link. */
        TEXT,
        /** A page, or whatever else. */
        OTHER,
        /** Nothing. */
        EMPTY
    }

    private static final int PEEK = 64;
    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\\s;\"]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern EVENT_FIELD = Pattern.compile("(?:data|event|id|retry)?:.*", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("https?://.*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    /** The body of {@code answer}, of which a few bytes have been looked at. */
    static AnswerBody of(ApiAnswer answer) throws IOException {
        BufferedInputStream in = new BufferedInputStream(answer.body());
        byte[] head = peek(in);
        if (PictureText.isPicture(head)) {
            return new AnswerBody(Kind.PICTURE, in, StandardCharsets.UTF_8);
        }
        Charset charset = charset(answer, head);
        skipMark(in, head);
        skipSpace(in);
        String start = new String(peek(in), charset);
        boolean events = answer.mediaType().equals("text/event-stream");
        return new AnswerBody(kind(start.strip(), events), in, charset);
    }

    /** The body as characters; a byte that stands for none becomes U+FFFD, which harms the text it is in alone. */
    Reader reader() {
        return new DataUrlReader(new InputStreamReader(bytes, charset));
    }

    private static Kind kind(String start, boolean events) {
        if (start.isEmpty()) {
            return events ? Kind.EVENTS : Kind.EMPTY;
        }
        if (start.charAt(0) == '{' || start.charAt(0) == '[' || start.charAt(0) == '"') {
            return Kind.JSON;
        }
        if (PictureText.isPicture(start) || LINK.matcher(start).matches()) {
            return Kind.TEXT;
        }
        return events || EVENT_FIELD.matcher(start).matches() ? Kind.EVENTS : Kind.OTHER;
    }

    private static byte[] peek(InputStream in) throws IOException {
        in.mark(PEEK);
        byte[] head = in.readNBytes(PEEK);
        in.reset();
        return head;
    }

    /** By its mark, else by the zeros between ASCII letters, else as the server says, else UTF-8. */
    private static Charset charset(ApiAnswer answer, byte[] head) {
        if (head.length >= 2) {
            if ((head[0] == (byte) 0xfe && head[1] == (byte) 0xff) || (head[0] == 0 && head[1] != 0)) {
                return StandardCharsets.UTF_16BE;
            }
            if ((head[0] == (byte) 0xff && head[1] == (byte) 0xfe) || (head[0] != 0 && head[1] == 0)) {
                return StandardCharsets.UTF_16LE;
            }
        }
        Matcher named = CHARSET.matcher(answer.header("Content-Type").orElse(""));
        try {
            return named.find() ? Charset.forName(named.group(1).toUpperCase(Locale.ROOT)) : StandardCharsets.UTF_8;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return StandardCharsets.UTF_8; // what JSON is by its standard
        }
    }

    private static void skipMark(InputStream in, byte[] head) throws IOException {
        boolean utf8 = head.length >= 3 && head[0] == (byte) 0xef && head[1] == (byte) 0xbb && head[2] == (byte) 0xbf;
        boolean utf16 = head.length >= 2 && (head[0] & head[1] & 0xff) == 0xfe && head[0] != head[1];
        in.skipNBytes(utf8 ? 3 : utf16 ? 2 : 0);
    }

    /** Servers send spaces to keep a silent line open. */
    private static void skipSpace(InputStream in) throws IOException {
        int b;
        do {
            in.mark(1);
            b = in.read();
        } while (b == ' ' || b == '\n' || b == '\r' || b == '\t');
        in.reset();
    }
}
