package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import dev.triptych.cli.OutputFiles.Written;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a picture that its provider signed: a file beside it, {@code fox.png.json} for {@code fox.png},
 * since altering the picture would break what was signed.
 */
final class PictureRecord {

    private static final String ENDING = ".json";

    private PictureRecord() {}

    /** Writes a record beside each file of {@code written} whose picture carries content credentials. */
    static void writeBeside(ImageResult result, List<Written> written) {
        for (int i = 0; i < written.size(); i++) {
            GeneratedImage image = result.images().get(i);
            Optional<Path> file = written.get(i).file().filter(Files::isRegularFile);
            if (file.isPresent() && image.contentCredentials().isPresent()) {
                write(result, image, beside(file.get()));
            }
        }
    }

    private static void write(ImageResult result, GeneratedImage image, Path file) {
        String json = Provenance.json(
                result.execution().effectiveRequest(), result.execution().servedBy(), image.seed());
        try {
            DurableFiles.replaceBeside(
                    file,
                    aside -> Files.writeString(
                            aside,
                            json + "\n",
                            StandardCharsets.UTF_8,
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new CommandFailure("record cannot be written: " + file + ": " + IoReason.of(e), e);
        }
    }

    /**
     * What the record beside {@code picture} says; empty where there is none.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    static Optional<Provenance> read(Path picture) {
        Path file = beside(picture);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Provenance.parse(Files.readString(file)));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + IoReason.of(e), e);
        }
    }

    private static Path beside(Path picture) {
        return picture.resolveSibling(picture.getFileName() + ENDING);
    }
}
