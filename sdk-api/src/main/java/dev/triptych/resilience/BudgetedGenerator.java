package dev.triptych.resilience;

import dev.triptych.CostClass;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.RunningCalls;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.Purse;

/**
 * Asks the budget before any generator of a chain is asked, and gives each request its money on the way. Thread-safe.
 */
public final class BudgetedGenerator extends ForwardingGenerator {

    private final Budget budget;

    /** {@code next} within {@code budget}. */
    public BudgetedGenerator(ImageGenerator next, Budget budget) {
        super(next);
        this.budget = budget;
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        GenerationContext context = call.passOn();
        try (Purse purse = budget.purse(context.requestId())) {
            if (capabilities().costClass() == CostClass.BILLED) {
                purse.cover(info(), request.count());
            }
            return next().generate(
                            request, ChainScope.of(context).withPurse(purse).in(context));
        }
    }

    /** Also gives the budget. */
    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(budget) ? type.cast(budget) : super.unwrap(type);
    }

    @Override
    public String toString() {
        return "budget → " + next();
    }
}
