package dev.triptych.examples.quickstart;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import java.nio.file.Files;
import java.nio.file.Path;

/** Paints on this machine, with the bundled checkpoint: no account, no key, no network. */
public final class LocalFox {

    private LocalFox() {}

    /** Paints {@code fox.png} into the folder {@code arguments[0]}. */
    public static void main(String... arguments) throws Exception {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        try (ImageGenerator generator = LocalDiffusionGenerator.bundled()) {
            ImageResult result = generator.generate(ImageRequest.builder()
                    .prompt("a red fox in the snow")
                    .steps(8) // a few more look a little better; 12 are the checkpoint's own choice
                    .seed(42) // the same seed and settings give the same picture
                    .build());
            result.image().writeTo(folder.resolve("fox.png"));
            System.out.println(
                    "painted on this machine: seed " + result.image().seed().getAsLong());
        }
    }
}
