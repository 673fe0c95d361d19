package dev.triptych.server.http;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Threads that write answers which had to wait for a job. A client that reads slowly holds one of these, and never the
 * worker that made its picture.
 */
public final class AnswerThreads {

    /** The threads. */
    public static final Executor POOL = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "triptych-answer");
        thread.setDaemon(true);
        return thread;
    });

    private AnswerThreads() {}
}
