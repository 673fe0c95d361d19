/** What calls cost: a budget that refuses before the call, and a journal of every call that may be billed. */
@NullMarked
package dev.triptych.ledger;

import org.jspecify.annotations.NullMarked;
