package dev.triptych.ledger;

import dev.triptych.Cost;
import dev.triptych.ErrorOrigin;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.internal.Sha256;
import dev.triptych.ledger.JournalEntry.State;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.LineLog;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every call that may be billed: a line on disk before it is made and a line with its outcome after. A call without the
 * second line, whose process is gone, is {@link State#UNKNOWN}. Holds no prompt and no key. Append-only, one file a
 * month; several processes may share the directory. Thread-safe.
 */
public final class CallJournal {

    private static final System.Logger LOG = System.getLogger(CallJournal.class.getName());

    private final Path directory;
    private final Clock clock;
    private final DurableFiles files;

    CallJournal(JournalSettings settings, Clock clock, DurableFiles files) {
        this.directory = settings.directory();
        this.clock = clock;
        this.files = files;
    }

    /** The journal of {@code settings}, with what it holds already. */
    public static CallJournal open(JournalSettings settings) {
        return open(settings, Clock.systemUTC());
    }

    /** The journal of {@code settings}, with times by {@code clock}. */
    public static CallJournal open(JournalSettings settings, Clock clock) {
        return new CallJournal(settings, clock, DurableFiles.system());
    }

    /**
     * Writes down that a call is about to be made.
     *
     * @throws ProviderUnavailableException if that cannot be written; the call must not be made then
     */
    public Call started(GeneratorInfo generator, ImageRequest request, String requestId) {
        return started(generator, request, requestId, "");
    }

    /**
     * The same for a request whose prompt {@code rewriter} gave; {@code ""} = nobody. The prompt itself is known by its
     * SHA-256 alone.
     */
    public Call started(GeneratorInfo generator, ImageRequest request, String requestId, String rewriter) {
        Call call = new Call(UUID.randomUUID().toString());
        Map<String, Object> line = call.line("started");
        line.put("request", requestId);
        line.put("generator", generator.name());
        line.put("provider", generator.provider());
        line.put("model", generator.model());
        line.put("operation", request.operation());
        line.put("count", request.count());
        if (!rewriter.isEmpty()) {
            line.put("rewriter", rewriter);
            line.put("revisedPromptSha256", Sha256.hex(request.prompt().getBytes(StandardCharsets.UTF_8)));
        }
        line.put("pid", ProcessHandle.current().pid());
        line.put("processStart", startOf(ProcessHandle.current()));
        try {
            log().append(line);
        } catch (IOException e) {
            throw new ProviderUnavailableException(
                    "the journal must be written before a billed call but " + directory + " cannot be written",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                    e);
        }
        return call;
    }

    /** The call of {@code entry}, whose outcome was not known and has been found out; it is ended once. */
    public Call reopened(JournalEntry entry) {
        return new Call(entry.id());
    }

    /** A call that is under way; it is ended once. */
    public final class Call {
        private final String id;

        private Call(String id) {
            this.id = id;
        }

        /** Writes down that the call gave pictures. */
        public void succeeded(ImageResult result) {
            Map<String, Object> line = line("ended");
            line.put("outcome", State.COMPLETED);
            line.put("pictures", result.images().size());
            putLinks(line, result.failures().stream().map(ImageFailure::error));
            result.cost().ifPresent(cost -> {
                line.put("cost", cost.amount().toPlainString());
                line.put("currency", cost.currency());
                line.put("costSource", cost.source());
            });
            end(line);
        }

        /** Writes down that the call failed; an error of no known kind leaves its outcome unknown. */
        public void failed(Throwable error) {
            Map<String, Object> line = line("ended");
            line.put("error", error.getClass().getSimpleName());
            if (error instanceof ImageGenerationException known) {
                line.put("outcome", known.outcome());
                known.requestId().ifPresent(value -> line.put("providerRequest", value));
                putLinks(line, Stream.of(known, known.getCause()));
            } else {
                line.put("outcome", State.UNKNOWN);
            }
            end(line);
        }

        /** Where pictures lie that were made and could not be fetched, so that a person can. */
        private void putLinks(Map<String, Object> line, Stream<? extends @Nullable Throwable> errors) {
            String links = errors.filter(ImageFetchException.class::isInstance)
                    .flatMap(error -> ((ImageFetchException) error).links().stream())
                    .map(URI::toASCIIString)
                    .distinct()
                    .collect(Collectors.joining(" "));
            if (!links.isEmpty()) {
                line.put("links", links);
            }
        }

        private Map<String, Object> line(String event) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("event", event);
            line.put("at", clock.instant());
            line.put("id", id);
            return line;
        }

        private void end(Map<String, Object> line) {
            try {
                log().append(line);
            } catch (IOException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the outcome of call " + id + " cannot be written to " + directory + " and stays unknown",
                        e);
            }
        }
    }

    /**
     * All calls, oldest first.
     *
     * @throws IOException if the journal cannot be read
     */
    public List<JournalEntry> entries() throws IOException {
        Map<String, JournalEntry> entries = new LinkedHashMap<>();
        for (Path file : monthFiles()) {
            new LineLog(file, files).read(0, line -> take(line, entries));
        }
        return List.copyOf(entries.values());
    }

    private static void take(Map<String, String> line, Map<String, JournalEntry> entries) {
        String id = line.getOrDefault("id", "");
        if ("started".equals(line.get("event"))) {
            entries.put(id, started(id, line));
        } else {
            entries.computeIfPresent(id, (key, entry) -> ended(entry, line));
        }
    }

    private List<Path> monthFiles() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(directory)) {
            all.filter(file -> file.getFileName().toString().matches("calls-.*\\.jsonl"))
                    .sorted()
                    .forEach(found::add);
        }
        return found;
    }

    private static JournalEntry started(String id, Map<String, String> line) {
        return new JournalEntry(
                id,
                line.getOrDefault("request", ""),
                line.getOrDefault("generator", ""),
                line.getOrDefault("provider", ""),
                line.getOrDefault("model", ""),
                line.getOrDefault("operation", ""),
                line.getOrDefault("rewriter", ""),
                Integer.parseInt(line.getOrDefault("count", "1")),
                Instant.parse(line.getOrDefault("at", "1970-01-01T00:00:00Z")),
                Optional.empty(),
                isRunning(line) ? State.RUNNING : State.UNKNOWN,
                0,
                Optional.empty(),
                "",
                "",
                List.of());
    }

    private static JournalEntry ended(JournalEntry entry, Map<String, String> line) {
        Optional<Cost> cost = Optional.ofNullable(line.get("cost"))
                .map(amount -> new Cost(
                        new BigDecimal(amount),
                        line.getOrDefault("currency", ""),
                        line.getOrDefault("costSource", "")));
        return new JournalEntry(
                entry.id(),
                entry.requestId(),
                entry.generator(),
                entry.provider(),
                entry.model(),
                entry.operation(),
                entry.rewriter(),
                entry.count(),
                entry.startedAt(),
                Optional.of(Instant.parse(line.getOrDefault("at", "1970-01-01T00:00:00Z"))),
                State.valueOf(line.getOrDefault("outcome", "UNKNOWN")),
                Integer.parseInt(line.getOrDefault("pictures", "0")),
                cost,
                line.getOrDefault("error", ""),
                line.getOrDefault("providerRequest", ""),
                links(line));
    }

    private static List<URI> links(Map<String, String> line) {
        String links = line.getOrDefault("links", "");
        return links.isEmpty()
                ? List.of()
                : Stream.of(links.split(" ")).map(URI::create).toList();
    }

    private static boolean isRunning(Map<String, String> line) {
        return ProcessHandle.of(Long.parseLong(line.getOrDefault("pid", "0")))
                .filter(ProcessHandle::isAlive)
                .filter(process -> startOf(process).equals(line.get("processStart")))
                .isPresent();
    }

    private static String startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("");
    }

    private LineLog log() {
        YearMonth month = YearMonth.from(clock.instant().atZone(ZoneOffset.UTC));
        return new LineLog(directory.resolve("calls-" + month + ".jsonl"), files);
    }
}
