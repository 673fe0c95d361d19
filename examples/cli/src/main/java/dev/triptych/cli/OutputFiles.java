package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the pictures go: one file, or a folder where each takes a name of its own. Checked before any picture is made,
 * so that none is made in vain.
 */
final class OutputFiles {

    private static final Set<String> FORMATS = Set.of("png", "jpg", "webp", "gif", "bmp");

    private final Path folder;
    private final @Nullable String fileName;

    private OutputFiles(Path folder, @Nullable String fileName) {
        this.folder = folder;
        this.fileName = fileName;
    }

    /**
     * The target {@code output}: a folder if it is one, ends with a separator or has no file extension, else a file.
     *
     * @throws CommandFailure if nothing can be written there
     */
    static OutputFiles at(String output) {
        Path path = Path.of(output);
        boolean isFolder = Files.isDirectory(path)
                || output.endsWith("/")
                || output.endsWith(path.getFileSystem().getSeparator())
                || !nameOf(path).contains(".");
        Path folder = isFolder ? path : path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new CommandFailure("output must be a file or a folder but was " + output);
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new CommandFailure("output folder cannot be made: " + folder + ": " + IoReason.of(e), e);
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailure("output folder must be writable but is not: " + folder);
        }
        return new OutputFiles(folder, isFolder ? null : nameOf(path));
    }

    /** The file of picture {@code index} of {@code count}. A name of our own never meets an existing file. */
    private Path file(GeneratedImage image, int index, int count) {
        if (fileName != null) {
            return folder.resolve(count == 1 ? fileName : numbered(fileName, index + 1));
        }
        String stem = "triptych-"
                + (image.seed().isPresent()
                        ? image.seed().getAsLong()
                        : image.sha256().substring(0, 12));
        Path free = folder.resolve(stem + "." + image.fileExtension());
        for (int i = 2; Files.exists(free); i++) {
            free = folder.resolve(stem + "-" + i + "." + image.fileExtension());
        }
        return free;
    }

    /**
     * Writes {@code images}, and returns the file of each.
     *
     * @throws CommandFailure if one cannot be written; the others before it are
     */
    List<Path> writeAll(List<GeneratedImage> images) {
        List<Path> written = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            Path file = file(images.get(i), i, images.size());
            write(images.get(i), file);
            written.add(file);
        }
        return written;
    }

    /** A warning for each file whose name promises another format than its picture has. */
    static List<GenerationWarning> misnamed(List<GeneratedImage> images, List<Path> files) {
        List<GenerationWarning> warnings = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            String name = nameOf(files.get(i));
            String promised = name.substring(name.lastIndexOf('.') + 1)
                    .toLowerCase(Locale.ROOT)
                    .replace("jpeg", "jpg");
            String found = images.get(i).fileExtension();
            if (FORMATS.contains(promised) && !promised.equals(found)) {
                warnings.add(GenerationWarning.adapted("output", name + " holds a picture of the format " + found));
            }
        }
        return warnings;
    }

    /**
     * Writes {@code image} whole or not at all.
     *
     * @throws CommandFailure if it cannot be written, because the disk is full for example
     */
    private static void write(GeneratedImage image, Path file) {
        try {
            image.writeTo(file);
        } catch (IOException e) {
            throw new CommandFailure("picture cannot be written to " + file + ": " + IoReason.of(e), e);
        }
    }

    private static String numbered(String name, int number) {
        int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        return name.substring(0, dot) + "-" + number + name.substring(dot);
    }

    private static String nameOf(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
