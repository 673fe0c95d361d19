package dev.triptych.media;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a picture's content credentials (C2PA) claim. <b>The signature is not checked</b>: anyone can write such a
 * claim, and anyone can alter the picture below it. Immutable.
 *
 * <pre>{@code
 * ContentCredentials.of(bytes).ifPresent(credentials ->
 *         System.out.println("claims to be made by " + credentials.claimGenerator()));
 * }</pre>
 *
 * <p>They lie in a PNG's chunk {@code caBX}, in a JPEG's segments APP11 and in a WebP's chunk {@code C2PA}, as boxes of
 * JUMBF with CBOR in them; the last manifest is the one that counts. Bytes that carry them are altered by nothing of
 * ours, since altered bytes read as tampered with.
 *
 * <p>Source: C2PA Technical Specification 2.2, sections 8 (claims), 11 (manifests in JUMBF) and A (embedding).
 *
 * @param claimGenerator the program that claims to have made the picture, with its version where it tells; {@code ""} =
 *     not said
 * @param title the title of the picture; {@code ""} = not said
 * @param actions what was done to it, in order, such as {@code "c2pa.created"}
 * @param digitalSourceType the IPTC's word for how it came to be, such as {@code "trainedAlgorithmicMedia"}; {@code ""}
 *     = not said
 * @param manifests how many manifests there are, of which the last one is told here
 * @param problem why nothing or not all could be read; {@code ""} = all could
 */
public record ContentCredentials(
        String claimGenerator,
        String title,
        List<String> actions,
        String digitalSourceType,
        int manifests,
        String problem) {

    /** The largest manifest store that is read: 16 MiB. */
    public static final int MAX_BYTES = 16 << 20;

    /** Common identifier "JP", instance and sequence number before the box (ISO 19566-5, annex D). */
    private static final int APP11_HEADER = 8;

    /** Length and type of the box, which each further segment repeats. */
    private static final int BOX_HEADER = 8;

    private static final byte[] JUMBF_IN_APP11 = {'J', 'P'};

    /** Copies the list. */
    public ContentCredentials {
        actions = List.copyOf(actions);
    }

    /** What could not be read. */
    private static ContentCredentials unreadable(String problem) {
        return new ContentCredentials("", "", List.of(), "", 0, problem);
    }

    /** What the credentials in {@code picture} claim; empty where it carries none, or is of a format without them. */
    public static Optional<ContentCredentials> of(byte[] picture) {
        return store(picture).map(ContentCredentials::read);
    }

    /** Whether {@code picture} carries credentials, readable or not. */
    public static boolean areIn(byte[] picture) {
        return store(picture).isPresent();
    }

    private static ContentCredentials read(ByteBuffer store) {
        if (store.remaining() > MAX_BYTES) {
            return unreadable("manifests must be at most " + MAX_BYTES + " bytes but are " + store.remaining());
        }
        try {
            List<JumbfBox> manifests = JumbfBox.all(store).stream()
                    .filter(box -> box.label().equals("c2pa"))
                    .flatMap(box -> box.children().stream())
                    .toList();
            return manifests.isEmpty()
                    ? unreadable("JUMBF must hold a C2PA manifest but holds none")
                    : ofManifest(manifests.get(manifests.size() - 1), manifests.size());
        } catch (IllegalArgumentException e) {
            return unreadable(String.valueOf(e.getMessage()));
        }
    }

    private static ContentCredentials ofManifest(JumbfBox manifest, int count) {
        Optional<JsonNode> claim = manifest.child("c2pa.claim")
                .flatMap(box -> box.contentOf("cbor"))
                .map(Cbor::read);
        if (claim.isEmpty()) {
            return new ContentCredentials(
                    "", "", List.of(), "", count, "manifest must hold a claim in CBOR but holds none");
        }
        Optional<JsonNode> done = manifest.child("c2pa.assertions")
                .flatMap(box -> box.child("c2pa.actions"))
                .flatMap(box -> box.contentOf("cbor"))
                .map(Cbor::read);
        List<String> actions = new ArrayList<>();
        String source = "";
        for (JsonNode action :
                done.map(node -> node.path("actions")).orElse(claim.get().path("-"))) {
            actions.add(action.path("action").asText());
            String type = action.path("digitalSourceType").asText();
            source = type.isEmpty() ? source : type.substring(type.lastIndexOf('/') + 1);
        }
        return new ContentCredentials(
                generator(claim.get()), claim.get().path("dc:title").asText(), actions, source, count, "");
    }

    /** Name and version, which later versions of the specification tell in a map of their own. */
    private static String generator(JsonNode claim) {
        JsonNode info = claim.path("claim_generator_info");
        JsonNode first = info.isArray() ? info.path(0) : info;
        String name = first.path("name").asText();
        String version = first.path("version").asText();
        return name.isEmpty()
                ? claim.path("claim_generator").asText()
                : name + (version.isEmpty() ? "" : " " + version);
    }

    /** The bytes of the manifest store; empty where there is none. */
    private static Optional<ByteBuffer> store(byte[] picture) {
        String mediaType;
        try {
            mediaType = ImageHeader.read(picture).mediaType();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // no picture that we know
        }
        return switch (mediaType) {
            case "image/png" -> inPng(ByteBuffer.wrap(picture));
            case "image/jpeg" -> inJpeg(picture);
            case "image/webp" ->
                WebpChunk.all(picture).stream()
                        .filter(chunk -> chunk.type().equals("C2PA"))
                        .map(WebpChunk::content)
                        .findFirst();
            default -> Optional.empty();
        };
    }

    /** Checksums are not looked at: a file with a broken one carries its credentials as well. */
    private static Optional<ByteBuffer> inPng(ByteBuffer png) {
        int caBX = ByteBuffer.wrap(new byte[] {'c', 'a', 'B', 'X'}).getInt();
        long at = PngChunk.SIGNATURE.length;
        while (at + 8 <= png.limit()) {
            long length = png.getInt((int) at) & 0xffff_ffffL;
            if (png.getInt((int) at + 4) == caBX) {
                return Optional.of(png.slice((int) at + 8, (int) Math.min(length, png.limit() - at - 8)));
            }
            at += 12 + length;
        }
        return Optional.empty();
    }

    /** The segments' contents together; each but the first repeats the box's length and type. */
    private static Optional<ByteBuffer> inJpeg(byte[] jpeg) {
        ByteArrayOutputStream store = new ByteArrayOutputStream();
        boolean found = false;
        for (JpegSegment segment : JpegSegment.all(jpeg)) {
            if (segment.marker() == JpegSegment.APP11 && segment.begins(JUMBF_IN_APP11)) {
                found = true;
                boolean first = segment.content().limit() < APP11_HEADER
                        || segment.content().getInt(4) <= 1;
                int skipped = first ? APP11_HEADER : APP11_HEADER + BOX_HEADER;
                if (segment.content().limit() > skipped) {
                    store.writeBytes(segment.from(skipped));
                }
            }
        }
        return found ? Optional.of(ByteBuffer.wrap(store.toByteArray())) : Optional.empty();
    }

    /** One sentence for a person, which says that nothing was checked. */
    public String describe() {
        if (!problem.isEmpty() && claimGenerator.isEmpty()) {
            return "content credentials that cannot be read (" + problem + ")";
        }
        return "content credentials claim: made by "
                + (claimGenerator.isEmpty() ? "a program that is not named" : claimGenerator)
                + (digitalSourceType.isEmpty() ? "" : ", " + digitalSourceType)
                + " (signature not checked)";
    }
}
