package dev.triptych.spring.boot;

import dev.triptych.config.ConfigException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong with the configuration, and the line to add, instead of a stack trace. */
final class ConfigFailureAnalyzer extends AbstractFailureAnalyzer<ConfigException> {

    private static final String ACTION = """
            Correct the property that is named, below triptych. in the application's properties, or in the file that \
            triptych.config names.""";
    private static final String NO_PROVIDER = """
            Add a provider to the dependencies. The one that paints on this machine, without a key:

                <dependency>
                  <groupId>dev.triptych</groupId>
                  <artifactId>triptych-provider-local-diffusion-cpu</artifactId>
                  <type>pom</type>
                </dependency>
            """;

    /** For Spring. */
    ConfigFailureAnalyzer() {}

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ConfigException cause) {
        String message = String.valueOf(cause.getMessage());
        boolean noProvider = message.contains("on the class path");
        return new FailureAnalysis(
                "Triptych's configuration cannot be used: " + message, noProvider ? NO_PROVIDER : ACTION, cause);
    }
}
