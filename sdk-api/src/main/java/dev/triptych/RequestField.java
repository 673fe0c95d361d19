package dev.triptych;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One field of an {@link ImageRequest}: what it is called, of which type and range it is, and which capability covers
 * it. {@link #ALL} is the table that a request's JSON, its checks, equality and copies, the negotiation with a
 * generator and the schemas of APIs are read off, so that a new field is one row. Immutable.
 *
 * @param <T> the type of its values
 */
public final class RequestField<T> {

    /** Every field, in the order in which errors are looked for. */
    public static final List<RequestField<?>> ALL = List.of(
            row("prompt", FieldType.TEXT)
                    .of(request -> said(request.prompt()), (to, value) -> to.prompt(value.orElse(""))),
            row("negativePrompt", FieldType.TEXT)
                    .coveredBy(Parameter.NEGATIVE_PROMPT)
                    .of(request -> said(request.negativePrompt()), (to, value) -> to.negativePrompt(value.orElse(""))),
            row("count", FieldType.WHOLE)
                    .between(1, ImageRequest.MAX_COUNT)
                    .of(
                            request -> request.count() == 1 ? Optional.empty() : Optional.of(request.count()),
                            (to, value) -> to.count(value.orElse(1))),
            row("size", FieldType.SIZE)
                    .coveredBy(Parameter.SIZE)
                    .of(ImageRequest::size, (to, value) -> to.size(value.orElse(null))),
            row("aspectRatio", FieldType.RATIO)
                    .coveredBy(Parameter.ASPECT_RATIO)
                    .of(ImageRequest::aspectRatio, (to, value) -> to.aspectRatio(value.orElse(null))),
            row("seed", FieldType.LONG)
                    .coveredBy(Parameter.SEED)
                    .of(request -> boxed(request.seed()), (to, value) -> to.seed(value.orElse(null))),
            row("steps", FieldType.WHOLE)
                    .coveredBy(Parameter.STEPS)
                    .between(1, Double.POSITIVE_INFINITY)
                    .of(request -> boxed(request.steps()), (to, value) -> to.steps(value.orElse(null))),
            row("guidanceScale", FieldType.NUMBER)
                    .coveredBy(Parameter.GUIDANCE_SCALE)
                    .between(0, Double.POSITIVE_INFINITY)
                    .of(request -> boxed(request.guidanceScale()), (to, value) -> to.guidanceScale(value.orElse(null))),
            row("strength", FieldType.NUMBER)
                    .coveredBy(Parameter.STRENGTH)
                    .between(0, 1)
                    .of(request -> boxed(request.strength()), (to, value) -> to.strength(value.orElse(null))),
            row("inputs", FieldType.INPUTS)
                    .of(
                            request -> Optional.of(request.inputs()).filter(inputs -> !inputs.isEmpty()),
                            (to, value) -> to.inputs(value.orElse(List.of()))),
            row("mask", FieldType.PICTURE).of(ImageRequest::mask, (to, value) -> to.mask(value.orElse(null))),
            row("reference", FieldType.REFERENCE)
                    .of(ImageRequest::reference, (to, value) -> to.reference(value.orElse(null))),
            row("quality", FieldType.TEXT)
                    .coveredBy(Parameter.QUALITY)
                    .oneOf(Capabilities::qualities)
                    .of(ImageRequest::quality, (to, value) -> to.quality(value.orElse(null))),
            row("style", FieldType.TEXT)
                    .coveredBy(Parameter.STYLE)
                    .oneOf(Capabilities::styles)
                    .of(ImageRequest::style, (to, value) -> to.style(value.orElse(null))),
            row("background", FieldType.TEXT)
                    .coveredBy(Parameter.BACKGROUND)
                    .oneOf(Capabilities::backgrounds)
                    .of(ImageRequest::background, (to, value) -> to.background(value.orElse(null))),
            row("outputFormat", FieldType.TEXT)
                    .coveredBy(Parameter.OUTPUT_FORMAT)
                    .oneOf(Capabilities::outputFormats)
                    .of(ImageRequest::outputFormat, (to, value) -> to.outputFormat(value.orElse(null))),
            row("compression", FieldType.WHOLE)
                    .coveredBy(Parameter.COMPRESSION)
                    .between(0, 100)
                    .of(request -> boxed(request.compression()), (to, value) -> to.compression(value.orElse(null))),
            row("options", FieldType.OPTIONS)
                    .of(
                            request -> Optional.of(request.options()).filter(options -> !options.isEmpty()),
                            (to, value) -> to.options(value.orElse(Map.of()))));

    private final Row<T> row;
    private final Function<ImageRequest, Optional<T>> getter;
    private final BiConsumer<ImageRequest.Builder, Optional<T>> setter;

    private RequestField(
            Row<T> row,
            Function<ImageRequest, Optional<T>> getter,
            BiConsumer<ImageRequest.Builder, Optional<T>> setter) {
        this.row = row;
        this.getter = getter;
        this.setter = setter;
    }

    /** Its name in a request and its JSON, such as {@code "guidanceScale"}. */
    public String name() {
        return row.name;
    }

    /** Its type in JSON, in JSON Schema's word, such as {@code "integer"}. */
    public String jsonType() {
        return row.type.jsonType();
    }

    /** The smallest value of a number; empty where there is none. */
    public OptionalDouble minimum() {
        return finite(row.minimum);
    }

    /** The greatest value of a number; empty where there is none. */
    public OptionalDouble maximum() {
        return finite(row.maximum);
    }

    /** What a generator must honour for the field to have an effect; empty where it is no matter of honouring. */
    public Optional<Parameter> parameter() {
        return Optional.ofNullable(row.parameter);
    }

    /** The value that {@code request} has; empty where it was not set, or is the default. */
    public Optional<T> of(ImageRequest request) {
        return getter.apply(request);
    }

    /** The words that a generator knows; empty where this is no field of such words. */
    Optional<Set<String>> words(Capabilities capabilities) {
        return Optional.ofNullable(row.words).map(words -> words.apply(capabilities));
    }

    void copy(ImageRequest from, ImageRequest.Builder to) {
        setter.accept(to, of(from));
    }

    void clear(ImageRequest.Builder to) {
        setter.accept(to, Optional.empty());
    }

    Optional<JsonNode> write(ImageRequest from) {
        return of(from).map(row.type.writer());
    }

    void read(JsonNode node, FieldType.Pictures pictures, ImageRequest.Builder to) {
        setter.accept(to, Optional.of(row.type.reader().read(name(), node, pictures)));
    }

    /** What is wrong with the value of {@code request}; empty where nothing is. */
    Optional<String> fault(ImageRequest request) {
        Optional<T> value = of(request);
        if (value.isEmpty() || !(value.get() instanceof Number number) || row.accepts(number.doubleValue())) {
            return Optional.empty();
        }
        return Optional.of(name() + " must be " + row.range() + " but was " + number);
    }

    @Override
    public String toString() {
        return "RequestField[" + name() + "]";
    }

    private static OptionalDouble finite(double value) {
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    private static Optional<String> said(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static Optional<Integer> boxed(OptionalInt value) {
        return value.isPresent() ? Optional.of(value.getAsInt()) : Optional.empty();
    }

    private static Optional<Long> boxed(OptionalLong value) {
        return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
    }

    private static Optional<Double> boxed(OptionalDouble value) {
        return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
    }

    private static <T> Row<T> row(String name, FieldType<T> type) {
        return new Row<>(name, type);
    }

    /** A row while it is written. */
    private static final class Row<T> {
        private final String name;
        private final FieldType<T> type;
        private double minimum = Double.NEGATIVE_INFINITY;
        private double maximum = Double.POSITIVE_INFINITY;
        private @Nullable Parameter parameter;
        private @Nullable Function<Capabilities, Set<String>> words;

        Row(String name, FieldType<T> type) {
            this.name = name;
            this.type = type;
        }

        Row<T> coveredBy(Parameter value) {
            parameter = value;
            return this;
        }

        Row<T> between(double least, double most) {
            minimum = least;
            maximum = most;
            return this;
        }

        Row<T> oneOf(Function<Capabilities, Set<String>> known) {
            words = known;
            return this;
        }

        RequestField<T> of(
                Function<ImageRequest, Optional<T>> getter, BiConsumer<ImageRequest.Builder, Optional<T>> setter) {
            return new RequestField<>(this, getter, setter);
        }

        boolean accepts(double value) {
            boolean bounded = Double.isFinite(minimum) || Double.isFinite(maximum);
            return !bounded || (Double.isFinite(value) && value >= minimum && value <= maximum);
        }

        String range() {
            String least = Long.toString((long) minimum);
            if (Double.isFinite(maximum)) {
                return "between " + least + " and " + (long) maximum;
            }
            return (type.jsonType().equals("number") ? "a number of at least " : "at least ") + least;
        }
    }
}
