package dev.triptych.server.jobs;

import java.util.OptionalInt;

/** How jobs that wait get to who paints them: within this process, or over several on one database. */
interface JobQueue extends AutoCloseable {

    /** Lets {@code job}, which is kept already, wait for its turn. */
    void add(Job job);

    /** Takes {@code job} back, if it still waits. */
    void remove(Job job);

    /** How many wait before {@code job}, where that is known. */
    OptionalInt position(Job job);

    /** How many wait in this process. */
    int waiting();

    /** Starts no more jobs. */
    void stopStarting();

    /** Waits until no job runs in this process; whether that came about. */
    boolean awaitIdle(long seconds) throws InterruptedException;

    /** Lets go of threads and connections. */
    @Override
    void close();
}
