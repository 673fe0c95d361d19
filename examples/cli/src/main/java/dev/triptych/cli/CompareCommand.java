package dev.triptych.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.NegotiationMode;
import dev.triptych.compare.Cell;
import dev.triptych.compare.Comparison;
import dev.triptych.compare.ComparisonRunner;
import dev.triptych.compare.ComparisonSheet;
import dev.triptych.compare.HtmlReport;
import dev.triptych.compare.ModelFacts;
import dev.triptych.compare.PromptFile;
import dev.triptych.compare.Scorers;
import dev.triptych.compare.Variant;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.media.ContactSheet;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych compare}: the same prompts for several generators, and a page that shows them side by side. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Puts every prompt to every generator and writes report.html, contact-sheet.png, cells.jsonl and pairs.jsonl.",
            "A generator that fails leaves a reason in its cell. Exit code 1 if there is no picture at all."
        },
        sortOptions = false)
final class CompareCommand implements Callable<Integer> {

    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

    @Option(
            names = "--prompts",
            required = true,
            paramLabel = "FILE",
            description = "One prompt a line, or a JSON object with a request's settings.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path prompts;

    @Option(
            names = "--generators",
            required = true,
            split = ",",
            paramLabel = "NAME",
            description = "Generators of the configuration and variants, in the order of the columns.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private List<String> generators;

    @Option(
            names = "--variant",
            paramLabel = "NAME=GENERATOR:SETTINGS",
            description = "A generator with settings of its own, to compare it with itself: "
                    + "quick=offline:steps=4,local.scheduler=ddim")
    private Map<String, String> variants = new LinkedHashMap<>();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where pictures and report go.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path out;

    @Option(
            names = "--resume",
            description = "Go on with the comparison in the folder. Pictures, refusals and calls that may have been "
                    + "billed stay; the rest is tried again.")
    private boolean resume;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(names = "--title", paramLabel = "TEXT", description = "Heading of the report.")
    private String title = "Comparison";

    @Option(names = "--seed", paramLabel = "N", description = "Seed of every prompt that has none of its own.")
    private @Nullable Long seed;

    @Option(
            names = "--limit",
            split = ",",
            paramLabel = "NAME=N",
            description = "How many prompts a generator works on at a time. Default: " + ComparisonRunner.REMOTE_LIMIT
                    + " for remote ones, 1 for all local ones together.")
    private Map<String, Integer> limits = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "How long one picture may take.")
    private @Nullable Integer timeoutSeconds;

    @Option(names = "--strict", description = "What a generator cannot do is a reason in its cell, not a warning.")
    private boolean strict;

    @Option(
            names = "--open-weights",
            split = ",",
            paramLabel = "NAME=true|false",
            description = "Whether anybody may download the weights; for the report's table.")
    private Map<String, Boolean> openWeights = new LinkedHashMap<>();

    @Option(
            names = "--style",
            paramLabel = "NAME=TEXT",
            description = "What a generator's pictures look like; for the report's table.")
    private Map<String, String> styles = new LinkedHashMap<>();

    @Option(names = "--json", description = "One JSON object in place of text.")
    private boolean json;

    @Option(names = "--quiet", description = "No line for each picture.")
    private boolean quiet;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    CompareCommand() {}

    @Override
    public Integer call() {
        try (StopSignal stop = new StopSignal();
                GeneratorRegistry registry = GeneratorRegistry.load(config.load());
                Scorers scorers = Scorers.discovered()) {
            ComparisonRunner.Builder plan = plan(registry);
            // Before anything is painted, so that nobody wonders afterwards.
            ContactSheet.captionTrouble().ifPresent(this::noteMissingCaptions);
            Comparison comparison = plan.scorers(scorers)
                    .cancellation(stop.cancellation())
                    .listener(this::tell)
                    .run();
            HtmlReport.write(comparison, report());
            ComparisonSheet.write(comparison, sheet());
            summarize(comparison);
            return comparison.missing().size() < comparison.cells().size() ? 0 : Main.FAILED;
        } catch (NoSuchFileException e) {
            throw new CommandFailure("file does not exist: " + e.getFile(), e);
        } catch (IOException e) {
            throw new CommandFailure("comparison cannot be read or written: " + IoReason.of(e), e);
        }
    }

    private ComparisonRunner.Builder plan(GeneratorRegistry registry) throws IOException {
        variants.keySet().stream()
                .filter(name -> !names().contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new IllegalArgumentException("--variant " + name
                            + " must be one of --generators but those are " + String.join(", ", names()));
                });
        List<ImageGenerator> columns = new ArrayList<>();
        for (String name : generators) {
            columns.add(column(name.strip(), registry));
        }
        ComparisonRunner.Builder plan = ComparisonRunner.builder()
                .title(title)
                .requests(PromptFile.read(prompts).stream().map(this::seeded).toList())
                .generators(columns)
                .folder(out)
                .resume(resume)
                .negotiation(strict ? NegotiationMode.STRICT : NegotiationMode.ADAPT);
        limits.forEach(plan::limit);
        if (timeoutSeconds != null) {
            plan.timeout(Duration.ofSeconds(timeoutSeconds));
        }
        Set<String> told = new LinkedHashSet<>(openWeights.keySet());
        told.addAll(styles.keySet());
        for (String name : told) {
            plan.facts(
                    name,
                    new ModelFacts(Optional.ofNullable(openWeights.get(name)), styles.getOrDefault(name, ""), ""));
        }
        return plan;
    }

    private List<String> names() {
        return generators.stream().map(String::strip).toList();
    }

    private ImageGenerator column(String name, GeneratorRegistry registry) {
        String variant = variants.get(name);
        if (variant == null) {
            return UnusableGenerator.orUsable(name, registry.generator(name));
        }
        int colon = variant.indexOf(':');
        if (colon < 1) {
            throw new CommandFailure(
                    "--variant must be NAME=GENERATOR:SETTINGS but was \"" + name + "=" + variant + "\"");
        }
        return Variant.of(
                name,
                UnusableGenerator.orUsable(
                        variant.substring(0, colon), registry.generator(variant.substring(0, colon))),
                settings(name, variant.substring(colon + 1)));
    }

    /** {@code steps=4,local.scheduler=ddim} as the JSON of a request; a key with a dot is an option. */
    private static String settings(String variant, String text) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (String setting : text.split(",", -1)) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new CommandFailure(
                        "settings of variant " + variant + " must be KEY=VALUE but one was \"" + setting + "\"");
            }
            String key = setting.substring(0, equals).strip();
            String value = setting.substring(equals + 1).strip();
            if (key.contains(".")) {
                fields.withObjectProperty("options").put(key, value);
            } else if (NUMBER.matcher(value).matches()) {
                fields.put(key, new BigDecimal(value));
            } else {
                fields.put(key, value);
            }
        }
        return fields.toString();
    }

    private ImageRequest seeded(ImageRequest request) {
        return seed == null || request.seed().isPresent()
                ? request
                : request.toBuilder().seed(seed.longValue()).build();
    }

    private void noteMissingCaptions(String reason) {
        if (!quiet) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "note: contact-sheet.png has no captions, since this system has no fonts that Java can use ("
                                    + reason + ")");
        }
    }

    private void tell(Cell cell, int done, int total) {
        if (quiet || json) {
            return;
        }
        String what = cell.reason()
                .map(reason ->
                        reason.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + reason.message())
                .orElseGet(() -> cell.picture().orElseThrow().file());
        spec.commandLine()
                .getErr()
                .println(done + "/" + total + "  " + cell.generator() + ", prompt " + (cell.row() + 1) + ": " + what);
    }

    private void summarize(Comparison comparison) {
        int missing = comparison.missing().size();
        int pictures = comparison.cells().size() - missing;
        PrintWriter console = spec.commandLine().getOut();
        if (json) {
            console.println(JsonNodeFactory.instance
                    .objectNode()
                    .put("report", report().toString())
                    .put("contactSheet", sheet().toString())
                    .put("cells", out.resolve("cells.jsonl").toString())
                    .put("pictures", pictures)
                    .put("missing", missing));
        } else {
            console.println(report());
            console.println(sheet());
            if (!quiet) {
                spec.commandLine()
                        .getErr()
                        .println(CacheCommand.counted(pictures, "picture") + ", " + missing + " missing");
            }
        }
    }

    private Path report() {
        return out.resolve("report.html");
    }

    private Path sheet() {
        return out.resolve("contact-sheet.png");
    }
}
