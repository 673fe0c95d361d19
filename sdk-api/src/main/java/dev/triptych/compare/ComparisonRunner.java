package dev.triptych.compare;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.NegotiationMode;
import dev.triptych.Outcome;
import dev.triptych.storage.KeptPictures;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts every request to every generator, and measures what comes.
 *
 * <pre>{@code
 * Comparison comparison = ComparisonRunner.builder()
 *         .requests(PromptFile.read(Path.of("prompts.txt")))
 *         .generators(List.of(studio, offline))
 *         .folder(Path.of("comparison"))
 *         .resume(true)
 *         .run();
 * HtmlReport.write(comparison, Path.of("comparison/report.html"));
 * }</pre>
 *
 * <p>Generators work side by side, each on a few cells at a time; those that run on this machine take turns, so that
 * one does not slow the other down while it is timed. A generator that fails leaves a reason in its cell and the others
 * go on; so does one whose fallback served. A request for several pictures becomes as many rows, with seeds counted on.
 * The generators stay open.
 *
 * <p>A runner is used once, by one thread.
 */
public final class ComparisonRunner {

    /** Cells of a remote generator at a time, where no limit was set. */
    public static final int REMOTE_LIMIT = 2;

    private static final System.Logger LOG = System.getLogger(ComparisonRunner.class.getName());

    private final Builder plan;
    private final List<ImageRequest> requests;
    private final List<CellKey> keys;
    private final List<Column> columns;
    private final Map<CellKey, CellJson.Line> finished = new ConcurrentHashMap<>();
    private final Cancellation stop = new Cancellation();

    private ComparisonRunner(Builder plan) {
        this.plan = plan;
        this.requests = onePictureEach(plan.requests);
        this.keys = CellKey.of(requests);
        this.columns = plan.generators.stream()
                .map(generator -> Column.of(generator, plan.factsOf(generator.info())))
                .toList();
    }

    /** A comparison with nothing set yet. */
    public static Builder builder() {
        return new Builder();
    }

    private Comparison run(Path folder) throws IOException {
        try (ComparisonFolder files = ComparisonFolder.open(folder, plan.resume);
                Cancellation.Registration link = plan.cancellation.onCancel(stop::cancel)) {
            Objects.requireNonNull(link, "link");
            if (plan.resume) {
                keepFinishedCells(files);
            }
            paint(files);
            return measure(files, folder);
        }
    }

    private static List<ImageRequest> onePictureEach(List<ImageRequest> requests) {
        List<ImageRequest> rows = new ArrayList<>();
        for (ImageRequest request : requests) {
            for (int i = 0; i < request.count(); i++) {
                ImageRequest.Builder row = request.toBuilder().count(1);
                if (request.seed().isPresent()) {
                    row.seed(request.seed().getAsLong() + i);
                }
                rows.add(row.build());
            }
        }
        return rows;
    }

    /** Takes over the cells whose question is still asked, of the same model, and whose picture is still there. */
    private void keepFinishedCells(ComparisonFolder files) throws IOException {
        Map<CellKey, CellJson.Line> found = new LinkedHashMap<>();
        files.cells().forEach(line -> found.put(line.key(), line));
        for (int column = 0; column < columns.size(); column++) {
            Column generator = columns.get(column);
            for (int row = 0; row < requests.size(); row++) {
                CellJson.Line line = found.get(keys.get(row).with(generator.name()));
                if (line != null && line.generator().equals(generator.info()) && isFinished(line, generator, files)) {
                    finished.put(
                            line.key(),
                            new CellJson.Line(
                                    line.key(), line.generator(), line.cell().withRow(row)));
                }
            }
        }
    }

    private static boolean isFinished(CellJson.Line line, Column column, ComparisonFolder files) throws IOException {
        if (line.cell().picture().isPresent()) {
            return files.read(line.cell().picture().get()) != null;
        }
        return line.cell()
                .reason()
                .filter(reason -> reason.isFinal(column.capabilities().costClass()))
                .isPresent();
    }

    private void paint(ComparisonFolder files) throws IOException {
        int kept = finished.size();
        Lanes lanes = new Lanes(stop);
        Progress progress = new Progress(plan.listener, kept, requests.size() * columns.size());
        for (int row = 0; row < requests.size(); row++) {
            for (int column = 0; column < columns.size(); column++) {
                Task task = new Task(row, column);
                if (!finished.containsKey(task.key())) {
                    lanes.add(laneOf(column), limitOf(column), () -> paint(task, files, progress));
                }
            }
        }
        lanes.runAll();
        if (stop.isCancelled()) {
            throw new GenerationCancelledException(
                    "comparison was cancelled after " + finished.size() + " of " + requests.size() * columns.size()
                            + " cells",
                    ErrorOrigin.of("triptych", Outcome.UNKNOWN));
        }
    }

    private String laneOf(int column) {
        GeneratorInfo info = columns.get(column).info();
        boolean sharesTheMachine = info.local() && !plan.limits.containsKey(info.name());
        return sharesTheMachine ? "" : info.name();
    }

    private int limitOf(int column) {
        GeneratorInfo info = columns.get(column).info();
        return plan.limits.getOrDefault(info.name(), info.local() ? 1 : REMOTE_LIMIT);
    }

    /** One cell to be made. */
    private final class Task {
        private final int row;
        private final int column;

        Task(int row, int column) {
            this.row = row;
            this.column = column;
        }

        CellKey key() {
            return keys.get(row).with(columns.get(column).name());
        }
    }

    private void paint(Task task, ComparisonFolder files, Progress progress) throws IOException {
        Cell cell = cell(task, files);
        if (cell == null) {
            return;
        }
        CellJson.Line line =
                new CellJson.Line(task.key(), columns.get(task.column).info(), cell);
        files.append(line);
        finished.put(task.key(), line);
        progress.heard(cell);
    }

    /** The cell, or null if the comparison was cancelled meanwhile: a cell that nobody waited for is no result. */
    private @Nullable Cell cell(Task task, ComparisonFolder files) throws IOException {
        String name = columns.get(task.column).name();
        try {
            ImageResult result = plan.generators.get(task.column).generate(requests.get(task.row), context());
            Optional<ImageGenerationException> own = failureBeforeFallback(result);
            if (own.isPresent()) {
                return Cell.missing(task.row, name, CellReason.of(own.get()));
            }
            return Cell.of(task.row, name, written(task, result, files), CellMaking.of(result));
        } catch (GenerationCancelledException e) {
            return stop.isCancelled() ? null : Cell.missing(task.row, name, CellReason.of(e));
        } catch (ImageGenerationException e) {
            return Cell.missing(task.row, name, CellReason.of(e));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "generator " + name + " threw what no generator may throw", e);
            return Cell.missing(task.row, name, CellReason.ofDefect(e));
        }
    }

    /** The picture of {@code result} in the folder; one that cannot be written there is kept elsewhere and named. */
    private CellPicture written(Task task, ImageResult result, ComparisonFolder files) throws IOException {
        try {
            return files.write(task.key(), result.image());
        } catch (IOException e) {
            GeneratedImage image = result.image();
            Path kept = KeptPictures.ofUser().keep(image.bytes(), image.sha256() + "." + image.fileExtension());
            throw new IOException(
                    "a picture of " + columns.get(task.column).name() + " cannot be written to " + files.folder() + ": "
                            + reason(e) + "; it is kept in " + kept,
                    e);
        }
    }

    private static String reason(IOException error) {
        boolean known = error instanceof FileSystemException e && e.getReason() != null;
        return known ? ((FileSystemException) error).getReason() : error.toString();
    }

    /** Why the generator itself did not serve: a picture of its fallback says nothing of it, and would count twice. */
    private static Optional<ImageGenerationException> failureBeforeFallback(ImageResult result) {
        return result.execution().passedOver().stream().findFirst().map(ExecutionRecord.PassedOver::reason);
    }

    private GenerationContext context() {
        GenerationContext.Builder context =
                GenerationContext.builder().clock(plan.clock).cancellation(stop).negotiation(plan.negotiation);
        if (plan.timeout != null) {
            context.timeout(plan.timeout);
        }
        return context.build();
    }

    private Comparison measure(ComparisonFolder files, Path folder) throws IOException {
        Measuring measuring = new Measuring(plan.scorers, requests, columns);
        List<CellJson.Line> lines = new ArrayList<>();
        List<Pair> pairs = new ArrayList<>();
        for (int row = 0; row < requests.size(); row++) {
            List<Cell> cells = new ArrayList<>();
            for (Column column : columns) {
                cells.add(Objects.requireNonNull(finished.get(keys.get(row).with(column.name())))
                        .cell());
            }
            Measuring.Row measured = measuring.row(row, cells, files);
            pairs.addAll(measured.pairs());
            for (int column = 0; column < columns.size(); column++) {
                lines.add(new CellJson.Line(
                        keys.get(row).with(columns.get(column).name()),
                        columns.get(column).info(),
                        measured.cells().get(column)));
            }
        }
        files.finish(lines, pairs);
        return new Comparison(
                plan.title,
                plan.clock.instant(),
                folder,
                requests,
                columns,
                lines.stream().map(CellJson.Line::cell).toList(),
                pairs,
                plan.scorers.single().stream().map(Scorer::measure).toList(),
                plan.scorers.pairs().stream().map(PairScorer::measure).toList());
    }

    /** Counts cells and tells the listener, one call at a time. */
    private static final class Progress {
        private final ComparisonListener listener;
        private final int total;
        private int done;

        Progress(ComparisonListener listener, int done, int total) {
            this.listener = listener;
            this.done = done;
            this.total = total;
        }

        synchronized void heard(Cell cell) {
            done++;
            listener.onCell(cell, done, total);
        }
    }

    /** Collects what is to be compared. Not thread-safe. */
    public static final class Builder {
        private String title = "Comparison";
        private List<ImageRequest> requests = List.of();
        private List<ImageGenerator> generators = List.of();
        private final Map<String, Integer> limits = new HashMap<>();
        private final Map<String, ModelFacts> facts = new HashMap<>();
        private Scorers scorers = Scorers.standard();
        private @Nullable Path folder;
        private boolean resume;
        private @Nullable Duration timeout;
        private NegotiationMode negotiation = NegotiationMode.ADAPT;
        private Cancellation cancellation = new Cancellation();
        private ComparisonListener listener = ComparisonListener.none();
        private Clock clock = Clock.systemUTC();

        private Builder() {}

        /** Heading of the report; "Comparison" by default. */
        public Builder title(String value) {
            title = value;
            return this;
        }

        /** The rows, at least one. */
        public Builder requests(List<ImageRequest> values) {
            requests = List.copyOf(values);
            return this;
        }

        /** The columns, at least one, with names that differ in more than upper and lower case. */
        public Builder generators(List<? extends ImageGenerator> values) {
            generators = List.copyOf(values);
            return this;
        }

        /**
         * How many cells the generator {@code name} works on at a time, at least 1. By default a remote generator works
         * on {@value #REMOTE_LIMIT}, and all local ones together on 1.
         */
        public Builder limit(String name, int cells) {
            if (cells < 1) {
                throw new IllegalArgumentException("limit of " + name + " must be at least 1 but was " + cells);
            }
            limits.put(name, cells);
            return this;
        }

        /** What is known of the model of generator {@code name}. */
        public Builder facts(String name, ModelFacts value) {
            facts.put(name, value);
            return this;
        }

        /** What is measured; {@link Scorers#standard()} by default. They stay open. */
        public Builder scorers(Scorers value) {
            scorers = value;
            return this;
        }

        /** Where pictures and lines are kept. */
        public Builder folder(Path value) {
            folder = value;
            return this;
        }

        /**
         * Whether to go on with a comparison that the folder holds; false by default. Cells with a picture stay, as do
         * refusals and calls that may have been billed; every other cell is tried again.
         */
        public Builder resume(boolean value) {
            resume = value;
            return this;
        }

        /** How long one cell may take; for ever by default. */
        public Builder timeout(Duration value) {
            timeout = value;
            return this;
        }

        /** Adapt (the default) or be strict. */
        public Builder negotiation(NegotiationMode value) {
            negotiation = value;
            return this;
        }

        /** A wish to stop that somebody else holds too. */
        public Builder cancellation(Cancellation value) {
            cancellation = value;
            return this;
        }

        /** Who hears of each finished cell. */
        public Builder listener(ComparisonListener value) {
            listener = value;
            return this;
        }

        /** Where the time of the report comes from; the system's clock by default. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /**
         * Runs the comparison and returns when every cell is a picture or a reason.
         *
         * @throws IllegalArgumentException if a part is missing, names are not unique, or the folder holds a comparison
         *     that is not to be resumed
         * @throws GenerationCancelledException if it was cancelled or this thread interrupted; what is finished is kept
         *     for a resumed run
         * @throws IOException if the folder cannot be written
         */
        public Comparison run() throws IOException {
            require(folder != null, "folder must be set but was not");
            require(!requests.isEmpty(), "requests must hold at least one request but were empty");
            require(!generators.isEmpty(), "generators must hold at least one generator but were empty");
            requireUniqueNames();
            return new ComparisonRunner(this).run(Objects.requireNonNull(folder));
        }

        private void requireUniqueNames() {
            Set<String> names = new HashSet<>();
            Set<String> folded = new HashSet<>();
            for (ImageGenerator generator : generators) {
                String name = generator.info().name();
                names.add(name);
                require(
                        folded.add(name.toLowerCase(Locale.ROOT)),
                        "generators must have different names but two are called \"" + name + "\"");
            }
            limits.keySet().forEach(name -> requireTakesPart("limit", name, names));
            facts.keySet().forEach(name -> requireTakesPart("facts", name, names));
        }

        private static void requireTakesPart(String what, String name, Set<String> names) {
            require(names.contains(name), what + " must be of a generator that takes part but was of \"" + name + "\"");
        }

        private ModelFacts factsOf(GeneratorInfo info) {
            return facts.getOrDefault(info.name(), ModelFacts.of(info));
        }

        private static void require(boolean holds, String message) {
            if (!holds) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
