package dev.triptych.openai;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) and gives the data of each as a stream: an event that carries a
 * picture is never held as text. Names and ids of events are passed over, since the API's data say their own type. Not
 * thread-safe.
 */
final class SseReader {

    private static final int BUFFER = 32 * 1024;
    private static final int BYTE_ORDER_MARK = 0xef;

    private final InputStream in;

    SseReader(InputStream in) throws IOException {
        this.in = new BufferedInputStream(in, BUFFER);
        skipByteOrderMark();
    }

    /** What is done with each event. */
    @FunctionalInterface
    interface Handler {
        /** Reads the data of one event; what it leaves unread is skipped. */
        void onEvent(InputStream data) throws IOException;
    }

    /** Hands over each event until the stream ends. */
    void forEach(Handler handler) throws IOException {
        while (findData()) {
            Data data = new Data();
            handler.onEvent(data);
            data.transferTo(OutputStream.nullOutputStream());
        }
    }

    private void skipByteOrderMark() throws IOException {
        in.mark(3);
        if (in.read() == BYTE_ORDER_MARK) {
            in.read();
            in.read();
        } else {
            in.reset();
        }
    }

    /** Goes on to the value of the next data field; false at the end of the stream. */
    private boolean findData() throws IOException {
        while (true) {
            if (atEnd()) {
                return false;
            }
            if (takesData()) {
                return true;
            }
            skipLine();
        }
    }

    private boolean atEnd() throws IOException {
        in.mark(1);
        int next = in.read();
        in.reset();
        return next < 0;
    }

    /** Reads {@code data:} and one space if they are next; otherwise nothing. */
    private boolean takesData() throws IOException {
        in.mark(6);
        for (char expected : new char[] {'d', 'a', 't', 'a', ':'}) {
            if (in.read() != expected) {
                in.reset();
                return false;
            }
        }
        in.mark(1);
        if (in.read() != ' ') {
            in.reset();
        }
        return true;
    }

    private void skipLine() throws IOException {
        int b = in.read();
        while (b >= 0 && b != '\n' && b != '\r') {
            b = in.read();
        }
        endLine(b);
    }

    /** Takes the second half of a CRLF. */
    private void endLine(int b) throws IOException {
        if (b == '\r') {
            in.mark(1);
            if (in.read() != '\n') {
                in.reset();
            }
        }
    }

    /** The data fields of one event, joined by line feeds. */
    private final class Data extends InputStream {
        private boolean ended;

        @Override
        public int read() throws IOException {
            if (ended) {
                return -1;
            }
            int b = in.read();
            if (b >= 0 && b != '\n' && b != '\r') {
                return b;
            }
            endLine(b);
            return nextDataLine() ? '\n' : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = 0;
            while (count < length) {
                int b = read();
                if (b < 0) {
                    return count == 0 && length > 0 ? -1 : count;
                }
                bytes[offset + count] = (byte) b;
                count++;
                if (b == '\n') {
                    return count;
                }
            }
            return count;
        }

        /** Goes on to another data field of the same event; an empty line or the end of the stream ends it. */
        private boolean nextDataLine() throws IOException {
            while (!atEnd()) {
                if (takesData()) {
                    return true;
                }
                in.mark(1);
                int b = in.read();
                if (b == '\n' || b == '\r') {
                    endLine(b);
                    break;
                }
                in.reset();
                skipLine();
            }
            ended = true;
            return false;
        }
    }
}
