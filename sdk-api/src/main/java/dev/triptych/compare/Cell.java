package dev.triptych.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One request put to one generator: a picture, or the reason why there is none.
 *
 * @param row which request, from 0
 * @param generator name of the column's generator
 * @param picture the picture
 * @param making how the picture came about; present with the picture
 * @param reason why there is no picture; present without one
 * @param scores what was measured, by {@link Measure#id()}; what could not be measured is absent, never 0
 * @param notes what kept a measure from being taken
 */
public record Cell(
        int row,
        String generator,
        Optional<CellPicture> picture,
        Optional<CellMaking> making,
        Optional<CellReason> reason,
        Map<String, Double> scores,
        List<String> notes) {

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException unless there is either a picture with its making, or a reason
     */
    public Cell {
        scores = Collections.unmodifiableMap(new TreeMap<>(scores));
        notes = List.copyOf(notes);
        if (picture.isPresent() == reason.isPresent() || picture.isPresent() != making.isPresent()) {
            throw new IllegalArgumentException("cell must hold a picture and its making, or a reason, but held "
                    + (picture.isPresent() ? "a picture" : "no picture") + " and "
                    + (reason.isPresent() ? "a reason" : "no reason"));
        }
    }

    static Cell of(int row, String generator, CellPicture picture, CellMaking making) {
        return new Cell(
                row, generator, Optional.of(picture), Optional.of(making), Optional.empty(), Map.of(), List.of());
    }

    static Cell missing(int row, String generator, CellReason reason) {
        return new Cell(row, generator, Optional.empty(), Optional.empty(), Optional.of(reason), Map.of(), List.of());
    }

    Cell withRow(int value) {
        return new Cell(value, generator, picture, making, reason, scores, notes);
    }

    Cell withScores(Map<String, Double> value, List<String> moreNotes) {
        List<String> all = new ArrayList<>(notes);
        all.addAll(moreNotes);
        return new Cell(row, generator, picture, making, reason, value, all);
    }
}
