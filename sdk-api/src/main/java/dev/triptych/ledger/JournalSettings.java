package dev.triptych.ledger;

import java.nio.file.Path;

/**
 * Where the journal of billed calls is kept.
 *
 * @param directory holds a file for each month; several processes may share it
 */
public record JournalSettings(Path directory) {}
