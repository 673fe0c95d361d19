package dev.triptych.openai;

import java.io.IOException;
import java.io.Reader;

/**
 * Takes {@code data:image/png;base64,} away from the beginning of each quoted text, so that what follows is base64
 * alone and can be decoded while it arrives. Not thread-safe.
 */
final class DataUrlReader extends Reader {

    private static final String SCHEME = "data:";
    private static final String ENCODING = ";base64";

    /** Longer than any media type with its parameters. */
    private static final int LONGEST_PREFIX = 128;

    private final Reader in;
    private final char[] buffer = new char[8 * 1024];
    private int from;
    private int to;
    private boolean afterQuote;

    DataUrlReader(Reader in) {
        this.in = in;
    }

    @Override
    public int read(char[] chars, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (afterQuote) {
            skipPrefix();
            afterQuote = false;
        }
        if (from == to && !fill()) {
            return -1;
        }
        int end = Math.min(to, from + length);
        int at = from;
        while (at < end && !afterQuote) {
            afterQuote = buffer[at] == '"';
            at++;
        }
        int count = at - from;
        System.arraycopy(buffer, from, chars, offset, count);
        from = at;
        return count;
    }

    /** Reads on only as long as it may be a prefix: waiting for more than there is could be waiting for ever. */
    private void skipPrefix() throws IOException {
        for (int i = 0; i < SCHEME.length(); i++) {
            if (!has(i) || buffer[from + i] != SCHEME.charAt(i)) {
                return;
            }
        }
        for (int i = SCHEME.length(); i < LONGEST_PREFIX && has(i) && buffer[from + i] != '"'; i++) {
            if (buffer[from + i] == ',') {
                if (new String(buffer, from, i).endsWith(ENCODING)) {
                    from += i + 1;
                }
                return;
            }
        }
    }

    private boolean has(int index) throws IOException {
        while (to - from <= index) {
            if (!fill()) {
                return false;
            }
        }
        return true;
    }

    private boolean fill() throws IOException {
        System.arraycopy(buffer, from, buffer, 0, to - from);
        to -= from;
        from = 0;
        int read = in.read(buffer, to, buffer.length - to);
        to += Math.max(0, read);
        return read > 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
