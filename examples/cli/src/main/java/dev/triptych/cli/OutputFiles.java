package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.storage.KeptPictures;
import dev.triptych.storage.UserFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where the pictures go: one file, a folder where each takes a name of its own, standard output, or a device such as
 * {@code /dev/null}. All that can be known is checked before any picture is made, so that none is made in vain. Not
 * thread-safe.
 */
final class OutputFiles {

    private static final Set<String> FORMATS = Set.of("png", "jpg", "webp", "gif", "bmp");
    private static final Set<String> STANDARD_OUTPUT = Set.of("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

    /** As long as any name that {@link #freeName} makes. */
    private static final String LONGEST_NAME = "triptych-" + Long.MIN_VALUE + "-1000.webp";

    /** What kind of place the pictures go to. */
    private enum Place {
        FILE,
        FOLDER,
        DEVICE,
        STANDARD_OUTPUT
    }

    private final Place place;
    private final Path path;
    private final int count;
    private int next;

    private OutputFiles(Place place, Path path, int count) {
        this.place = place;
        this.path = path;
        this.count = count;
    }

    /**
     * The target {@code output} of {@code count} pictures: a folder if it is one, ends with a separator or has no file
     * extension, else a file; {@code -} is standard output, {@code ~/} the user's home.
     *
     * @throws CommandFailure if nothing can be written there
     */
    static OutputFiles at(String output, int count) {
        if (STANDARD_OUTPUT.contains(output)) {
            if (count > 1) {
                throw new IllegalArgumentException(
                        "--output " + output + " takes one picture but " + count + " were asked for");
            }
            return new OutputFiles(Place.STANDARD_OUTPUT, Path.of(output), count);
        }
        Path path = expand(output);
        if (Files.exists(path) && !Files.isDirectory(path) && !Files.isRegularFile(path)) {
            return new OutputFiles(Place.DEVICE, path, count);
        }
        boolean isFolder = Files.isDirectory(path)
                || output.endsWith("/")
                || output.endsWith(path.getFileSystem().getSeparator())
                || !nameOf(path).contains(".");
        OutputFiles files = new OutputFiles(isFolder ? Place.FOLDER : Place.FILE, path, count);
        files.check(output);
        return files;
    }

    private static Path expand(String output) {
        try {
            return UserFolders.expand(output);
        } catch (IllegalStateException e) {
            throw new CommandFailure("output cannot be found: " + output + ": " + e.getMessage(), e);
        }
    }

    private void check(String output) {
        Path folder = place == Place.FOLDER ? path : path.toAbsolutePath().getParent();
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
        // The last name is the longest one.
        Path probe = place == Place.FOLDER ? folder.resolve(LONGEST_NAME) : file(count - 1);
        try {
            KeptPictures.requireWritable(probe, count);
        } catch (IOException e) {
            throw new CommandFailure(
                    "output cannot be written: " + (place == Place.FOLDER ? folder : probe) + ": " + IoReason.of(e), e);
        }
    }

    /** Whether the picture itself goes to standard output, where nothing else may be printed then. */
    boolean isStandardOutput() {
        return place == Place.STANDARD_OUTPUT;
    }

    /**
     * What became of one picture.
     *
     * @param file the file that holds it; empty if there is none
     * @param trouble why it is not where it was wanted, and where it is instead; empty if all went well
     */
    record Written(Optional<Path> file, Optional<String> trouble) {}

    /**
     * Writes {@code images}, the next of those that this was made for, and returns what became of each. Every one is
     * tried; one that cannot be written where it was wanted is kept in the user's state folder.
     */
    List<Written> writeAll(List<GeneratedImage> images) {
        List<Written> written = new ArrayList<>();
        for (GeneratedImage image : images) {
            written.add(write(image, target(image)));
            next++;
        }
        return written;
    }

    private Path target(GeneratedImage image) {
        return switch (place) {
            case FILE -> file(next);
            case FOLDER -> freeName(image);
            case DEVICE, STANDARD_OUTPUT -> path;
        };
    }

    private Path file(int index) {
        return count == 1 ? path : path.resolveSibling(numbered(nameOf(path), index + 1));
    }

    /** A name of our own, which never meets an existing file. */
    private Path freeName(GeneratedImage image) {
        String stem = "triptych-"
                + (image.seed().isPresent()
                        ? image.seed().getAsLong()
                        : image.sha256().substring(0, 12));
        Path free = path.resolve(stem + "." + image.fileExtension());
        for (int i = 2; Files.exists(free); i++) {
            free = path.resolve(stem + "-" + i + "." + image.fileExtension());
        }
        return free;
    }

    private Written write(GeneratedImage image, Path target) {
        try {
            switch (place) {
                case FILE, FOLDER -> image.writeTo(target);
                case DEVICE -> Files.write(target, image.bytes());
                case STANDARD_OUTPUT -> print(image);
            }
            return new Written(Optional.of(target), Optional.empty());
        } catch (IOException e) {
            return keepElsewhere(image, "picture cannot be written to " + target + ": " + IoReason.of(e));
        }
    }

    private static void print(GeneratedImage image) throws IOException {
        System.out.write(image.bytes());
        System.out.flush();
        if (System.out.checkError()) {
            throw new IOException("it is closed");
        }
    }

    private static Written keepElsewhere(GeneratedImage image, String trouble) {
        try {
            Path kept = KeptPictures.ofUser().keep(image.bytes(), image.sha256() + "." + image.fileExtension());
            return new Written(Optional.of(kept), Optional.of(trouble + "; it is kept in " + kept));
        } catch (IOException e) {
            return new Written(
                    Optional.empty(),
                    Optional.of(trouble + "; nor can it be kept in the state folder: " + IoReason.of(e)));
        } catch (IllegalStateException e) {
            return new Written(Optional.empty(), Optional.of(trouble + "; nor can it be kept: " + e.getMessage()));
        }
    }

    /** A warning for each file whose name promises another format than its picture has. */
    List<GenerationWarning> misnamed(List<GeneratedImage> images, List<Written> written) {
        List<GenerationWarning> warnings = new ArrayList<>();
        for (int i = 0; i < written.size() && (place == Place.FILE || place == Place.FOLDER); i++) {
            String name = written.get(i).file().map(OutputFiles::nameOf).orElse("");
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

    private static String numbered(String name, int number) {
        int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        return name.substring(0, dot) + "-" + number + name.substring(dot);
    }

    private static String nameOf(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
