package dev.triptych.server.jobs;

import dev.triptych.server.http.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Jobs in a table that several processes share. Each statement is a transaction of its own. Thread-safe. */
final class SqlJobStore implements JobStore {

    /** Changes that are looked at again, since a later one may be seen before an earlier one. */
    private static final int OVERLAP = 200;

    /** Holds where the queue has given the job to this worker and to no other since. */
    private static final String HELD = " AND EXISTS (SELECT 1 FROM scheduled_tasks WHERE task_name = '"
            + JobDatabase.TASK + "' AND task_instance = triptych_job.id AND picked AND picked_by = ?)";

    private final DataSource source;
    private final String worker;

    /** The claim under which this process runs a job. */
    private final Map<String, Long> claims = new ConcurrentHashMap<>();

    // Guarded by this.
    private final Set<Long> seen = new LinkedHashSet<>();
    private long lastChange = -1;

    /** The jobs in {@code source}; {@code worker} is this process's name in the queue. */
    SqlJobStore(DataSource source, String worker) {
        this.source = source;
        this.worker = worker;
    }

    @FunctionalInterface
    private interface Work<T> {
        T run(PreparedStatement statement) throws SQLException;
    }

    private <T> T with(String sql, Work<T> work) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            return work.run(statement);
        } catch (SQLException e) {
            throw new UncheckedIOException(new IOException("the database of jobs must be reachable but is not", e));
        }
    }

    @Override
    public Job add(Job job) {
        Optional<Long> number = with(
                "INSERT INTO triptych_job (id, client, key, comparison, status, words, job, change) VALUES"
                        + " (?, ?, ?, ?, ?, ?, ?, nextval('triptych_change'))"
                        + " ON CONFLICT (client, key) WHERE key IS NOT NULL DO NOTHING RETURNING number",
                statement -> {
                    statement.setString(1, job.id());
                    statement.setString(2, job.client());
                    statement.setString(3, job.idempotencyKey().orElse(null));
                    statement.setString(4, job.comparison().orElse(null));
                    statement.setString(5, job.status().name());
                    statement.setString(6, words(job));
                    statement.setString(7, JobCodec.write(job));
                    try (ResultSet rows = statement.executeQuery()) {
                        return rows.next() ? Optional.of(rows.getLong(1)) : Optional.empty();
                    }
                });
        return number.map(job::numbered)
                .orElseGet(() ->
                        with("SELECT job, number FROM triptych_job WHERE client = ? AND key = ?", statement -> {
                            statement.setString(1, job.client());
                            statement.setString(2, job.idempotencyKey().orElse(null));
                            return jobs(statement).get(0);
                        }));
    }

    private static String words(Job job) {
        return Json.parse(job.requestJson())
                .path("prompt")
                .asText()
                .toLowerCase(Locale.ROOT)
                .replace("\0", "");
    }

    @Override
    public Optional<Job> begin(String id, Instant now) {
        Optional<Job> found = find(id).filter(job -> job.status() == JobStatus.QUEUED);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Job begun = found.get().begun(now);
        Optional<Long> claim = with(
                "UPDATE triptych_job SET status = 'RUNNING', job = ?, claim = claim + 1,"
                        + " change = nextval('triptych_change') WHERE id = ? AND status = 'QUEUED'" + HELD
                        + " RETURNING claim",
                statement -> {
                    statement.setString(1, JobCodec.write(begun));
                    statement.setString(2, id);
                    statement.setString(3, worker);
                    try (ResultSet rows = statement.executeQuery()) {
                        return rows.next() ? Optional.of(rows.getLong(1)) : Optional.empty();
                    }
                });
        claim.ifPresent(number -> claims.put(id, number));
        return claim.map(number -> begun);
    }

    @Override
    public Optional<Job> cancelWaiting(String id, Instant now) {
        Optional<Job> found = find(id).filter(job -> job.status() == JobStatus.QUEUED);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Job cancelled = found.get().cancelled(now);
        int changed = with(
                "UPDATE triptych_job SET status = 'CANCELLED', job = ?, change = nextval('triptych_change')"
                        + " WHERE id = ? AND status = 'QUEUED'",
                statement -> {
                    statement.setString(1, JobCodec.write(cancelled));
                    statement.setString(2, id);
                    return statement.executeUpdate();
                });
        return changed == 1 ? Optional.of(cancelled) : Optional.empty();
    }

    /**
     * Under this process's claim where it has one; else under a new one, so that a worker thought dead loses its own.
     */
    @Override
    public boolean save(Job job) {
        Long claim = job.status() == JobStatus.RUNNING ? claims.get(job.id()) : claims.remove(job.id());
        return with(
                        "UPDATE triptych_job SET status = ?, seeds = ?, job = ?, cancel = false,"
                                + " change = nextval('triptych_change')"
                                + (claim == null
                                        ? ", claim = claim + 1 WHERE id = ? AND status IN ('QUEUED', 'RUNNING')"
                                        : " WHERE id = ? AND claim = ?"),
                        statement -> {
                            statement.setString(1, job.status().name());
                            statement.setString(2, seeds(job));
                            statement.setString(3, JobCodec.write(job));
                            statement.setString(4, job.id());
                            if (claim != null) {
                                statement.setLong(5, claim);
                            }
                            return statement.executeUpdate();
                        })
                == 1;
    }

    @Override
    public boolean takeOver(Job job) {
        claims.remove(job.id());
        return with(
                        "UPDATE triptych_job SET status = ?, job = ?, claim = claim + 1,"
                                + " change = nextval('triptych_change') WHERE id = ? AND status = 'RUNNING'" + HELD,
                        statement -> {
                            statement.setString(1, job.status().name());
                            statement.setString(2, JobCodec.write(job));
                            statement.setString(3, job.id());
                            statement.setString(4, worker);
                            return statement.executeUpdate();
                        })
                == 1;
    }

    /** The seeds between spaces, so that a search finds whole ones. */
    private static String seeds(Job job) {
        return job.pictures().stream()
                .filter(picture -> picture.seed().isPresent())
                .map(picture -> " " + picture.seed().getAsLong() + " ")
                .collect(Collectors.joining());
    }

    @Override
    public Optional<Job> find(String id) {
        return with("SELECT job, number FROM triptych_job WHERE id = ?", statement -> {
            statement.setString(1, id);
            return jobs(statement).stream().findFirst();
        });
    }

    private static List<Job> jobs(PreparedStatement statement) throws SQLException {
        List<Job> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(JobCodec.read(rows.getString(1)).numbered(rows.getLong(2)));
            }
        }
        return found;
    }

    @Override
    public List<Job> open() {
        return with(
                "SELECT job, number FROM triptych_job WHERE status IN ('QUEUED', 'RUNNING') ORDER BY number",
                SqlJobStore::jobs);
    }

    @Override
    public Page page(Query query) {
        List<Object> values = new ArrayList<>();
        StringBuilder where = new StringBuilder(" WHERE true");
        if (!query.status().isEmpty()) {
            where.append(" AND status = ANY (?)");
            values.add(query.status().stream().map(JobStatus::name).toArray(String[]::new));
        }
        query.comparison().ifPresent(id -> {
            where.append(" AND comparison = ?");
            values.add(id);
        });
        if (!query.text().isEmpty()) {
            where.append(" AND (strpos(words, ?) > 0 OR strpos(seeds, ?) > 0)");
            values.add(query.text().toLowerCase(Locale.ROOT));
            values.add(" " + query.text() + " ");
        }
        int total = with("SELECT count(*) FROM triptych_job" + where, statement -> {
            set(statement, values);
            return first(statement);
        });
        if (query.before().isPresent()) {
            where.append(" AND number < ?");
            values.add(query.before().getAsLong());
        }
        values.add(query.limit() + 1);
        List<Job> found =
                with("SELECT job, number FROM triptych_job" + where + " ORDER BY number DESC LIMIT ?", statement -> {
                    set(statement, values);
                    return jobs(statement);
                });
        boolean more = found.size() > query.limit();
        return new Page(more ? found.subList(0, query.limit()) : found, total, more);
    }

    private static void set(PreparedStatement statement, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            if (value instanceof String[] texts) {
                statement.setArray(i + 1, statement.getConnection().createArrayOf("text", texts));
            } else {
                statement.setObject(i + 1, value);
            }
        }
    }

    private static int first(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /** How many jobs wait, over all processes. */
    int waiting() {
        return with("SELECT count(*) FROM triptych_job WHERE status = 'QUEUED'", SqlJobStore::first);
    }

    /** How many jobs wait before {@code job}. */
    int waitingBefore(Job job) {
        return with("SELECT count(*) FROM triptych_job WHERE status = 'QUEUED' AND number < ?", statement -> {
            statement.setLong(1, job.number());
            return first(statement);
        });
    }

    @Override
    public void requestCancel(String id) {
        with("UPDATE triptych_job SET cancel = true WHERE id = ? AND status = 'RUNNING'", statement -> {
            statement.setString(1, id);
            return statement.executeUpdate();
        });
    }

    @Override
    public Set<String> cancelRequested(Collection<String> running) {
        if (running.isEmpty()) {
            return Set.of();
        }
        return with("SELECT id FROM triptych_job WHERE cancel AND id = ANY (?)", statement -> {
            set(statement, List.of((Object) running.toArray(String[]::new)));
            Set<String> found = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
            return found;
        });
    }

    /** A number is drawn before its change is seen, so the last ones are looked at again. */
    @Override
    public synchronized List<Job> changedElsewhere() {
        if (lastChange < 0) {
            lastChange = with("SELECT coalesce(max(change), 0) FROM triptych_job", statement -> {
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0L;
                }
            });
        }
        return with("SELECT job, number, change FROM triptych_job WHERE change > ? ORDER BY change", statement -> {
            statement.setLong(1, lastChange - OVERLAP);
            List<Job> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    long change = rows.getLong(3);
                    if (seen.add(change) && change > lastChange - OVERLAP) {
                        found.add(JobCodec.read(rows.getString(1)).numbered(rows.getLong(2)));
                    }
                    lastChange = Math.max(lastChange, change);
                }
            }
            seen.removeIf(change -> change < lastChange - 2L * OVERLAP);
            return found;
        });
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public void close() {
        if (source instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                System.getLogger(SqlJobStore.class.getName())
                        .log(System.Logger.Level.WARNING, "the database's connections could not be closed", e);
            }
        }
    }
}
