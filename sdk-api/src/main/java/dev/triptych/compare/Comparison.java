package dev.triptych.compare;

import dev.triptych.ImageRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A finished comparison: rows are requests, columns are generators. Immutable; the pictures lie in the folder.
 *
 * @param title its heading
 * @param finished when it was finished
 * @param folder where the pictures are
 * @param requests the rows; each asks for one picture
 * @param columns the generators
 * @param cells by row, then by column; one for each request and generator
 * @param pairs by row, then by columns; one for each two pictures of a row
 * @param measures what the scores of cells mean
 * @param pairMeasures what the scores of pairs mean
 */
public record Comparison(
        String title,
        Instant finished,
        Path folder,
        List<ImageRequest> requests,
        List<Column> columns,
        List<Cell> cells,
        List<Pair> pairs,
        List<Measure> measures,
        List<Measure> pairMeasures) {

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException unless there is one cell for each request and generator
     */
    public Comparison {
        requests = List.copyOf(requests);
        columns = List.copyOf(columns);
        cells = List.copyOf(cells);
        pairs = List.copyOf(pairs);
        measures = List.copyOf(measures);
        pairMeasures = List.copyOf(pairMeasures);
        if (cells.size() != requests.size() * columns.size()) {
            throw new IllegalArgumentException("comparison must have " + requests.size() + "x" + columns.size()
                    + " cells but had " + cells.size());
        }
    }

    /** The cell of request {@code row} and generator {@code column}, both from 0. */
    public Cell cell(int row, int column) {
        return cells.get(row * columns.size() + column);
    }

    /** The cells of generator {@code column}, from 0, in the order of the requests. */
    public List<Cell> column(int column) {
        List<Cell> found = new ArrayList<>();
        for (int row = 0; row < requests.size(); row++) {
            found.add(cell(row, column));
        }
        return found;
    }

    /** Cells without a picture. */
    public List<Cell> missing() {
        return cells.stream().filter(cell -> cell.reason().isPresent()).toList();
    }

    /**
     * A name of just these pictures, the same on every machine: votes are kept under it, so that votes on other
     * pictures are not mixed in.
     */
    public String id() {
        StringBuilder content = new StringBuilder();
        for (Cell cell : cells) {
            Optional<String> hash = cell.picture().map(CellPicture::sha256);
            content.append(cell.row())
                    .append(' ')
                    .append(cell.generator())
                    .append(' ')
                    .append(hash.orElse("-"));
            content.append('\n');
        }
        return UUID.nameUUIDFromBytes(content.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
