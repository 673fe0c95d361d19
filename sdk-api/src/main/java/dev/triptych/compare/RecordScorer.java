package dev.triptych.compare;

import java.util.OptionalDouble;
import java.util.function.Function;

/** A score that is already written down in the cell: latency, cost, bytes. */
final class RecordScorer implements Scorer {

    private final Measure measure;
    private final Function<Sample, OptionalDouble> read;

    RecordScorer(Measure measure, Function<Sample, OptionalDouble> read) {
        this.measure = measure;
        this.read = read;
    }

    @Override
    public Measure measure() {
        return measure;
    }

    @Override
    public OptionalDouble score(Sample sample) {
        return read.apply(sample);
    }
}
