package dev.triptych.server.http;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Threads that make up answers which had to wait for a job, so that the worker that made its picture goes on at once.
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
