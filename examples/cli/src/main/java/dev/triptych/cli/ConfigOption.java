package dev.triptych.cli;

import dev.triptych.config.TriptychConfig;
import dev.triptych.storage.UserFolders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says where the configuration is, and what the command line adds to it. */
final class ConfigOption {

    private static final String JOURNAL = "journal";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration. Default: triptych.yaml in the working folder, if there is one.")
    private @Nullable Path config;

    ConfigOption() {}

    /** The configuration as it is. */
    TriptychConfig load() {
        return builder().build();
    }

    /**
     * The configuration, open for settings of one command. Billed calls are written down even where it names no
     * journal.
     */
    TriptychConfig.Builder builder() {
        Map<String, String> environment = System.getenv();
        TriptychConfig.Builder builder = TriptychConfig.builder().environment(environment);
        Path file = config == null ? Path.of(TriptychConfig.FILE_NAME) : config;
        if (config != null || Files.exists(file)) {
            builder.file(file);
        }
        if (builder.build().section(JOURNAL).keys().isEmpty()) {
            builder.setSection(
                    JOURNAL,
                    "directory",
                    stateFolder(environment).resolve(JOURNAL).toString());
        }
        return builder;
    }

    /** Where a program keeps what it must remember. */
    static Path stateFolder(Map<String, String> environment) {
        try {
            return UserFolders.state(environment);
        } catch (IllegalStateException e) {
            throw new CommandFailure(
                    "the state folder, for the journal of billed calls and more, has no place: " + e.getMessage(), e);
        }
    }
}
