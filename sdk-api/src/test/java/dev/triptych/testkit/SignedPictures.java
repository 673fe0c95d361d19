package dev.triptych.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Pictures with content credentials as OpenAI and Google write them, but for the signature, which is of no use here.
 */
public final class SignedPictures {

    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    /** What the credentials below claim. */
    public static final String MAKER = "Easel 2.1";

    private SignedPictures() {}

    /** {@code png} with a chunk {@code caBX} before its pictures' data. */
    public static byte[] png(byte[] png) {
        return png(png, store());
    }

    /** {@code png} with a chunk {@code caBX} that holds {@code store}. */
    public static byte[] png(byte[] png, byte[] store) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + store.length);
        chunk.putInt(store.length)
                .put("caBX".getBytes(StandardCharsets.US_ASCII))
                .put(store);
        CRC32 checksum = new CRC32();
        checksum.update(chunk.array(), 4, 4 + store.length);
        chunk.putInt((int) checksum.getValue());
        return joined(Arrays.copyOf(png, 33), chunk.array(), Arrays.copyOfRange(png, 33, png.length));
    }

    /** {@code jpeg} with segments APP11 of at most {@code most} bytes of the box each. */
    public static byte[] jpeg(byte[] jpeg, int most) {
        byte[] store = store();
        ByteArrayOutputStream segments = new ByteArrayOutputStream();
        int sequence = 1;
        for (int at = 0; at < store.length; at += most) {
            byte[] repeated = at == 0 ? new byte[0] : Arrays.copyOf(store, 8);
            byte[] part = Arrays.copyOfRange(store, at, Math.min(store.length, at + most));
            ByteBuffer head = ByteBuffer.allocate(12);
            head.put((byte) 0xff).put((byte) 0xeb);
            head.putShort((short) (2 + 8 + repeated.length + part.length));
            head.put((byte) 'J').put((byte) 'P').putShort((short) 1).putInt(sequence++);
            segments.writeBytes(joined(head.array(), repeated, part));
        }
        return joined(Arrays.copyOf(jpeg, 2), segments.toByteArray(), Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }

    /** {@code webp} with a chunk {@code C2PA} at its end. */
    public static byte[] webp(byte[] webp) {
        byte[] store = store();
        ByteBuffer chunk =
                ByteBuffer.allocate(8 + store.length + (store.length & 1)).order(ByteOrder.LITTLE_ENDIAN);
        chunk.put("C2PA".getBytes(StandardCharsets.US_ASCII))
                .putInt(store.length)
                .put(store);
        byte[] whole = joined(webp, chunk.array());
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(4, whole.length - 8);
        return whole;
    }

    /** A manifest store with two manifests, of which the last one counts. */
    public static byte[] store() {
        return superbox(
                "c2pa",
                manifest("urn:c2pa:1", Map.of("claim_generator", "Camera 1", "dc:title", "before")),
                manifest(
                        "urn:c2pa:2",
                        Map.of(
                                "claim_generator_info", Map.of("name", "Easel", "version", "2.1"),
                                "dc:title", "fox.png",
                                "signature", "self#jumbf=c2pa.signature")));
    }

    private static byte[] manifest(String label, Map<String, ?> claim) {
        Map<String, ?> actions = Map.of(
                "actions",
                List.of(
                        Map.of(
                                "action", "c2pa.created",
                                "digitalSourceType",
                                        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"),
                        Map.of("action", "c2pa.converted")));
        return superbox(
                label,
                superbox("c2pa.assertions", superbox("c2pa.actions.v2", cbor(actions))),
                superbox("c2pa.claim.v2", cbor(claim)),
                superbox("c2pa.signature", box("cbor", new byte[] {0x40})));
    }

    private static byte[] cbor(Map<String, ?> value) {
        try {
            return box("cbor", CBOR.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] superbox(String label, byte[]... children) {
        byte[] description =
                joined(new byte[16], new byte[] {3}, label.getBytes(StandardCharsets.US_ASCII), new byte[] {0});
        return box("jumb", joined(box("jumd", description), joined(children)));
    }

    private static byte[] box(String type, byte[] content) {
        ByteBuffer box = ByteBuffer.allocate(8 + content.length);
        return box.putInt(8 + content.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .array();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
