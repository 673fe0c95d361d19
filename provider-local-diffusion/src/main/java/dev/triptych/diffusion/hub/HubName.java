package dev.triptych.diffusion.hub;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a person writes for something on the hub: {@code owner/name}, {@code owner/name/path} for a file or folder of
 * it, and {@code @revision} behind either. Immutable.
 *
 * <pre>{@code
 * HubName name = HubName.parse("stabilityai/sdxl-turbo/sd_xl_turbo_1.0_fp16.safetensors@main").orElseThrow();
 * name.repository();  // stabilityai/sdxl-turbo
 * name.path();        // sd_xl_turbo_1.0_fp16.safetensors
 * }</pre>
 *
 * @param repository {@code owner/name}
 * @param path a file or folder in it, with {@code /}; {@code ""} = the whole
 * @param revision a branch, a tag, {@code refs/pr/N} or a commit of 40 hexadecimal digits; {@code main} by default
 */
public record HubName(String repository, String path, String revision) {

    /** The revision that is meant where none is named. */
    public static final String MAIN = "main";

    // huggingface_hub 2.4.0, utils/_validators.py: letters, digits, '-', '_', '.'; no "--", no ".."; at most 96.
    private static final String WORD = "[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
    private static final Pattern NAME =
            Pattern.compile("(" + WORD + "/" + WORD + ")(?:/([^@]+?))?/?(?:@([A-Za-z0-9][A-Za-z0-9._/+-]*))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** The name in {@code text}; empty where that is none. */
    public static Optional<HubName> parse(String text) {
        Matcher matcher = NAME.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String repository = matcher.group(1);
        String path = matcher.group(2) == null ? "" : matcher.group(2);
        String revision = matcher.group(3) == null ? MAIN : matcher.group(3);
        boolean valid = repository.length() <= 96
                && !repository.contains("--")
                && !repository.contains("..")
                && !repository.endsWith(".git")
                && (path.isEmpty() || RepoPath.isSafe(path))
                && RepoPath.isSafe(revision);
        return valid ? Optional.of(new HubName(repository, path, revision)) : Optional.empty();
    }

    /** The same at another revision. */
    public HubName at(String other) {
        return new HubName(repository, path, other);
    }

    /** Whether the revision is a commit, which never changes. */
    boolean isPinned() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** {@code text} as one segment of an address: also {@code /} is written as {@code %2F}. */
    static String segment(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= '0' && b <= '9')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= 'a' && b <= 'z')
                    || "-_.~".indexOf(b) >= 0;
            encoded.append(
                    plain
                            ? String.valueOf((char) b)
                            : "%" + HexFormat.of().withUpperCase().toHexDigits(b));
        }
        return encoded.toString();
    }

    /** As a person writes it. */
    @Override
    public String toString() {
        return repository + (path.isEmpty() ? "" : "/" + path) + (revision.equals(MAIN) ? "" : "@" + revision);
    }
}
