package dev.triptych.examples.quickstart;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.openai.OpenAiImageGenerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Asks OpenAI's API; with {@code --demo} a stand-in on this machine that knows one drawing and wants no key. */
public final class HostedFox {

    private HostedFox() {}

    /** Writes {@code fox.png} into the folder {@code arguments[0]}. */
    public static void main(String... arguments) throws Exception {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        boolean demo = List.of(arguments).contains("--demo");
        try (StandInImagesApi standIn = StandInImagesApi.startIf(demo);
                ImageGenerator generator = OpenAiImageGenerator.builder()
                        .baseUrl(demo ? standIn.baseUrl() : "https://api.openai.com/v1")
                        .apiKey(demo ? "sk-for-nobody" : System.getenv("OPENAI_API_KEY"))
                        .model("gpt-image-2.6-flare")
                        .build()) {
            ImageResult result = generator.generate(ImageRequest.builder()
                    .prompt("a red fox in the snow")
                    .size(1024, 1024)
                    .seed(42) // this API has none: a warning says so
                    .build());
            result.image().writeTo(folder.resolve("fox.png"));
            System.out.println(
                    "asked a server, warned of: " + result.warnings().get(0).field());
        }
    }
}
