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

/**
 * The call itself, its result held against the request. Where it may be billed, it is covered by the request's purse
 * and written down before and after.
 */
final class ProviderStage implements Stage {

    private static final System.Logger LOG = System.getLogger(ProviderStage.class.getName());

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
        CostClass cost = provider.capabilities().costClass();
        if (cost == CostClass.FREE) {
            call.running().passOn();
            return send(call, cost);
        }
        call.running().begin(cost);
        return sendBilled(call);
    }

    private ImageResult send(Call call, CostClass cost) {
        call.providerCalls().incrementAndGet();
        return ResultCheck.held(call.request(), provider.generate(call.request(), call.context()), generator, cost);
    }

    private ImageResult sendBilled(Call call) {
        Optional<Purse.Call> money = call.scope()
                .purse()
                .map(purse -> purse.begin(generator, call.request().count()));
        Optional<CallJournal.Call> entry = Optional.empty();
        ImageResult result;
        try {
            entry = journal.map(book -> book.started(
                    generator,
                    call.request(),
                    call.context().requestId(),
                    call.scope().rewriter()));
            result = send(call, CostClass.BILLED);
        } catch (RuntimeException | Error e) {
            Optional<CallJournal.Call> open = entry;
            book(() -> money.ifPresent(each ->
                    each.failed(e instanceof ImageGenerationException known ? Optional.of(known) : Optional.empty())));
            book(() -> open.ifPresent(each -> each.failed(e)));
            throw e;
        }
        Optional<CallJournal.Call> open = entry;
        book(() -> money.ifPresent(each -> each.succeeded(result)));
        book(() -> open.ifPresent(each -> each.succeeded(result)));
        return result;
    }

    /** A booking that fails costs neither the picture nor the other booking. */
    private void book(Runnable booking) {
        try {
            booking.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a call of " + generator.name() + " could not be booked", e);
        }
    }
}
