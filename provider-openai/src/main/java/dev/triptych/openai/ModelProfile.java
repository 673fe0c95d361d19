package dev.triptych.openai;

import dev.triptych.Capabilities;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one model of the images API honours: data, looked up in {@link ModelTable}. Immutable. */
final class ModelProfile {

    private final String id;
    private final boolean known;
    private final @Nullable LocalDate shutdown;
    private final Set<Operation> operations;
    private final int maxImages;
    private final int maxInputs;
    private final int maxPromptCharacters;
    private final SizeRule sizes;
    private final Set<Parameter> honoured;
    private final Set<String> qualities;
    private final Set<String> styles;
    private final Set<String> backgrounds;
    private final Set<String> outputFormats;
    private final Set<ApiOption> options;
    private final InputRules inputs;

    private ModelProfile(Builder builder) {
        this.id = builder.id;
        this.known = builder.known;
        this.shutdown = builder.shutdown;
        this.operations = Set.copyOf(builder.operations);
        this.maxImages = builder.maxImages;
        this.maxInputs = builder.maxInputs;
        this.maxPromptCharacters = builder.maxPromptCharacters;
        this.sizes = builder.sizes;
        this.honoured = Set.copyOf(builder.honoured);
        this.qualities = Set.copyOf(builder.qualities);
        this.styles = Set.copyOf(builder.styles);
        this.backgrounds = Set.copyOf(builder.backgrounds);
        this.outputFormats = Set.copyOf(builder.outputFormats);
        this.options = Set.copyOf(builder.options);
        this.inputs = builder.inputs;
    }

    static Builder builder(String id) {
        return new Builder(id);
    }

    /** A builder that starts with everything of this profile, under another id. */
    Builder toBuilder(String otherId) {
        Builder builder = new Builder(otherId);
        builder.known = known;
        builder.operations = operations;
        builder.maxImages = maxImages;
        builder.maxInputs = maxInputs;
        builder.maxPromptCharacters = maxPromptCharacters;
        builder.sizes = sizes;
        builder.honoured = honoured;
        builder.qualities = qualities;
        builder.styles = styles;
        builder.backgrounds = backgrounds;
        builder.outputFormats = outputFormats;
        builder.options = options;
        builder.inputs = inputs;
        return builder;
    }

    /** The model's id. */
    String id() {
        return id;
    }

    /** Whether the table has this model, or everything is merely passed on. */
    boolean known() {
        return known;
    }

    /** The day on which OpenAI retires or retired the model. */
    Optional<LocalDate> shutdown() {
        return Optional.ofNullable(shutdown);
    }

    /** Formats it writes; empty = any word is passed on. */
    Set<String> outputFormats() {
        return outputFormats;
    }

    /** Whether the API takes {@code option} for this model. */
    boolean takes(ApiOption option) {
        return options.contains(option);
    }

    /** What it takes as an input picture. */
    InputRules inputs() {
        return inputs;
    }

    /** The same as capabilities, still open for what a server changes. */
    Capabilities.Builder capabilities() {
        Set<String> keys = new TreeSet<>();
        options.forEach(option -> keys.add(option.key()));
        keys.add(ImagesCodec.EXTRA_OPTIONS + "*");
        return Capabilities.builder()
                .operations(operations.toArray(new Operation[0]))
                .honours(honoured.toArray(new Parameter[0]))
                .maxImagesPerCall(maxImages)
                .maxInputs(maxInputs)
                .maxPromptCharacters(maxPromptCharacters)
                .sizes(sizes)
                .qualities(qualities)
                .styles(styles)
                .backgrounds(backgrounds)
                .outputFormats(outputFormats)
                .options("openai", keys)
                .previews(takes(ApiOption.PARTIAL_IMAGES));
    }

    /** Collects a profile. Not thread-safe. */
    static final class Builder {
        private final String id;
        private boolean known = true;
        private @Nullable LocalDate shutdown;
        private Set<Operation> operations = EnumSet.of(Operation.TEXT_TO_IMAGE);
        private int maxImages = 1;
        private int maxInputs;
        private int maxPromptCharacters = 32_000;
        private SizeRule sizes = SizeRule.any(ModelTable.SQUARE);
        private Set<Parameter> honoured = Set.of(Parameter.SIZE);
        private Set<String> qualities = Set.of();
        private Set<String> styles = Set.of();
        private Set<String> backgrounds = Set.of();
        private Set<String> outputFormats = Set.of("png");
        private Set<ApiOption> options = Set.of();
        private InputRules inputs = InputRules.GPT_IMAGE;

        private Builder(String id) {
            this.id = id;
        }

        Builder unknown() {
            known = false;
            return this;
        }

        Builder shutdown(String date) {
            shutdown = LocalDate.parse(date);
            return this;
        }

        Builder operations(Operation... values) {
            operations = Set.of(values);
            return this;
        }

        Builder maxImages(int value) {
            maxImages = value;
            return this;
        }

        Builder maxInputs(int value) {
            maxInputs = value;
            return this;
        }

        Builder maxPromptCharacters(int value) {
            maxPromptCharacters = value;
            return this;
        }

        Builder sizes(SizeRule value) {
            sizes = value;
            return this;
        }

        Builder honours(Parameter... values) {
            honoured = Set.of(values);
            return this;
        }

        Builder qualities(String... values) {
            qualities = Set.of(values);
            return this;
        }

        Builder styles(String... values) {
            styles = Set.of(values);
            return this;
        }

        Builder backgrounds(String... values) {
            backgrounds = Set.of(values);
            return this;
        }

        Builder outputFormats(String... values) {
            outputFormats = Set.of(values);
            return this;
        }

        Builder options(ApiOption... values) {
            options = Set.of(values);
            return this;
        }

        Builder inputs(InputRules value) {
            inputs = value;
            return this;
        }

        ModelProfile build() {
            return new ModelProfile(this);
        }
    }
}
