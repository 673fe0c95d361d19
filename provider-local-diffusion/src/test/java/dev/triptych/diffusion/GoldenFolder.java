package dev.triptych.diffusion;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reference values: the whole set beside the checkout, or the compact subset that is checked in, where the tokenizer's
 * vocabulary stands once for all checkpoints.
 */
record GoldenFolder(Path folder, String suffix) {

    static GoldenFolder checkedIn() {
        return new GoldenFolder(Path.of("src", "test", "resources", "golden"), "-compact");
    }

    static GoldenFolder at(Path folder) {
        return new GoldenFolder(folder, "");
    }

    GoldenPipelines pipelines(String family) throws IOException {
        Path expected = folder.resolve("expected");
        return GoldenPipelines.open(
                expected.resolve(family + suffix + ".json"),
                expected.resolve(family + suffix + ".safetensors"),
                checkpoint("tiny-" + family));
    }

    /** A complete diffusers directory: where the vocabulary stands apart, a copy with it in its place. */
    Path checkpoint(String name) throws IOException {
        Path checkpoint = folder.resolve("checkpoints").resolve(name);
        if (Files.isDirectory(checkpoint.resolve("tokenizer"))) {
            return checkpoint;
        }
        Path complete = Files.createTempDirectory("golden").resolve(name);
        copy(checkpoint, complete);
        copy(folder.resolve("clip-tokenizer"), complete.resolve("tokenizer"));
        return complete;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(file).toString());
                Files.copy(file, target);
                target.toFile().deleteOnExit();
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
