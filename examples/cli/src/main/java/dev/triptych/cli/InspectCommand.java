package dev.triptych.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.triptych.diffusion.ModelInspection;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych inspect}: what a file is, by its content. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Says what a file or a folder is, without loading it: a whole model, a LoRA, an autoencoder;"
                + " its parts, sizes, types, rank, trigger words; a picture: who claims to have made it, and how.")
final class InspectCommand implements Callable<Integer> {

    private static final int HEAD = 12;

    /** Metadata that says what a file is; the rest is long, and there with {@code --json}. */
    private static final String TELLING = "modelspec\\.(title|author|architecture|prediction_type|license|usage_hint)"
            + "|ss_(output_name|base_model_version|network_module|network_dim|network_alpha|resolution)"
            + "|general\\.(architecture|name)";

    private static final int LONGEST = 200;

    @Parameters(paramLabel = "FILE|DIR", description = "A file of tensors, a folder with a model, or a picture.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String path;

    @Option(names = "--json", description = "Prints one JSON object, with all metadata.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    InspectCommand() {}

    @Override
    public Integer call() {
        Path file = Path.of(GeneratorChoice.expanded(path));
        if (!Files.exists(file)) {
            throw new CommandFailure(file + " must be a file or a folder but does not exist");
        }
        if (isPicture(file)) {
            inspectPicture(file);
            return 0;
        }
        ModelInspection inspection = ModelInspection.of(file);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(file, inspection));
        } else {
            print(out, file, inspection);
        }
        return 0;
    }

    private void inspectPicture(Path file) {
        PrintWriter out = spec.commandLine().getOut();
        PictureInspection inspection;
        try {
            inspection = PictureInspection.of(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new CommandFailure(file + " cannot be read: " + IoReason.of(e), e);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(file + " must be a readable picture but was not: " + e.getMessage(), e);
        }
        if (json) {
            out.println(inspection.json());
        } else {
            inspection.lines().forEach(out::println);
        }
    }

    /** Whether a file begins as PNG, JPEG or WebP do. */
    private static boolean isPicture(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream input = Files.newInputStream(file)) {
            String head = new String(input.readNBytes(HEAD), StandardCharsets.ISO_8859_1);
            return head.startsWith("\u0089PNG")
                    || head.startsWith("\u00ff\u00d8\u00ff")
                    || (head.startsWith("RIFF") && head.endsWith("WEBP"));
        } catch (IOException e) {
            throw new CommandFailure(file + " cannot be read: " + IoReason.of(e));
        }
    }

    private static void print(PrintWriter out, Path file, ModelInspection inspection) {
        out.println(file + ": " + inspection.kind() + (inspection.model().isEmpty() ? "" : ", " + inspection.model()));
        for (ModelInspection.Part part : inspection.parts()) {
            out.println("  " + (part.name().isEmpty() ? "tensors" : part.name()) + "  " + part.description() + "  "
                    + part.tensors() + " tensors, " + millions(part.parameters()) + " parameters, "
                    + megabytes(part.bytes()) + (part.types().isEmpty() ? "" : ", " + String.join("+", part.types())));
        }
        inspection.facts().forEach((name, value) -> out.println("  " + name + ": " + oneLine(value)));
        for (Map.Entry<String, String> entry : inspection.metadata().entrySet()) {
            if (entry.getKey().matches(TELLING) && !entry.getValue().isBlank()) {
                out.println("  " + entry.getKey() + ": " + oneLine(entry.getValue()));
            }
        }
    }

    /** What a file says of itself, as nothing that moves a terminal's cursor, and not for ever. */
    private static String oneLine(String text) {
        String plain = text.replaceAll("\\p{Cntrl}+", " ").strip();
        int end = plain.offsetByCodePoints(0, Math.min(LONGEST, plain.codePointCount(0, plain.length())));
        return end < plain.length() ? plain.substring(0, end) + "…" : plain;
    }

    private static String millions(long parameters) {
        return parameters < 1_000_000
                ? Long.toString(parameters)
                : String.format(Locale.ROOT, "%.1f M", parameters / 1e6);
    }

    private static String megabytes(long bytes) {
        return bytes < 1_000_000 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static String json(Path file, ModelInspection inspection) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("path", file.toString());
            json.writeStringField("kind", inspection.kind());
            json.writeStringField("model", inspection.model());
            json.writeArrayFieldStart("parts");
            for (ModelInspection.Part part : inspection.parts()) {
                writePart(json, part);
            }
            json.writeEndArray();
            writeMap(json, "facts", inspection.facts());
            writeMap(json, "metadata", inspection.metadata());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void writePart(JsonGenerator json, ModelInspection.Part part) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", part.name());
        json.writeStringField("description", part.description());
        json.writeNumberField("tensors", part.tensors());
        json.writeNumberField("parameters", part.parameters());
        json.writeNumberField("bytes", part.bytes());
        json.writeArrayFieldStart("types");
        for (String type : part.types()) {
            json.writeString(type);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeMap(JsonGenerator json, String name, Map<String, String> map) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> entry : map.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }
}
