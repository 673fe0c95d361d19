package dev.triptych.diffusion.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells what a file is that should be safetensors and is not, by its first bytes: downloads that saved a web page or a
 * pointer, archives, and models in other formats. A safetensors file begins with the length of its header, which is far
 * smaller than what any text or magic number would read as.
 */
final class ForeignFile {

    private static final int HEAD = 4096;
    private static final int QUOTED = 80;

    private static final Pattern LFS_SIZE = Pattern.compile("(?m)^size (\\d+)");
    private static final Pattern TITLE = Pattern.compile("(?is)<title[^>]*>(.*?)</title>");

    /** Files that a downloader leaves beside one that is not finished. */
    private static final List<String> UNFINISHED = List.of(".aria2", ".part", ".crdownload", ".incomplete");

    private static final String PICKLE = "a PyTorch pickle%s";

    /** First bytes as ISO 8859-1, and what a file is that begins so. */
    private static final Map<String, String> MAGIC = Map.ofEntries(
            Map.entry("GGUF", "a GGUF file"),
            Map.entry("\u0080\u0002", PICKLE.formatted("")),
            Map.entry("\u0080\u0003", PICKLE.formatted("")),
            Map.entry("\u0080\u0004", PICKLE.formatted("")),
            Map.entry("\u0080\u0005", PICKLE.formatted("")),
            Map.entry("7z\u00bc\u00af", "a 7z archive: unpack it"),
            Map.entry("Rar!", "a RAR archive: unpack it"),
            Map.entry("\u001f\u008b", "a gzip archive: unpack it"),
            Map.entry("(\u00b5/\u00fd", "a Zstandard archive: unpack it"),
            Map.entry("\u00fd7zXZ", "an XZ archive: unpack it"),
            Map.entry("\u0089PNG", "a PNG picture"),
            Map.entry("\u00ff\u00d8\u00ff", "a JPEG picture"),
            Map.entry("RIFF", "a WebP picture or a sound"),
            Map.entry("%PDF", "a PDF"));

    private ForeignFile() {}

    /**
     * What {@code file} is, as the end of the sentence "must be a safetensors file but is …"; empty if it may be one.
     */
    static Optional<String> describe(Path file, FileChannel channel) throws IOException {
        ByteBuffer bytes = SafetensorsFile.read(channel, 0, (int) Math.min(HEAD, channel.size()));
        String head = StandardCharsets.ISO_8859_1.decode(bytes).toString();
        if (head.startsWith("{", 8) && head.startsWith("\u0000\u0000\u0000\u0000", 4)) {
            return Optional.empty(); // a header of less than 4 GiB begins where it should
        }
        if (head.startsWith("version https://git-lfs")) {
            Matcher size = LFS_SIZE.matcher(head);
            return Optional.of("a Git LFS pointer: the weights"
                    + (size.find() ? " (" + size.group(1) + " bytes by its own line)" : "")
                    + " were not downloaded; run git lfs pull, or download the file itself");
        }
        if (head.startsWith("PK\u0003\u0004")) {
            return Optional.of(zip(head));
        }
        if (head.startsWith("ustar", 257)) {
            return Optional.of("a tar archive, as torch wrote before 0.2, or another one: it is not read");
        }
        for (Map.Entry<String, String> magic : MAGIC.entrySet()) {
            if (head.startsWith(magic.getKey())) {
                return Optional.of(magic.getValue());
            }
        }
        if (head.matches("(?s)\\x08[\\x01-\\x14][\\x12\\x3a].*")) {
            return Optional.of("an ONNX model: give the folder with model_index.json of the export");
        }
        return text(head).or(() -> unfinished(file));
    }

    private static String zip(String head) {
        return head.contains("data.pkl")
                ? PICKLE.formatted(" (zip)")
                : "a zip archive" + firstEntry(head) + ": unpack it";
    }

    private static String firstEntry(String head) {
        int length = head.length() < 30 ? 0 : head.charAt(26) | head.charAt(27) << 8;
        return length == 0 || 30 + length > head.length() ? "" : " holding " + quoted(head.substring(30, 30 + length));
    }

    private static Optional<String> text(String head) {
        String start = head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3).strip() : head.strip();
        String lower = start.toLowerCase(Locale.ROOT);
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html")) {
            Matcher title = TITLE.matcher(start);
            return Optional.of("an HTML page"
                    + (title.find() ? " (\"" + quoted(title.group(1).strip()) + "\")" : "")
                    + ": the download saved a web page; use the file's download link (/resolve/, not /blob/), or log"
                    + " in");
        }
        if (lower.startsWith("<?xml") || lower.startsWith("<error")) {
            return Optional.of("XML, such as a server's error: " + quoted(start));
        }
        if (start.startsWith("{") && head.length() > 1) {
            return Optional.of("JSON: " + quoted(start));
        }
        boolean readable = head.length() >= 9 && head.chars().limit(64).allMatch(ForeignFile::isText);
        return readable ? Optional.of("a text: " + quoted(start)) : Optional.empty();
    }

    private static boolean isText(int character) {
        return (character >= 0x20 && character < 0x7f) || character == '\n' || character == '\r' || character == '\t';
    }

    private static Optional<String> unfinished(Path file) {
        for (String ending : UNFINISHED) {
            Path beside = file.resolveSibling(file.getFileName() + ending);
            if (Files.exists(beside)) {
                return Optional.of("an unfinished download: " + beside.getFileName() + " is beside it");
            }
        }
        return Optional.empty();
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < text.length() && quoted.length() < QUOTED; i++) {
            char character = text.charAt(i);
            quoted.append(character < 0x20 || character >= 0x7f ? ' ' : character);
        }
        return quoted.toString().replaceAll(" +", " ").strip();
    }
}
