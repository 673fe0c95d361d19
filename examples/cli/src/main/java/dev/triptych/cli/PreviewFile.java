package dev.triptych.cli;

import dev.triptych.Capabilities;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationListener;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.server.jobs.PreviewWish;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * A file that always holds the newest unfinished picture, whole: each is written aside and moved. Not being able to
 * write it stops no painting; the result says so once.
 */
final class PreviewFile implements GenerationListener {

    private final Path file;
    private Optional<String> trouble = Optional.empty();

    private PreviewFile(Path file) {
        this.file = file;
    }

    /**
     * The file {@code path}.
     *
     * @throws CommandFailure if it cannot be one
     */
    static PreviewFile at(Path path) {
        Path file = path.toAbsolutePath();
        Path folder = file.getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new CommandFailure("preview must be a file but was the folder " + path);
        }
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure("preview must be in a folder that exists but " + folder + " does not");
        }
        return new PreviewFile(file);
    }

    /**
     * {@code request} with the wish for about ten previews where it says nothing of them.
     *
     * @param warnings gets one where the generator shows none
     */
    static ImageRequest wished(ImageRequest request, Capabilities can, List<GenerationWarning> warnings) {
        if (!can.previews()) {
            warnings.add(GenerationWarning.ignored(
                    "preview", "--preview has no effect: this generator shows no" + " unfinished pictures"));
        }
        return PreviewWish.in(request, can);
    }

    @Override
    public void onEvent(GenerationEvent event) {
        if (event instanceof GenerationEvent.Preview preview) {
            try {
                write(preview.image().bytes());
            } catch (IOException e) {
                trouble = Optional.of(IoReason.of(e));
            }
        }
    }

    private void write(byte[] picture) throws IOException {
        Path aside = file.resolveSibling("." + file.getFileName() + ".part");
        try {
            Files.write(aside, picture);
            Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /** Why a preview was not written; empty if all were. */
    Optional<GenerationWarning> trouble() {
        return trouble.map(reason ->
                GenerationWarning.ignored("preview", "previews could not be written to " + file + ": " + reason));
    }
}
