/**
 * What calls cost: a budget that refuses before the call, and a journal of every call that may be billed. A request
 * passes the budget behind the cache and before the fallback; the journal is written just before a provider is called.
 */
@NullMarked
package dev.triptych.ledger;

import org.jspecify.annotations.NullMarked;
