package dev.triptych.server.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL database that several workers share: a table of jobs, and db-scheduler's table of what is to be painted.
 * A worker claims a job, sends heartbeats while it paints, and is found dead where they stay away; who claims a job
 * gets a higher number, and what a worker with a lower one writes does not count any more.
 */
public final class JobDatabase {

    /** What db-scheduler calls the painting of a job. */
    static final String TASK = "paint";

    private static final int THREADS = 4;

    /** Made once, whichever worker comes first. The last table is db-scheduler's, as its documentation has it. */
    private static final String SCHEMA = """
            CREATE SEQUENCE IF NOT EXISTS triptych_change;
            CREATE TABLE IF NOT EXISTS triptych_job (
              id text PRIMARY KEY,
              number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
              client text NOT NULL,
              key text,
              comparison text,
              status text NOT NULL,
              words text NOT NULL,
              seeds text NOT NULL DEFAULT '',
              job text NOT NULL,
              claim bigint NOT NULL DEFAULT 0,
              cancel boolean NOT NULL DEFAULT false,
              change bigint NOT NULL);
            CREATE UNIQUE INDEX IF NOT EXISTS triptych_job_key ON triptych_job (client, key) WHERE key IS NOT NULL;
            CREATE INDEX IF NOT EXISTS triptych_job_status ON triptych_job (status);
            CREATE INDEX IF NOT EXISTS triptych_job_change ON triptych_job (change);
            CREATE TABLE IF NOT EXISTS scheduled_tasks (
              task_name text NOT NULL,
              task_instance text NOT NULL,
              task_data bytea,
              execution_time timestamp with time zone NOT NULL,
              picked boolean NOT NULL,
              picked_by text,
              last_success timestamp with time zone,
              last_failure timestamp with time zone,
              consecutive_failures int,
              last_heartbeat timestamp with time zone,
              version bigint NOT NULL,
              priority smallint,
              PRIMARY KEY (task_name, task_instance));
            CREATE INDEX IF NOT EXISTS scheduled_tasks_time ON scheduled_tasks (execution_time);
            CREATE INDEX IF NOT EXISTS scheduled_tasks_heartbeat ON scheduled_tasks (last_heartbeat);
            """;

    /** Keeps two workers from making the tables at the same moment; any number will do. */
    private static final long SCHEMA_LOCK = 7_219_841_275L;

    private final HikariDataSource source;
    private final SqlJobStore store;
    private final Duration heartbeat;
    private final String worker = "triptych-" + UUID.randomUUID();

    private JobDatabase(HikariDataSource source, Duration heartbeat) {
        this.source = source;
        this.store = new SqlJobStore(source, worker);
        this.heartbeat = heartbeat;
    }

    /**
     * The database at {@code url}, with its tables made where they are missing.
     *
     * @param url such as {@code jdbc:postgresql://localhost/triptych}
     * @param user who connects; null = as the URL or the driver says
     * @param password their password; null = as the URL or the driver says
     * @param heartbeat how often a worker says that it lives; after four that stay away it is dead
     * @throws IllegalStateException if it cannot be reached
     */
    public static JobDatabase open(String url, @Nullable String user, @Nullable String password, Duration heartbeat) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (user != null) {
            config.setUsername(user);
        }
        if (password != null) {
            config.setPassword(password);
        }
        config.setMaximumPoolSize(THREADS + 4);
        config.setPoolName("triptych");
        config.setConnectionTimeout(TimeUnit.SECONDS.toMillis(10));
        HikariDataSource source;
        try {
            source = new HikariDataSource(config);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "store.jdbc must be a PostgreSQL database that can be reached but is not", e);
        }
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
            statement.execute(SCHEMA);
            connection.commit();
        } catch (SQLException e) {
            source.close();
            throw new IllegalStateException("store.jdbc must be a database whose tables can be made but is not", e);
        }
        return new JobDatabase(source, heartbeat);
    }

    /** The jobs. */
    JobStore store() {
        return store;
    }

    /**
     * A worker.
     *
     * @param paint paints the job with an id; it throws nothing
     * @param takeOver looks at a job before it is painted, since another worker may have begun it and died; whether it
     *     shall be painted
     */
    JobQueue queue(Consumer<String> paint, Predicate<String> takeOver) {
        return new Shared(paint, takeOver);
    }

    private final class Shared implements JobQueue {
        private final TaskDescriptor<Void> painting = TaskDescriptor.of(TASK);
        private final Scheduler scheduler;
        private final AtomicInteger running = new AtomicInteger();

        Shared(Consumer<String> paint, Predicate<String> takeOver) {
            CustomTask<Void> task = Tasks.custom(painting)
                    .onFailure((complete, operations) ->
                            operations.reschedule(complete, Instant.now().plusSeconds(5)))
                    // Who finds a worker dead may be wrong, or not the only one. What becomes of its job is for the
                    // next worker to say, which alone has the task then.
                    .onDeadExecution((complete, operations) -> operations.reschedule(complete, Instant.now()))
                    .execute((instance, context) -> {
                        String id = instance.getId();
                        running.incrementAndGet();
                        try {
                            if (takeOver.test(id)) {
                                paint.accept(id);
                            }
                        } finally {
                            running.decrementAndGet();
                        }
                        return afterwards(id);
                    });
            scheduler = Scheduler.create(source, task)
                    .threads(THREADS)
                    .pollUsingLockAndFetch(0.5, 1.0)
                    .pollingInterval(Duration.ofMillis(500))
                    .heartbeatInterval(heartbeat)
                    .missedHeartbeatsLimit(4)
                    .schedulerName(new SchedulerName.Fixed(worker))
                    .shutdownMaxWait(Duration.ofMinutes(3))
                    .build();
            scheduler.start();
        }

        /**
         * A task is there until its job has ended: where this worker put it back, and where another one paints it yet.
         */
        private CompletionHandler<Void> afterwards(String id) {
            Optional<JobStatus> status = store.find(id).map(Job::status);
            return (complete, operations) -> {
                if (status.isEmpty() || status.get().isEnded()) {
                    operations.remove();
                } else if (status.get() == JobStatus.QUEUED) {
                    operations.reschedule(complete, Instant.now());
                } else {
                    operations.reschedule(complete, Instant.now().plus(heartbeat));
                }
            };
        }

        @Override
        public void add(Job job) {
            scheduler.scheduleIfNotExists(painting.instance(job.id()).scheduledTo(Instant.now()));
            scheduler.triggerCheckForDueExecutions();
        }

        /** The worker that picks it up finds that it does not wait any more. */
        @Override
        public void remove(Job job) {}

        @Override
        public OptionalInt position(Job job) {
            return OptionalInt.of(store.waitingBefore(job));
        }

        @Override
        public int waiting() {
            return store.waiting();
        }

        @Override
        public void stopStarting() {
            scheduler.pause();
        }

        @Override
        public boolean awaitIdle(long seconds) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (running.get() > 0 && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            return running.get() == 0;
        }

        @Override
        public void close() {
            scheduler.stop();
        }
    }
}
