package dev.triptych.ledger;

import java.io.IOException;
import java.time.LocalDate;

/**
 * Where the sums of a budget are kept: a folder that the processes of one machine share, or a server that several
 * machines share. Each call is one step for all of them: no two are told that there is room where there is room for
 * one. Thread-safe.
 *
 * <pre>{@code
 * Budget budget = Budget.open(settings, Clock.systemUTC(), store);
 * }</pre>
 */
public interface BudgetStore extends AutoCloseable {

    /**
     * Lets {@code hold} stand in the place of what its call held before, where day and month have room for it.
     *
     * @return the sums of all calls before this one, and whether there was room; nothing is held where there was none
     * @throws IOException if that cannot be written down; then it may be held or not
     */
    Held hold(Hold hold, BudgetLimits perDay, BudgetLimits perMonth) throws IOException;

    /**
     * Puts {@code spent} in the place of what call {@code id} holds, which is under way no more; nothing where it holds
     * nothing.
     *
     * @param day the day that the call was held for
     * @throws IOException if that cannot be written down; what it held stays spent then
     */
    void settle(String id, LocalDate day, Amount spent) throws IOException;

    /**
     * What has been spent on {@code day} and in its month.
     *
     * @throws IOException if the store cannot be read
     */
    BudgetStatus status(LocalDate day) throws IOException;

    /** What it is and where, for messages; no secret. */
    String place();

    /** Lets go of the store; what it holds stays. */
    @Override
    default void close() {}

    /**
     * What one call may cost in all.
     *
     * @param id the call's own, no other's
     * @param generator who is asked; for people
     * @param day the day that it counts for
     * @param amount the most that it may cost, from its beginning to its end
     * @param sending whether it is about to be sent: from then on it is spent until it is settled. Before that, a store
     *     that machines share forgets it after a while, since its process may be gone
     */
    record Hold(String id, String generator, LocalDate day, Amount amount, boolean sending) {}

    /**
     * What a store says to a {@link Hold}.
     *
     * @param held whether there was room
     * @param more what it adds to what its call held before
     * @param day the sum of the day before
     * @param month the sum of the month before
     */
    record Held(boolean held, Amount more, Amount day, Amount month) {

        /** What {@code limits} say where {@code more} is to be added to these sums. */
        public static Held of(BudgetLimits perDay, BudgetLimits perMonth, Amount more, Amount day, Amount month) {
            return new Held(perDay.allow(day, more) && perMonth.allow(month, more), more, day, month);
        }
    }
}
