package dev.triptych.discord;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Ids of jobs: the same request of the same caller gives the same id, and nothing of the prompt can be read from it.
 */
final class JobIds {

    private static final int LENGTH = 16;

    private JobIds() {}

    /** The id of the {@code ordinal}-th job of {@code plan}, from 0: 16 lower-case hexadecimal digits. */
    static String of(JobPlan plan, int ordinal) {
        String text = plan.requestId() + "\n" + plan.digest() + "\n" + plan.action() + "\n" + plan.parent() + "\n"
                + plan.tile() + "\n" + ordinal;
        return sha256(text).substring(0, LENGTH);
    }

    /** A hash of everything that {@code request} asks for. */
    static String digest(ImageRequest request) {
        StringBuilder text = new StringBuilder();
        text.append(request.operation())
                .append('\n')
                .append(ImagineCommand.oneLine(request.prompt()))
                .append('\n');
        text.append(request.negativePrompt())
                .append('\n')
                .append(request.count())
                .append('\n');
        text.append(request.size())
                .append(request.aspectRatio())
                .append(request.seed())
                .append('\n');
        text.append(request.strength())
                .append(request.quality())
                .append(request.style())
                .append('\n');
        text.append(request.options()).append('\n');
        for (ImageInput input : request.inputs()) {
            text.append(input.sha256()).append('\n');
        }
        return sha256(text.toString());
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
