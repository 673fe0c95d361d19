package dev.triptych.examples.sparkbatch;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A paid generator, {@code type: dying}, that writes each call down where it is billed. What a prompt asks for, it
 * does: {@code die} kills the JVM after billing, {@code fail} fails the task, {@code lose} loses the answer,
 * {@code refuse} refuses before billing.
 */
public final class DyingFactory implements GeneratorFactory {

    /** For the service loader. */
    public DyingFactory() {}

    @Override
    public String type() {
        return "dying";
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(SettingKey.of("bills", "", "The file that each call is written down in."));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        return new Dying(FaultyGenerator.billed(settings.name()), Path.of(settings.required("bills")));
    }

    private record Dying(FaultyGenerator painter, Path bills) implements ImageGenerator {

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            String prompt = request.prompt();
            if (prompt.startsWith("refuse")) {
                throw new ProviderUnavailableException("come back later", origin(Outcome.NOT_SENT));
            }
            bill(prompt);
            if (prompt.startsWith("die")) {
                Runtime.getRuntime().halt(137);
            }
            if (prompt.startsWith("fail")) {
                throw new IllegalStateException("the task fails");
            }
            if (prompt.startsWith("lose")) {
                throw new ProviderUnavailableException("the answer was lost", origin(Outcome.UNKNOWN));
            }
            return painter.generate(request, context);
        }

        private void bill(String prompt) {
            try {
                Files.writeString(bills, prompt + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static ErrorOrigin origin(Outcome outcome) {
            return ErrorOrigin.of(FaultyGenerator.PROVIDER, outcome);
        }

        @Override
        public Capabilities capabilities() {
            return FaultyGenerator.standardCapabilities()
                    .costClass(CostClass.BILLED)
                    .build();
        }

        @Override
        public GeneratorInfo info() {
            return painter.info();
        }

        @Override
        public void close() {}
    }
}
