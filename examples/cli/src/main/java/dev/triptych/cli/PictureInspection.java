package dev.triptych.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Provenance;
import dev.triptych.internal.Sha256;
import dev.triptych.media.ContentCredentials;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.PngText;
import dev.triptych.media.XmpPacket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a picture's file says of itself: format and size, who signed a claim to have made it, how it is marked, and how
 * it was made where we or AUTOMATIC1111's kin wrote that down. No pixel is decoded and no signature checked.
 *
 * @param header format and size
 * @param sha256 SHA-256 of the file
 * @param credentials what its content credentials claim
 * @param digitalSourceType the IPTC's word in its XMP, such as {@code "trainedAlgorithmicMedia"}; {@code ""} = none
 * @param provenance what we know of its making, from within or from the record beside it
 * @param parameters AUTOMATIC1111's text; {@code ""} = none
 * @param problem what could not be read; {@code ""} = nothing
 */
record PictureInspection(
        ImageHeader header,
        String sha256,
        Optional<ContentCredentials> credentials,
        String digitalSourceType,
        Optional<Provenance> provenance,
        String parameters,
        String problem) {

    /** Whether {@code bytes}, the beginning of a file, are those of a picture. */
    static boolean isPicture(byte[] bytes) {
        try {
            ImageHeader.read(bytes);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * What {@code picture}, which lies in {@code file}, says of itself.
     *
     * @throws IllegalArgumentException if it is of no known format
     */
    static PictureInspection of(Path file, byte[] picture) {
        ImageHeader header = ImageHeader.read(picture);
        Map<String, String> texts = Map.of();
        Optional<Provenance> provenance = Optional.empty();
        String problem = "";
        try {
            boolean isPng = header.mediaType().equals("image/png");
            texts = isPng ? PngText.read(picture) : Map.of();
            provenance =
                    texts.containsKey(Provenance.PNG_KEYWORD) ? Provenance.read(picture) : PictureRecord.read(file);
        } catch (IllegalArgumentException e) {
            problem = String.valueOf(e.getMessage());
        }
        return new PictureInspection(
                header,
                Sha256.hex(picture),
                ContentCredentials.of(picture),
                XmpPacket.digitalSourceType(picture),
                provenance,
                texts.getOrDefault(GenerationParameters.PNG_KEYWORD, ""),
                problem);
    }

    /** For a person: a line each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(header.mediaType() + "  " + header.width() + "x" + header.height() + "  sha256 " + sha256);
        lines.add(credentials.map(ContentCredentials::describe).orElse("no content credentials"));
        lines.add(digitalSourceType.isEmpty() ? "no digital source type" : "marked as " + digitalSourceType);
        provenance.ifPresent(made -> {
            lines.add("made by " + made.generator() + "  " + made.provider() + "  " + made.model()
                    + (made.revision().isEmpty() ? "" : "  revision " + made.revision())
                    + (made.seed().isPresent() ? "  seed " + made.seed().getAsLong() : ""));
            lines.add("request " + made.requestJson());
        });
        if (!parameters.isEmpty()) {
            lines.add("parameters " + parameters.replace("\n", "\n  "));
        }
        if (!problem.isEmpty()) {
            lines.add("not readable: " + problem);
        }
        return lines;
    }

    /** The same for a program. */
    JsonNode json() {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("kind", "picture");
        tree.put("mediaType", header.mediaType());
        tree.put("width", header.width());
        tree.put("height", header.height());
        tree.put("sha256", sha256);
        credentials.ifPresent(claim -> {
            ObjectNode node = tree.putObject("contentCredentials");
            node.put("signatureChecked", false);
            node.put("claimGenerator", claim.claimGenerator());
            node.put("title", claim.title());
            claim.actions().forEach(node.putArray("actions")::add);
            node.put("digitalSourceType", claim.digitalSourceType());
            node.put("manifests", claim.manifests());
            node.put("problem", claim.problem());
        });
        tree.put("digitalSourceType", digitalSourceType);
        provenance.ifPresent(made -> {
            ObjectNode node = tree.putObject("provenance");
            node.put("generator", made.generator());
            node.put("provider", made.provider());
            node.put("model", made.model());
            node.put("revision", made.revision());
            made.seed().ifPresent(seed -> node.put("seed", seed));
            node.put("request", made.requestJson());
        });
        tree.put("parameters", parameters);
        tree.put("problem", problem);
        return tree;
    }
}
