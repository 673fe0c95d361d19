package dev.triptych.ledger;

import java.time.LocalDate;

/**
 * What has been spent. Calls that are under way, and those whose process died, count with what they may cost.
 *
 * @param day the day it is where the budget's days begin
 * @param today spent on that day
 * @param month spent in that day's month
 * @param open calls that have not been settled: under way, or their process died
 */
public record BudgetStatus(LocalDate day, Amount today, Amount month, int open) {}
