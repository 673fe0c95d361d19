package dev.triptych.examples.quickstart;

import dev.triptych.BudgetExceededException;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.compare.Comparison;
import dev.triptych.compare.ComparisonRunner;
import dev.triptych.compare.HtmlReport;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Paints foxes, each in another way. It needs no key and no network: the hosted generator of its configuration is one
 * that nobody answers at, so that there is something to fall back from.
 */
public final class Quickstart {

    private static final String CONFIGURATION = """
            default: studio
            generators:
              studio:  { type: openai, base-url: "http://127.0.0.1:1/v1", api-key: "${env:STUDIO_KEY}", model: gpt-image-1,
                         fallback: [offline] }
              offline: { type: local, model: bundled }
            cache:  { memory: 64MiB }
            budget: { directory: %s, per-day: 0.05, prices: { studio: 0.04 } }
            """;

    private final GeneratorRegistry registry;
    private final Path folder;
    private final PrintStream out;

    private Quickstart(GeneratorRegistry registry, Path folder, PrintStream out) {
        this.registry = registry;
        this.folder = folder;
        this.out = out;
    }

    /** Paints into the folder {@code arguments[0]}, or into {@code quickstart}. */
    public static void main(String[] arguments) throws IOException {
        run(Path.of(arguments.length > 0 ? arguments[0] : "quickstart"), System.out);
    }

    /** Paints into {@code folder} and tells {@code out} of it. */
    static void run(Path folder, PrintStream out) throws IOException {
        Files.createDirectories(folder);
        TriptychConfig config = TriptychConfig.builder()
                .yaml(CONFIGURATION.formatted(folder.toAbsolutePath().resolve("budget")))
                .environment(Map.of("STUDIO_KEY", "sk-for-nobody"))
                .build();
        try (GeneratorRegistry registry = GeneratorRegistry.load(config)) {
            Quickstart quickstart = new Quickstart(registry, folder, out);
            quickstart.listen();
            quickstart.cancel();
            quickstart.fallBack();
            quickstart.cache();
            quickstart.keepTheBudget();
            quickstart.compare();
        }
    }

    /** Progress comes as events, on the thread that paints. */
    private void listen() throws IOException {
        GenerationHandle handle = offline().submit(fox(1).build(), event -> {
            if (event instanceof GenerationEvent.Progress progress && progress.step() == progress.total()) {
                out.println("listener: " + progress.total() + " steps done");
            }
        });
        handle.result().image().writeTo(folder.resolve("fox.png"));
    }

    /** A generation that nobody wants any more ends within milliseconds. */
    private void cancel() {
        GenerationHandle[] handle = new GenerationHandle[1];
        synchronized (handle) {
            handle[0] = offline().submit(fox(2).steps(50).build(), event -> {
                if (event instanceof GenerationEvent.Progress) {
                    synchronized (handle) {
                        handle[0].cancel();
                    }
                }
            });
        }
        try {
            ImageResult unused = handle[0].result();
            out.println("cancel: it was done before");
        } catch (GenerationCancelledException e) {
            out.println("cancel: " + e.getMessage());
        }
    }

    /** Where the hosted generator cannot serve, the local one does; the result says who did, and why. */
    private void fallBack() {
        ImageResult result = registry.defaultGenerator().generate(fox(3).build());
        out.println("fallback: painted by " + result.execution().servedBy().name() + " instead of "
                + result.execution().passedOver().get(0).generator().name());
    }

    /** The same request with the same seed is painted once. */
    private void cache() {
        ImageResult first = offline().generate(fox(4).build());
        ImageResult second = offline().generate(fox(4).build());
        out.println("cache: " + first.execution().cache() + ", then "
                + second.execution().cache());
    }

    /** A call that could cost more than is left is not made; without a fallback that is an error. */
    private void keepTheBudget() {
        TriptychConfig dear = TriptychConfig.builder()
                .yaml(CONFIGURATION.formatted(folder.toAbsolutePath().resolve("budget")))
                .environment(Map.of("STUDIO_KEY", "sk-for-nobody"))
                .set("studio", "fallback", List.of())
                .build();
        try (GeneratorRegistry other = GeneratorRegistry.load(dear)) {
            ImageResult unused =
                    other.defaultGenerator().generate(fox(5).count(2).build());
            out.println("budget: it was paid");
        } catch (BudgetExceededException e) {
            out.println("budget: " + e.getMessage());
        }
    }

    /** The same prompt by two generators, side by side on a page. */
    private void compare() throws IOException {
        Comparison comparison = ComparisonRunner.builder()
                .requests(List.of(fox(6).build()))
                .generators(List.of(offline(), registry.generator("studio")))
                .folder(folder.resolve("comparison"))
                .run();
        Path report = folder.resolve("comparison").resolve("report.html");
        HtmlReport.write(comparison, report);
        out.println("comparison: " + report.getFileName() + ", "
                + comparison.missing().size() + " of 2 pictures missing");
    }

    private ImageGenerator offline() {
        return registry.generator("offline");
    }

    private static ImageRequest.Builder fox(long seed) {
        return ImageRequest.builder().prompt("a red fox in the snow").steps(4).seed(seed);
    }
}
