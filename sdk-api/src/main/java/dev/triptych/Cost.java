package dev.triptych;

import java.math.BigDecimal;

/**
 * What a call cost.
 *
 * @param amount the sum of money
 * @param currency ISO 4217, such as {@code "USD"}
 * @param source where the figure comes from, such as {@code "price list of 2026-11-22"}
 */
public record Cost(BigDecimal amount, String currency, String source) {}
