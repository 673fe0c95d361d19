package dev.triptych.ledger;

import dev.triptych.Cost;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Optional;
import java.util.UUID;

/**
 * The money of one request: covered before each billed call, counted after it, settled at the end. Thread-safe, since
 * the calls of one request may run side by side.
 */
public final class Purse implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Purse.class.getName());

    private final Budget budget;
    private final String requestId;
    private final String id = UUID.randomUUID().toString();
    private final LocalDate day;
    private Amount reserved = Amount.ZERO;
    private Amount underWay = Amount.ZERO;
    private Amount spent = Amount.ZERO;

    Purse(Budget budget, String requestId) {
        this.budget = budget;
        this.requestId = requestId;
        this.day = budget.today();
    }

    /**
     * Reserves what a call for {@code pictures} may cost, as far as it is not covered yet.
     *
     * @throws dev.triptych.BudgetExceededException if the budget does not allow it; nothing was sent then
     */
    public synchronized void cover(GeneratorInfo generator, int pictures) {
        Amount need = reserved.max(spent.plus(underWay).plus(budget.priceOf(generator, pictures)));
        if (!need.equals(reserved)) {
            budget.hold(id, generator, day, need, false);
            reserved = need;
        }
    }

    /**
     * Covers a call for {@code pictures} that is about to be sent.
     *
     * @throws dev.triptych.BudgetExceededException if the budget does not allow it
     */
    public synchronized Call begin(GeneratorInfo generator, int pictures) {
        cover(generator, pictures);
        if (!reserved.isZero()) {
            budget.hold(id, generator, day, reserved, true);
        }
        Amount most = budget.priceOf(generator, pictures);
        underWay = underWay.plus(most);
        return new Call(generator, most);
    }

    /** A call that is under way; it is ended once. */
    public final class Call {
        private final GeneratorInfo generator;
        private final Amount most;

        private Call(GeneratorInfo generator, Amount most) {
            this.generator = generator;
            this.most = most;
        }

        /**
         * The call gave pictures: it cost what the provider says, else the price of each, also of those that may have
         * been billed and did not come.
         */
        public void succeeded(ImageResult result) {
            int pictures = result.images().size()
                    + (int) result.failures().stream()
                            .map(failure -> failure.error().outcome())
                            .filter(outcome -> outcome == Outcome.UNKNOWN || outcome == Outcome.COMPLETED)
                            .count();
            BigDecimal money = result.cost()
                    .filter(cost -> cost.currency().equals(budget.currency()))
                    .map(Cost::amount)
                    .orElseGet(() -> budget.priceOf(generator, pictures).money());
            end(new Amount(money, pictures));
        }

        /** The call failed: it cost all it may where it may have been billed, else nothing. */
        public void failed(Optional<ImageGenerationException> error) {
            Outcome outcome = error.map(ImageGenerationException::outcome).orElse(Outcome.UNKNOWN);
            boolean free = outcome == Outcome.NOT_SENT || outcome == Outcome.REJECTED;
            end(free ? Amount.ZERO : most);
        }

        private void end(Amount cost) {
            synchronized (Purse.this) {
                underWay = underWay.minus(most);
                spent = spent.plus(cost);
            }
        }
    }

    /** Settles: what was spent takes the place of what was reserved. If that cannot be written, all stays spent. */
    @Override
    public synchronized void close() {
        if (reserved.isZero()) {
            return;
        }
        try {
            budget.settle(id, day, spent.plus(underWay));
            reserved = Amount.ZERO;
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "request " + requestId + " cannot be settled and counts with all it might have cost",
                    e);
        }
    }
}
