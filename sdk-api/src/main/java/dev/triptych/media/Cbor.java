package dev.triptych.media;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads CBOR (RFC 8949) of files that others wrote, within limits. */
final class Cbor {

    private static final int DEEPEST = 64;

    private static final ObjectMapper MAPPER = new ObjectMapper(CBORFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .errorReportConfiguration(ErrorReportConfiguration.builder()
                    .maxErrorTokenLength(0)
                    .maxRawContentLength(0)
                    .build())
            .build());

    private Cbor() {}

    /**
     * The value that {@code bytes} spell.
     *
     * @throws IllegalArgumentException if they are no CBOR, or pass the limits
     */
    static JsonNode read(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        try {
            return MAPPER.readTree(copy);
        } catch (IOException e) {
            throw new IllegalArgumentException("claim must be readable CBOR but is not", e);
        }
    }
}
