package dev.triptych.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageFailure;
import dev.triptych.ImageResult;
import dev.triptych.cli.OutputFiles.Written;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says what came out: a line a picture for a person, or a JSON object a line for a program. */
final class ResultPrinter {

    private static final JsonFactory JSON = new JsonFactory();

    private final PrintWriter out;
    private final PrintWriter err;

    ResultPrinter(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    /** {@code fox.png 128x128 seed 42 bundled 1.21 s}, and each warning on the error stream. */
    void printForPerson(ImageResult result, List<Written> written) {
        for (int i = 0; i < written.size(); i++) {
            GeneratedImage image = result.images().get(i);
            String seed = image.seed().isPresent() ? "  seed " + image.seed().getAsLong() : "";
            String file = written.get(i).file().map(Path::toString).orElse("(not written)");
            out.println(file + "  " + image.width() + "x" + image.height() + seed + "  "
                    + result.execution().servedBy().model() + "  "
                    + String.format(
                            Locale.ROOT, "%.2f s", seconds(result.execution().total())));
        }
        printWarnings(result);
    }

    /** Only the files' names, for a shell. */
    void printQuietly(List<Written> written) {
        written.forEach(each -> each.file().ifPresent(out::println));
    }

    /** One JSON object a line and picture. */
    void printJson(ImageResult result, List<Written> written) {
        for (int i = 0; i < written.size(); i++) {
            out.println(json(result, result.images().get(i), written.get(i)));
        }
    }

    private void printWarnings(ImageResult result) {
        for (GenerationWarning warning : result.warnings()) {
            boolean remark = warning.kind() == GenerationWarning.Kind.NOTICE;
            err.println((remark ? "note: " : "warning: ") + warning.message());
        }
    }

    /** Each picture that did not come or is not where it was wanted, and why; whether there is none. */
    boolean printFailures(ImageResult result, List<Written> written, boolean json) {
        for (ImageFailure failure : result.failures()) {
            String message = "picture " + (failure.index() + 1) + " did not come: "
                    + failure.error().getMessage();
            err.println(message);
            ErrorPrinter.money(failure.error().outcome()).ifPresent(err::println);
            if (json) {
                out.println(ErrorPrinter.json(failure.error(), message).put("picture", failure.index() + 1));
            }
        }
        written.forEach(each -> each.trouble().ifPresent(trouble -> err.println("triptych: " + trouble)));
        return result.failures().isEmpty()
                && written.stream().allMatch(each -> each.trouble().isEmpty());
    }

    private static String json(ImageResult result, GeneratedImage image, Written written) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            ExecutionRecord execution = result.execution();
            json.writeStartObject();
            if (written.file().isPresent()) {
                json.writeStringField("file", written.file().get().toString());
            } else {
                json.writeNullField("file");
            }
            if (written.trouble().isPresent()) {
                json.writeStringField("error", written.trouble().get());
            }
            if (image.seed().isPresent()) {
                json.writeNumberField("seed", image.seed().getAsLong());
            } else {
                json.writeNullField("seed");
            }
            json.writeNumberField("width", image.width());
            json.writeNumberField("height", image.height());
            json.writeStringField("sha256", image.sha256());
            json.writeStringField("generator", execution.servedBy().name());
            json.writeStringField("model", execution.servedBy().model());
            json.writeObjectFieldStart("options");
            for (Map.Entry<String, String> option :
                    execution.effectiveRequest().options().entrySet()) {
                json.writeStringField(option.getKey(), option.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("warnings");
            for (GenerationWarning warning : result.warnings()) {
                json.writeString(warning.message());
            }
            json.writeEndArray();
            json.writeObjectFieldStart("durations");
            for (Map.Entry<String, Duration> stage : execution.durations().entrySet()) {
                json.writeNumberField(stage.getKey(), seconds(stage.getValue()));
            }
            json.writeNumberField("total", seconds(execution.total()));
            json.writeEndObject();
            json.writeNumberField("attempts", execution.attempts());
            json.writeStringField("cache", execution.cache().name());
            if (result.cost().isPresent()) {
                json.writeStringField(
                        "cost",
                        result.cost().get().amount().toPlainString() + " "
                                + result.cost().get().currency());
            } else {
                json.writeNullField("cost");
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
