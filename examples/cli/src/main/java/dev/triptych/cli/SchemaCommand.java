package dev.triptych.cli;

import dev.triptych.config.ConfigJsonSchema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code triptych schema}: the JSON Schema of {@code triptych.yaml}, for editors. */
@Command(
        name = "schema",
        mixinStandardHelpOptions = true,
        description = "Prints the JSON Schema of triptych.yaml, with which an editor completes and checks it.")
final class SchemaCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    SchemaCommand() {}

    @Override
    public void run() {
        spec.commandLine().getOut().print(ConfigJsonSchema.ofClassPath());
        spec.commandLine().getOut().flush();
    }
}
