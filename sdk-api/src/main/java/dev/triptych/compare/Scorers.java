package dev.triptych.compare;

import dev.triptych.Cost;
import dev.triptych.CostClass;
import dev.triptych.internal.AllSteps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The scorers of a comparison. Immutable but for the models that they hold open: close it after the last use.
 *
 * @param single scorers of one picture, in the report's order
 * @param pairs scorers of two pictures of one request
 * @param models models to be closed
 */
public record Scorers(List<Scorer> single, List<PairScorer> pairs, List<TextImageSimilarity> models)
        implements AutoCloseable {

    /** Copies the lists. */
    public Scorers {
        single = List.copyOf(single);
        pairs = List.copyOf(pairs);
        models = List.copyOf(models);
    }

    /** Latency, cost, bytes, sharpness, colourfulness; pHash and SSIM between columns. Needs no model. */
    public static Scorers standard() {
        return new Scorers(
                List.of(latency(), cost(), bytes(), new Sharpness(), new Colourfulness()),
                List.of(new PerceptualHash(), new StructuralSimilarity()),
                List.of());
    }

    /**
     * The standard scorers, and the prompt match of the {@linkplain TextImageSimilarity#installed() installed} model.
     *
     * @throws dev.triptych.ModelLoadException if the model's files are damaged
     */
    public static Scorers discovered() {
        return TextImageSimilarity.installed()
                .map(model -> standard().with(model))
                .orElseGet(Scorers::standard);
    }

    /** These scorers and the prompt match of {@code model}, which is closed with them. */
    public Scorers with(TextImageSimilarity model) {
        List<TextImageSimilarity> moreModels = new ArrayList<>(models);
        moreModels.add(model);
        List<Scorer> more = new ArrayList<>(single);
        more.add(new PromptSimilarity(model));
        return new Scorers(more, pairs, moreModels);
    }

    /** These scorers and {@code scorer}. */
    public Scorers with(Scorer scorer) {
        List<Scorer> more = new ArrayList<>(single);
        more.add(scorer);
        return new Scorers(more, pairs, models);
    }

    private static Scorer latency() {
        return new RecordScorer(
                new Measure(
                        "latency",
                        "Time",
                        "s",
                        Measure.Better.LOWER,
                        "Seconds from request to picture, waiting included. A picture from a cache has no time."),
                sample -> sample.making()
                        .latency()
                        .map(latency -> OptionalDouble.of(latency.toNanos() / 1e9))
                        .orElseGet(OptionalDouble::empty));
    }

    private static Scorer cost() {
        return new RecordScorer(
                new Measure(
                        "cost",
                        "Cost",
                        "",
                        Measure.Better.LOWER,
                        "What the picture cost, in the currency that its cell names. Free generators cost 0."),
                Scorers::cost);
    }

    private static OptionalDouble cost(Sample sample) {
        Optional<Cost> cost = sample.making().cost();
        if (cost.isPresent()) {
            return OptionalDouble.of(cost.get().amount().doubleValue());
        }
        return sample.column().capabilities().costClass() == CostClass.FREE
                ? OptionalDouble.of(0)
                : OptionalDouble.empty();
    }

    private static Scorer bytes() {
        return new RecordScorer(
                new Measure("bytes", "File", "bytes", Measure.Better.NEITHER, "Size of the picture's file in bytes."),
                sample -> OptionalDouble.of((double) sample.picture().bytes()));
    }

    /** Closes the models. */
    @Override
    public void close() {
        AllSteps.run(models.stream().<Runnable>map(model -> model::close).toList());
    }
}
