package dev.triptych.resilience;

import dev.triptych.CostClass;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.Purse;
import java.util.Optional;

/** The call itself. Where it may be billed, it is covered by the request's purse and written down before and after. */
final class ProviderStage implements Stage {

    private final ImageGenerator provider;
    private final GeneratorInfo generator;
    private final Optional<CallJournal> journal;

    ProviderStage(ImageGenerator provider, GeneratorInfo generator, Optional<CallJournal> journal) {
        this.provider = provider;
        this.generator = generator;
        this.journal = journal;
    }

    @Override
    public ImageResult run(Call call) {
        call.context().checkActive(generator.provider(), Outcome.NOT_SENT);
        return provider.capabilities().costClass() == CostClass.FREE ? send(call) : sendBilled(call);
    }

    private ImageResult send(Call call) {
        call.providerCalls().incrementAndGet();
        return provider.generate(call.request(), call.context());
    }

    private ImageResult sendBilled(Call call) {
        Optional<Purse.Call> money = call.scope()
                .purse()
                .map(purse -> purse.begin(generator, call.request().count()));
        Optional<CallJournal.Call> entry = Optional.empty();
        ImageResult result;
        try {
            entry = journal.map(book ->
                    book.started(generator, call.request(), call.context().requestId()));
            result = send(call);
        } catch (RuntimeException | Error e) {
            money.ifPresent(open ->
                    open.failed(e instanceof ImageGenerationException known ? Optional.of(known) : Optional.empty()));
            entry.ifPresent(open -> open.failed(e));
            throw e;
        }
        money.ifPresent(open -> open.succeeded(result));
        entry.ifPresent(open -> open.succeeded(result));
        return result;
    }
}
