package dev.triptych.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import java.io.PrintWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what went wrong: a line for a person on the error stream and, with {@code --json}, an object for a program on
 * standard output. A stack trace only for what is our own defect.
 */
final class ErrorPrinter {

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;

    ErrorPrinter(PrintWriter out, PrintWriter err, boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
    }

    /** Says why a command failed, and returns its exit code. */
    int failed(Exception error) {
        if (StopSignal.received()) {
            return Main.STOPPED; // Whatever failed, it failed because the process ends.
        }
        if (error instanceof GenerationCancelledException) {
            return tell(error, "stopped", Main.STOPPED);
        }
        if (error instanceof ImageGenerationException || error instanceof CommandFailure) {
            return tell(error, String.valueOf(error.getMessage()), Main.FAILED);
        }
        if (error instanceof IllegalArgumentException) {
            return tell(error, String.valueOf(error.getMessage()), Main.WRONG_USAGE);
        }
        tell(error, "this is a defect of Triptych, please report it", Main.FAILED);
        error.printStackTrace(err);
        return Main.FAILED;
    }

    private int tell(Exception error, String message, int code) {
        err.println("triptych: " + message);
        if (error instanceof ImageGenerationException e) {
            money(e.outcome()).ifPresent(line -> err.println("triptych: " + line));
            links(e).forEach(link -> err.println("triptych: a picture lies at " + link));
        }
        if (json) {
            out.println(json(error, message).put("exitCode", code));
        }
        return code;
    }

    /** What the outcome means for whoever pays. */
    static Optional<String> money(Outcome outcome) {
        return switch (outcome) {
            case NOT_SENT, REJECTED -> Optional.empty();
            case UNKNOWN ->
                Optional.of("outcome unknown: the call may have been carried out and billed; it is not repeated by"
                        + " itself");
            case COMPLETED -> Optional.of("outcome completed: the pictures were made, and billed where they cost");
        };
    }

    /** Where pictures lie that could not be fetched, for whoever rescues them by hand. */
    private static List<URI> links(ImageGenerationException error) {
        return error instanceof ImageFetchException fetch ? fetch.links() : List.of();
    }

    /** {@code error} for a program. */
    static ObjectNode json(Throwable error, String message) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("error", message)
                .put("type", error.getClass().getSimpleName());
        if (error instanceof ImageGenerationException e) {
            node.put("provider", e.providerId())
                    .put("outcome", e.outcome().name())
                    .put("mayBeBilled", e.outcome() == Outcome.UNKNOWN || e.outcome() == Outcome.COMPLETED)
                    .put("retryable", e.isRetryable());
            if (!links(e).isEmpty()) {
                ArrayNode pictures = node.putArray("links");
                links(e).forEach(link -> pictures.add(link.toString()));
            }
            e.requestId().ifPresent(id -> node.put("requestId", id));
            e.httpStatus().ifPresent(status -> node.put("httpStatus", status));
            e.retryAfter().ifPresent(wait -> node.put("retryAfterSeconds", wait.toMillis() / 1000.0));
        }
        return node;
    }

    /** Says how a command is to be called, with what was probably meant, and returns the exit code. */
    int misused(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        err.println("triptych: " + error.getMessage());
        hints(error, arguments).forEach(err::println);
        UnmatchedArgumentException.printSuggestions(error, err);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        if (json) {
            out.println(json(error, String.valueOf(error.getMessage())).put("exitCode", Main.WRONG_USAGE));
        }
        return Main.WRONG_USAGE;
    }

    private static List<String> hints(ParameterException error, String[] arguments) {
        String command = error.getCommandLine().getCommandName();
        List<String> hints = new ArrayList<>();
        if (error instanceof UnmatchedArgumentException unmatched
                && command.equals("generate")
                && unmatched.getUnmatched().stream().noneMatch(word -> word.startsWith("-"))) {
            hints.add("A prompt is one argument: put it in quotes, as in: triptych generate \"a red fox\"");
        }
        if (error instanceof UnmatchedArgumentException unmatched
                && command.equals("triptych")
                && unmatched.getUnmatched().stream().anyMatch(word -> word.contains(" "))) {
            hints.add("A picture is made with the command generate, as in: triptych generate \"a red fox\"");
        }
        boolean unread = error instanceof UnmatchedArgumentException || error instanceof MissingParameterException;
        if (unread && List.of(arguments).stream().anyMatch(word -> word.startsWith("-") && word.contains(" "))) {
            hints.add("A text that begins with - comes last, after --, as in: triptych generate -- \"-5 degrees\"");
        }
        return hints;
    }
}
