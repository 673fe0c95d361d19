package dev.triptych.compare;

import dev.triptych.CacheStatus;
import dev.triptych.Cost;
import dev.triptych.ExecutionRecord;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageResult;
import dev.triptych.RequestJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the picture of a cell came about.
 *
 * @param effectiveRequest the request after negotiation, as canonical JSON
 * @param warnings each difference between what was asked and what was done
 * @param latency time from request to result; empty when a cache answered, which says nothing of the generator
 * @param attempts calls to the provider
 * @param cache how a cache took part
 * @param cost what it cost, where that is known
 */
public record CellMaking(
        String effectiveRequest,
        List<GenerationWarning> warnings,
        Optional<Duration> latency,
        int attempts,
        CacheStatus cache,
        Optional<Cost> cost) {

    /** Copies the list. */
    public CellMaking {
        warnings = List.copyOf(warnings);
    }

    static CellMaking of(ImageResult result) {
        ExecutionRecord execution = result.execution();
        return new CellMaking(
                RequestJson.canonical(execution.effectiveRequest()),
                warnings(result),
                execution.cache() == CacheStatus.HIT ? Optional.empty() : Optional.of(execution.total()),
                execution.attempts(),
                execution.cache(),
                result.cost());
    }

    /** The result's own warnings, and one more where it holds pictures that no cell shows. */
    private static List<GenerationWarning> warnings(ImageResult result) {
        List<GenerationWarning> warnings = new ArrayList<>(result.warnings());
        if (result.images().size() > 1) {
            warnings.add(GenerationWarning.notice(
                    "count", "the result holds " + result.images().size() + " pictures; the first is compared"));
        }
        return warnings;
    }

    /** Counts alone; requests and warnings are left out, since they hold prompts. */
    @Override
    public String toString() {
        return "CellMaking[" + warnings.size() + " warnings, attempts=" + attempts + ", cache=" + cache + "]";
    }
}
