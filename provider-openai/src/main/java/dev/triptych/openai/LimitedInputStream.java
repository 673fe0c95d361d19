package dev.triptych.openai;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that fails once it gives more than a number of bytes, be it zipped on the wire or not. */
final class LimitedInputStream extends FilterInputStream {

    private final long limit;
    private final String message;
    private long count;

    /** {@code in}, of which {@code limit} bytes may be read; the error says {@code message}. */
    LimitedInputStream(InputStream in, long limit, String message) {
        super(in);
        this.limit = limit;
        this.message = message;
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        count(b < 0 ? 0 : 1);
        return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int read) throws IOException {
        count += read;
        if (count > limit) {
            throw new UnusablePictureException(message);
        }
    }
}
