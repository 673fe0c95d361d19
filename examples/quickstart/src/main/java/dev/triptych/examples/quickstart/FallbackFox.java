package dev.triptych.examples.quickstart;

import dev.triptych.ImageResult;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Asks OpenAI's API and, where that cannot be reached, paints here; with {@code --demo} it cannot be reached. */
public final class FallbackFox {

    private static final String CONFIGURATION = """
            default: studio
            generators:
              studio:  { type: openai, base-url: "%s", model: gpt-image-2.6-flare, api-key: "${env:OPENAI_API_KEY}",
                         fallback: [offline] }
              offline: { type: local, model: bundled }
            """;

    private FallbackFox() {}

    /** Writes {@code fox.png} into the folder {@code arguments[0]}. */
    public static void main(String... arguments) throws Exception {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        boolean demo = List.of(arguments).contains("--demo");
        TriptychConfig config = TriptychConfig.builder()
                .yaml(CONFIGURATION.formatted(demo ? "http://127.0.0.1:1/v1" : "https://api.openai.com/v1"))
                .environment(demo ? Map.of("OPENAI_API_KEY", "sk-for-nobody") : System.getenv())
                .build();
        try (GeneratorRegistry registry = GeneratorRegistry.load(config)) {
            ImageResult result = registry.defaultGenerator().generate("a red fox in the snow");
            result.image().writeTo(folder.resolve("fox.png"));
            System.out.println("painted by " + result.execution().servedBy().name());
        }
    }
}
