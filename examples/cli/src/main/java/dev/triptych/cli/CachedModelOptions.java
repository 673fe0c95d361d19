package dev.triptych.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model of the Hugging Face cache a command is about. */
final class CachedModelOptions {

    @Parameters(paramLabel = "OWNER/NAME", description = "The model, as models list prints it.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String name;

    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "A branch, a tag, or the first digits of a commit. Default: all of them.")
    private @Nullable String revision;

    String name() {
        return name;
    }

    /** The revision asked for; empty = all of them. */
    Optional<String> revision() {
        return Optional.ofNullable(revision);
    }
}
