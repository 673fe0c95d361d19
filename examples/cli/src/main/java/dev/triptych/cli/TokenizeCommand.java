package dev.triptych.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.triptych.GenerationContext;
import dev.triptych.diffusion.ModelHub;
import dev.triptych.diffusion.ModelSource;
import dev.triptych.diffusion.PromptTokens;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych tokenize}: what the text encoder is given for a text. */
@Command(
        name = "tokenize",
        mixinStandardHelpOptions = true,
        description = "Prints the token ids and tokens of a text, padded as the text encoder gets them.")
final class TokenizeCommand implements Callable<Integer> {

    @Option(
            names = "--model",
            paramLabel = "bundled|DIR|OWNER/NAME",
            description = "A checkpoint, also one on the hub, or a tokenizer's folder. Default: bundled.")
    private String model = "bundled";

    @Parameters(paramLabel = "TEXT", description = "The text.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String text;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    TokenizeCommand() {}

    @Override
    public Integer call() {
        PromptTokens tokens = model.equals("bundled")
                ? PromptTokens.bundled()
                : PromptTokens.of(ModelHub.ofEnvironment().find(ModelSource.parse(model), GenerationContext.create()));
        spec.commandLine().getOut().println(json(tokens, tokens.ids(text)));
        return 0;
    }

    private static String json(PromptTokens tokens, int[] ids) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeFieldName("ids");
            json.writeArray(ids, 0, ids.length);
            json.writeArrayFieldStart("tokens");
            for (int id : ids) {
                json.writeString(tokens.token(id));
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
