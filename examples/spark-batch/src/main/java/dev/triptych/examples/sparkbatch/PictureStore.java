package dev.triptych.examples.sparkbatch;

import dev.triptych.GeneratedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/**
 * Pictures by their content, and what is known of each request by its key, in a folder that all executors share. A
 * <em>claim</em> is what makes it safe to pay: it is made before a paid request is sent, by one attempt alone, and is
 * on disk before that. Who finds a claim and no record knows that the request may have been billed.
 *
 * <pre>
 * objects/3f/3fa1….png     a picture
 * records/KEY.json         what became of a request
 * claims/KEY               who went to pay for it, and when
 * </pre>
 */
final class PictureStore {

    private final Path folder;

    PictureStore(Path folder) {
        this.folder = folder;
    }

    /** What became of the request {@code key}; empty where nobody finished it. */
    Optional<PictureRecord> find(String key) throws IOException {
        try {
            return Optional.of(PictureRecord.parse(Files.readString(record(key))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether this attempt may go and pay for {@code key}; only one ever may, unless it gives the claim back. */
    boolean claim(String key, String owner) throws IOException {
        Path claim = Files.createDirectories(folder.resolve("claims")).resolve(key);
        try (FileChannel channel = FileChannel.open(claim, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** Gives the claim of {@code key} back: nothing can have been billed. */
    void giveBack(String key) throws IOException {
        Files.deleteIfExists(folder.resolve("claims").resolve(key));
    }

    /** Keeps {@code image} and returns its path within the store. */
    String keep(GeneratedImage image) throws IOException {
        String name = image.sha256() + "." + image.fileExtension();
        Path shelf = Files.createDirectories(folder.resolve("objects").resolve(name.substring(0, 2)));
        if (!Files.exists(shelf.resolve(name))) {
            image.writeTo(shelf.resolve(name));
        }
        return folder.relativize(shelf.resolve(name)).toString();
    }

    /** Keeps {@code record}; there is never half of one. */
    void keep(PictureRecord record) throws IOException {
        Path file = record(record.key());
        Files.createDirectories(folder.resolve("records"));
        Path aside = file.resolveSibling("." + record.key() + "." + UUID.randomUUID());
        Files.writeString(aside, record.json());
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path record(String key) {
        return folder.resolve("records").resolve(key + ".json");
    }
}
