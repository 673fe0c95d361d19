package dev.triptych.server.jobs;

import dev.triptych.server.http.Json;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in memory, and each of their states as a line of a log that is forced to disk before anybody hears of it: the
 * process may be killed at any moment. One process at a time has the folder. Thread-safe.
 */
public final class LoggedJobStore implements JobStore {

    private static final System.Logger LOG = System.getLogger(LoggedJobStore.class.getName());

    /** The log is written anew when it holds this many times more lines than jobs. */
    private static final int WASTE = 4;

    private final @Nullable LineLog log;
    private final @Nullable FileChannel lock;

    // Guarded by this.
    private final Map<String, Job> jobs = new HashMap<>();
    private final NavigableMap<Long, Job> order = new TreeMap<>();
    private final Map<List<String>, String> keys = new HashMap<>();
    private long last;

    private LoggedJobStore(@Nullable LineLog log, @Nullable FileChannel lock) {
        this.log = log;
        this.lock = lock;
    }

    /** A store that forgets everything when the process ends. */
    public static LoggedJobStore inMemory() {
        return new LoggedJobStore(null, null);
    }

    /**
     * The store in {@code directory}, with the jobs that are there already.
     *
     * @throws IOException if it cannot be read or written
     * @throws IllegalStateException if another process has it
     */
    public static LoggedJobStore open(Path directory) throws IOException {
        return open(directory, DurableFiles.system());
    }

    static LoggedJobStore open(Path directory, DurableFiles files) throws IOException {
        files.createDirectories(directory);
        FileChannel lock = lock(directory.resolve("server.lock"));
        Path file = directory.resolve("jobs.jsonl");
        LineLog log = new LineLog(file, files);
        LoggedJobStore store = new LoggedJobStore(log, lock);
        LineLog.Lines lines = log.read(0);
        lines.lines().forEach(store::readLine);
        if (lines.damaged() > 0) {
            LOG.log(System.Logger.Level.WARNING, lines.damaged() + " damaged lines in " + file + " were passed over");
        }
        if (lines.lines().size() > WASTE * Math.max(256, store.jobs.size())) {
            files.replace(file, directory, store.compacted());
        }
        return store;
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException withinThisProcess) {
            // As if another process had it.
        }
        channel.close();
        throw new IllegalStateException(
                "the state folder must belong to one server but another one has it: " + file.getParent());
    }

    private void readLine(Map<String, String> line) {
        try {
            keep(JobCodec.read(line.getOrDefault("job", "")));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a job in the state folder cannot be read and was passed over");
        }
    }

    /** The newest state of each job, a line each. */
    private byte[] compacted() {
        StringBuilder lines = new StringBuilder();
        for (Job job : order.values()) {
            lines.append(Json.text(Json.object().put("job", JobCodec.write(job))))
                    .append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public synchronized Job add(Job job) {
        Optional<Job> known = job.idempotencyKey()
                .flatMap(key -> Optional.ofNullable(keys.get(List.of(job.client(), key))))
                .flatMap(this::find);
        if (known.isPresent()) {
            return known.get();
        }
        Job numbered = job.numbered(last + 1);
        write(numbered);
        keep(numbered);
        return numbered;
    }

    @Override
    public synchronized Optional<Job> begin(String id, Instant now) {
        Job job = jobs.get(id);
        if (job == null || job.status() != JobStatus.QUEUED) {
            return Optional.empty();
        }
        Job begun = job.begun(now);
        save(begun);
        return Optional.of(begun);
    }

    @Override
    public synchronized Optional<Job> cancelWaiting(String id, Instant now) {
        Job job = jobs.get(id);
        if (job == null || job.status() != JobStatus.QUEUED) {
            return Optional.empty();
        }
        Job cancelled = job.cancelled(now);
        save(cancelled);
        return Optional.of(cancelled);
    }

    @Override
    public synchronized boolean save(Job job) {
        write(job);
        keep(job);
        return true;
    }

    private void write(Job job) {
        if (log == null) {
            return;
        }
        try {
            log.append(Map.of("job", JobCodec.write(job)));
        } catch (IOException e) {
            throw new UncheckedIOException("the job must be written to the state folder but cannot be", e);
        }
    }

    private void keep(Job job) {
        jobs.put(job.id(), job);
        order.put(job.number(), job);
        job.idempotencyKey().ifPresent(key -> keys.put(List.of(job.client(), key), job.id()));
        last = Math.max(last, job.number());
    }

    @Override
    public synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public synchronized List<Job> open() {
        return order.values().stream().filter(job -> !job.status().isEnded()).toList();
    }

    @Override
    public synchronized Page page(Query query) {
        List<Job> found = new ArrayList<>();
        int total = 0;
        boolean more = false;
        for (Job job : order.descendingMap().values()) {
            if (!matches(job, query)) {
                continue;
            }
            total++;
            if (query.before().isPresent() && job.number() >= query.before().getAsLong()) {
                continue;
            }
            if (found.size() < query.limit()) {
                found.add(job);
            } else {
                more = true;
            }
        }
        return new Page(found, total, more);
    }

    static boolean matches(Job job, Query query) {
        return (query.status().isEmpty() || query.status().contains(job.status()))
                && (query.comparison().isEmpty() || query.comparison().equals(job.comparison()))
                && (query.text().isEmpty() || mentions(job, query.text().toLowerCase(Locale.ROOT)));
    }

    private static boolean mentions(Job job, String text) {
        boolean seed = job.pictures().stream()
                .anyMatch(picture -> picture.seed().isPresent()
                        && Long.toString(picture.seed().getAsLong()).equals(text));
        return seed
                || Json.parse(job.requestJson())
                        .path("prompt")
                        .asText()
                        .toLowerCase(Locale.ROOT)
                        .contains(text);
    }

    @Override
    public void close() {
        if (lock == null) {
            return;
        }
        try {
            lock.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the state folder's lock could not be let go", e);
        }
    }

    /** Where they are kept; the requests hold the prompts. */
    @Override
    public String toString() {
        return "LoggedJobStore[" + (log == null ? "in memory" : "in files") + "]";
    }
}
