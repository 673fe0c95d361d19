package dev.triptych.server.http;

import jakarta.servlet.AsyncContext;
import org.jspecify.annotations.Nullable;

/** What is left to do for a client that has gone. */
final class Departed {

    private static final System.Logger LOG = System.getLogger(Departed.class.getName());

    private Departed() {}

    /**
     * Ends the request. Nothing else may touch it or its answer any more, since the container may have cleaned both up
     * already; Javalin's rest of the way would, so it is not gone.
     */
    static void hangUp(@Nullable AsyncContext request) {
        try {
            if (request != null) {
                request.complete();
            }
        } catch (IllegalStateException alreadyOver) {
            LOG.log(System.Logger.Level.DEBUG, "the container ended the request by itself", alreadyOver);
        }
    }
}
