package dev.triptych;

import java.time.Instant;

/**
 * A job that a server accepted, and whose pictures nobody has fetched yet.
 *
 * @param id the server's id of it
 * @param requestId our own id of the request that it was submitted for
 * @param submittedAt when it was submitted
 */
public record OpenJob(String id, String requestId, Instant submittedAt) {}
