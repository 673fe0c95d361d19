package dev.triptych.compare;

import dev.triptych.ImageRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets every scorer see the pictures of a row. One row's pictures are in memory at a time. */
final class Measuring {

    private final Scorers scorers;
    private final List<ImageRequest> requests;
    private final List<Column> columns;

    Measuring(Scorers scorers, List<ImageRequest> requests, List<Column> columns) {
        this.scorers = scorers;
        this.requests = requests;
        this.columns = columns;
    }

    /** The cells of a row with their scores, and the row's pairs. */
    record Row(List<Cell> cells, List<Pair> pairs) {}

    Row row(int row, List<Cell> cells, ComparisonFolder files) throws IOException {
        List<@Nullable Sample> samples = new ArrayList<>();
        List<Cell> measured = new ArrayList<>();
        for (int column = 0; column < columns.size(); column++) {
            Cell cell = cells.get(column);
            Sample sample = sample(requests.get(row), columns.get(column), cell, files);
            samples.add(sample);
            measured.add(sample == null ? cell : measured(cell, sample));
        }
        return new Row(measured, pairs(row, samples));
    }

    private static @Nullable Sample sample(ImageRequest request, Column column, Cell cell, ComparisonFolder files)
            throws IOException {
        if (cell.picture().isEmpty() || cell.making().isEmpty()) {
            return null;
        }
        CellPicture picture = cell.picture().get();
        byte[] bytes = files.read(picture);
        if (bytes == null) {
            throw new IOException("picture must stay as it was written but is gone or altered: " + picture.file());
        }
        return new Sample(request, column, picture, cell.making().get(), bytes);
    }

    private Cell measured(Cell cell, Sample sample) {
        Scores scores = new Scores();
        for (Scorer scorer : scorers.single()) {
            scores.take(scorer.measure(), () -> scorer.score(sample));
        }
        return cell.withScores(scores.values, scores.notes);
    }

    private List<Pair> pairs(int row, List<@Nullable Sample> samples) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            for (int j = i + 1; j < samples.size(); j++) {
                Sample left = samples.get(i);
                Sample right = samples.get(j);
                if (left != null && right != null) {
                    pairs.add(pair(row, left, right));
                }
            }
        }
        return pairs;
    }

    private Pair pair(int row, Sample left, Sample right) {
        Scores scores = new Scores();
        for (PairScorer scorer : scorers.pairs()) {
            scores.take(scorer.measure(), () -> scorer.score(left, right));
        }
        return new Pair(row, left.column().name(), right.column().name(), scores.values, scores.notes);
    }

    /** Scores of one cell or pair, and why some are not there. */
    private static final class Scores {
        private final Map<String, Double> values = new TreeMap<>();
        private final List<String> notes = new ArrayList<>();

        void take(Measure measure, Supplier<OptionalDouble> score) {
            try {
                OptionalDouble value = score.get();
                if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
                    values.put(measure.id(), value.getAsDouble());
                } else if (value.isPresent()) {
                    notes.add(measure.id() + ": score must be finite but was " + value.getAsDouble());
                }
            } catch (IllegalArgumentException e) {
                notes.add(measure.id() + ": " + e.getMessage());
            }
        }
    }
}
