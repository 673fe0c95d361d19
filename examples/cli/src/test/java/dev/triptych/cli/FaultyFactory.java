package dev.triptych.cli;

import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerator;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.testkit.FaultyGenerator;
import java.util.List;

/** {@code type: faulty}: plain pictures, for tests of the command line that need no model. */
public final class FaultyFactory implements GeneratorFactory {

    /** Made by the service loader. */
    public FaultyFactory() {}

    @Override
    public String type() {
        return "faulty";
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of("refuse-call", "", "The call that is refused, from 1."),
                SettingKey.of("refuse-all", "false", "Whether every call is refused."),
                SettingKey.of("lose-call", "", "The call of which nobody knows what became, from 1."),
                SettingKey.secret("key", "Nothing is done with it."),
                SettingKey.of("billed", "false", "Whether a call may cost money."));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        boolean billed = settings.bool("billed").orElse(false);
        FaultyGenerator generator =
                billed ? FaultyGenerator.billed(settings.name()) : FaultyGenerator.named(settings.name());
        ContentRejectedException refusal =
                new ContentRejectedException("prompt was refused", ErrorOrigin.of("faulty", Outcome.REJECTED));
        settings.integer("refuse-call").ifPresent(call -> generator.failCall(call, refusal));
        settings.integer("lose-call")
                .ifPresent(call -> generator.failCall(
                        call,
                        new ProviderUnavailableException(
                                "no answer came",
                                ErrorOrigin.of("faulty", Outcome.UNKNOWN).withRequestId("r-7"))));
        if (settings.bool("refuse-all").orElse(false)) {
            generator.failAlways(refusal);
        }
        return generator;
    }
}
