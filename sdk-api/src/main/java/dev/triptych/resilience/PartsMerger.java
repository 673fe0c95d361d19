package dev.triptych.resilience;

import dev.triptych.Cost;
import dev.triptych.ExecutionRecord;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.Usage;
import dev.triptych.internal.Stopwatch;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes one result of the parts of a split request, or one error where no part gave a picture. */
final class PartsMerger {

    private final Call call;
    private final Stopwatch time;

    /** @param time since the request began */
    PartsMerger(Call call, Stopwatch time) {
        this.call = call;
        this.time = time;
    }

    /** The pictures that came, also where the request was cancelled meanwhile: they are paid for. */
    ImageResult merge(List<PartOutcome> outcomes) {
        List<ImageResult> results =
                outcomes.stream().flatMap(outcome -> outcome.result().stream()).toList();
        if (results.isEmpty()) {
            throw combined(outcomes);
        }
        return new ImageResult(
                results.stream().flatMap(result -> result.images().stream()).toList(),
                failures(outcomes),
                warnings(results),
                usage(results),
                cost(results),
                execution(results));
    }

    private static List<ImageGenerationException> errors(List<PartOutcome> outcomes) {
        return outcomes.stream().flatMap(outcome -> outcome.error().stream()).toList();
    }

    /**
     * The one error that says most about the money: pictures that can be fetched again come first, then what may have
     * been billed. So nobody repeats the whole where a part of it may have been paid for.
     */
    private ImageGenerationException combined(List<PartOutcome> outcomes) {
        List<ImageGenerationException> errors = errors(outcomes);
        ImageGenerationException gravest = errors.stream()
                .max(Comparator.comparingInt(error -> weight(error.outcome())))
                .orElseThrow();
        ImageGenerationException said = unfetched(outcomes).orElse(gravest);
        boolean cancelled = errors.stream().anyMatch(GenerationCancelledException.class::isInstance);
        return cancelled && !(said instanceof GenerationCancelledException)
                ? new GenerationCancelledException("generation was cancelled", gravest.origin(), said)
                : said;
    }

    /** The parts that were made and not fetched, as one error that fetches them all again. */
    private Optional<ImageGenerationException> unfetched(List<PartOutcome> outcomes) {
        List<ImageFetchException> errors = errors(outcomes).stream()
                .filter(ImageFetchException.class::isInstance)
                .map(ImageFetchException.class::cast)
                .toList();
        return errors.stream()
                .findFirst()
                .map(first -> new ImageFetchException(
                        Objects.requireNonNullElse(first.getMessage(), "the pictures could not be fetched"),
                        first.origin(),
                        first,
                        context -> merge(fetchAgain(outcomes, context)),
                        errors.stream().flatMap(error -> error.links().stream()).toList()));
    }

    private static int weight(Outcome outcome) {
        return switch (outcome) {
            case NOT_SENT -> 0;
            case REJECTED -> 1;
            case COMPLETED -> 2;
            case UNKNOWN -> 3;
        };
    }

    private static List<PartOutcome> fetchAgain(List<PartOutcome> outcomes, GenerationContext context) {
        List<PartOutcome> again = new ArrayList<>();
        for (PartOutcome outcome : outcomes) {
            if (!(outcome.error().orElse(null) instanceof ImageFetchException error)) {
                again.add(outcome);
                continue;
            }
            try {
                again.add(PartOutcome.of(outcome.part(), error.fetchAgain(context)));
            } catch (ImageGenerationException e) {
                again.add(PartOutcome.of(outcome.part(), e));
            }
        }
        return again;
    }

    private static List<ImageFailure> failures(List<PartOutcome> outcomes) {
        List<ImageFailure> failures = new ArrayList<>();
        int from = 0;
        for (PartOutcome outcome : outcomes) {
            int offset = from;
            int count = outcome.part().count();
            outcome.result()
                    .ifPresent(result -> result.failures()
                            .forEach(failure ->
                                    failures.add(new ImageFailure(offset + failure.index(), failure.error()))));
            outcome.error().ifPresent(error -> {
                for (int i = 0; i < count; i++) {
                    failures.add(new ImageFailure(offset + i, error));
                }
            });
            from += count;
        }
        return failures;
    }

    private static List<GenerationWarning> warnings(List<ImageResult> results) {
        Set<GenerationWarning> once = new LinkedHashSet<>();
        results.forEach(result -> once.addAll(result.warnings()));
        return List.copyOf(once);
    }

    private static Optional<Usage> usage(List<ImageResult> results) {
        List<Usage> known =
                results.stream().flatMap(result -> result.usage().stream()).toList();
        if (known.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Usage(
                sum(known, Usage::inputTextTokens),
                sum(known, Usage::inputImageTokens),
                sum(known, Usage::outputTokens)));
    }

    private static OptionalLong sum(List<Usage> usages, Function<Usage, OptionalLong> part) {
        List<OptionalLong> known =
                usages.stream().map(part).filter(OptionalLong::isPresent).toList();
        return known.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(
                        known.stream().mapToLong(OptionalLong::getAsLong).sum());
    }

    /** The sum, where every part says what it cost, in one currency. */
    private static Optional<Cost> cost(List<ImageResult> results) {
        List<Cost> costs =
                results.stream().flatMap(result -> result.cost().stream()).toList();
        boolean oneCurrency = costs.stream().map(Cost::currency).distinct().count() == 1;
        if (costs.size() < results.size() || !oneCurrency) {
            return Optional.empty();
        }
        BigDecimal sum = costs.stream().map(Cost::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        return Optional.of(new Cost(sum, costs.get(0).currency(), costs.get(0).source()));
    }

    /** The first part's record for the whole request; times of the same name are added up. */
    private ExecutionRecord execution(List<ImageResult> results) {
        ExecutionRecord first = results.get(0).execution();
        Map<String, Duration> durations = new LinkedHashMap<>();
        for (ImageResult result : results) {
            result.execution().durations().forEach((stage, time) -> durations.merge(stage, time, Duration::plus));
        }
        return new ExecutionRecord(
                first.servedBy(),
                first.requestId(),
                first.effectiveRequest().toBuilder()
                        .count(call.request().count())
                        .seed(seedOfTheWhole(first))
                        .build(),
                results.size(),
                first.cache(),
                first.passedOver(),
                durations,
                time.elapsed());
    }

    private @Nullable Long seedOfTheWhole(ExecutionRecord first) {
        if (call.request().seed().isPresent()) {
            return call.request().seed().getAsLong();
        }
        OptionalLong seed = first.effectiveRequest().seed();
        return seed.isPresent() ? seed.getAsLong() : null;
    }
}
