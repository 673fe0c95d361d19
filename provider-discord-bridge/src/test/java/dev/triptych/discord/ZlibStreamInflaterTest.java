package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class ZlibStreamInflaterTest {

    private final Deflater deflater = new Deflater();

    private byte[] pack(String text) {
        deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] part = new byte[512];
        int length;
        do {
            length = deflater.deflate(part, 0, part.length, Deflater.SYNC_FLUSH);
            packed.write(part, 0, length);
        } while (length == part.length);
        return packed.toByteArray();
    }

    @Test
    void readsMessagesCutAtEveryByte() throws DataFormatException {
        String first = "{\"op\":10}";
        String second = "{\"op\":0,\"t\":\"Überraschung\",\"d\":\"" + "fox ".repeat(5000) + "\"}";
        byte[] one = pack(first);
        byte[] two = pack(second);
        for (int cut = 0; cut < two.length; cut++) {
            try (ZlibStreamInflater inflater = new ZlibStreamInflater()) {
                assertThat(inflater.add(one)).hasValue(first);
                assertThat(inflater.add(Arrays.copyOfRange(two, 0, cut))).isEmpty();
                assertThat(inflater.add(Arrays.copyOfRange(two, cut, two.length)))
                        .hasValue(second);
            }
        }
    }

    @Test
    void refusesAStreamThatIsBroken() {
        try (ZlibStreamInflater inflater = new ZlibStreamInflater()) {
            assertThatThrownBy(() -> inflater.add(new byte[] {1, 2, 3, 0, 0, (byte) 0xff, (byte) 0xff}))
                    .isInstanceOf(DataFormatException.class);
        }
    }
}
