package dev.triptych;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What picture is wanted, in the field's own terms. One type for every operation: with an input to start from it asks
 * for image-to-image, with a mask for inpainting, with a reference for a variation or an upscale. Inputs of other roles
 * steer what is asked for and do not change it. {@link RequestField#ALL} describes each field.
 *
 * <pre>{@code
 * ImageRequest request = ImageRequest.builder()
 *         .prompt("a red fox in the snow")
 *         .size(768, 512)
 *         .seed(42)
 *         .option("local.scheduler", "EulerDiscreteScheduler")
 *         .build();
 * }</pre>
 *
 * <p>Immutable. A setting that was not given is empty, and the provider's default applies.
 */
public final class ImageRequest {

    /** The most pictures one request may ask for. */
    public static final int MAX_COUNT = 1000;

    private final String prompt;
    private final String negativePrompt;
    private final int count;
    private final @Nullable ImageSize size;
    private final @Nullable AspectRatio aspectRatio;
    private final @Nullable Long seed;
    private final @Nullable Integer steps;
    private final @Nullable Double guidanceScale;
    private final @Nullable Double strength;
    private final List<ImageInput> inputs;
    private final @Nullable ImageInput mask;
    private final @Nullable ImageReference reference;
    private final @Nullable String quality;
    private final @Nullable String style;
    private final @Nullable String background;
    private final @Nullable String outputFormat;
    private final @Nullable Integer compression;
    private final Map<String, String> options;

    private ImageRequest(Builder builder) {
        this.prompt = builder.prompt;
        this.negativePrompt = builder.negativePrompt;
        this.count = builder.count;
        this.size = builder.size;
        this.aspectRatio = builder.aspectRatio;
        this.seed = builder.seed;
        this.steps = builder.steps;
        this.guidanceScale = builder.guidanceScale;
        this.strength = builder.strength;
        this.inputs = List.copyOf(builder.inputs);
        this.mask = builder.mask;
        this.reference = builder.reference;
        this.quality = builder.quality;
        this.style = builder.style;
        this.background = builder.background;
        this.outputFormat = builder.outputFormat;
        this.compression = builder.compression;
        this.options = Collections.unmodifiableMap(new TreeMap<>(builder.options));
    }

    /** One picture of {@code prompt} with the provider's default settings. */
    public static ImageRequest of(String prompt) {
        return builder().prompt(prompt).build();
    }

    /** A request with nothing set yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts with everything of this request. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** What is asked for; it follows from what the request holds. */
    public Operation operation() {
        if (reference != null) {
            return reference.operation();
        }
        if (mask != null) {
            return Operation.INPAINTING;
        }
        if (inputs(InputRole.START).isEmpty()) {
            return Operation.TEXT_TO_IMAGE;
        }
        return prompt.isBlank() ? Operation.VARIATION : Operation.IMAGE_TO_IMAGE;
    }

    /** What to show; {@code ""} only where a reference or an input says it. */
    public String prompt() {
        return prompt;
    }

    /** What to steer away from; {@code ""} = nothing. */
    public String negativePrompt() {
        return negativePrompt;
    }

    /** How many pictures, 1 to {@value #MAX_COUNT}; 1 by default. */
    public int count() {
        return count;
    }

    /** Width and height in pixels. */
    public Optional<ImageSize> size() {
        return Optional.ofNullable(size);
    }

    /** The shape, where no size is given. */
    public Optional<AspectRatio> aspectRatio() {
        return Optional.ofNullable(aspectRatio);
    }

    /** The seed of the first picture; the others take seed + 1, seed + 2, … */
    public OptionalLong seed() {
        return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    }

    /** Denoising steps, at least 1. */
    public OptionalInt steps() {
        return steps == null ? OptionalInt.empty() : OptionalInt.of(steps);
    }

    /** Classifier-free guidance, at least 0; 1 or less turns it off. */
    public OptionalDouble guidanceScale() {
        return guidanceScale == null ? OptionalDouble.empty() : OptionalDouble.of(guidanceScale);
    }

    /** How far image-to-image may leave its input: 0 = not at all, 1 = anywhere. */
    public OptionalDouble strength() {
        return strength == null ? OptionalDouble.empty() : OptionalDouble.of(strength);
    }

    /** The input pictures of all roles, in order. */
    public List<ImageInput> inputs() {
        return inputs;
    }

    /** The input pictures of one role, in order. */
    public List<ImageInput> inputs(InputRole role) {
        return inputs.stream().filter(input -> input.role() == role).toList();
    }

    /** Where to paint: white (or opaque) = repaint, black = keep. */
    public Optional<ImageInput> mask() {
        return Optional.ofNullable(mask);
    }

    /** An earlier picture of the same provider. */
    public Optional<ImageReference> reference() {
        return Optional.ofNullable(reference);
    }

    /** The provider's word for quality, such as {@code "high"}. */
    public Optional<String> quality() {
        return Optional.ofNullable(quality);
    }

    /** The provider's word for a style, such as {@code "vivid"}. */
    public Optional<String> style() {
        return Optional.ofNullable(style);
    }

    /** {@code "transparent"}, {@code "opaque"} or {@code "auto"}. */
    public Optional<String> background() {
        return Optional.ofNullable(background);
    }

    /** {@code "png"}, {@code "jpeg"}, {@code "webp"} or what else the provider writes. */
    public Optional<String> outputFormat() {
        return Optional.ofNullable(outputFormat);
    }

    /** Quality of a lossy output format in percent: 0 = smallest file, 100 = best picture. */
    public OptionalInt compression() {
        return compression == null ? OptionalInt.empty() : OptionalInt.of(compression);
    }

    /** Settings of one provider, keyed {@code "provider.setting"}, in alphabetical order. */
    public Map<String, String> options() {
        return options;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ImageRequest that && fields().equals(that.fields());
    }

    @Override
    public int hashCode() {
        return fields().hashCode();
    }

    private List<Optional<?>> fields() {
        List<Optional<?>> values = new ArrayList<>();
        RequestField.ALL.forEach(field -> values.add(field.of(this)));
        return values;
    }

    /** Everything but the prompts, whose lengths stand in for them. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("ImageRequest[").append(operation());
        text.append(", prompt of ").append(prompt.length()).append(" characters");
        if (!negativePrompt.isEmpty()) {
            text.append(", negativePrompt of ").append(negativePrompt.length()).append(" characters");
        }
        text.append(", count=").append(count);
        append(text, "size", size);
        append(text, "aspectRatio", aspectRatio);
        append(text, "seed", seed);
        append(text, "steps", steps);
        append(text, "guidanceScale", guidanceScale);
        append(text, "strength", strength);
        if (!inputs.isEmpty()) {
            text.append(", inputs=").append(inputs.size());
        }
        append(text, "mask", mask);
        append(text, "quality", quality);
        append(text, "style", style);
        append(text, "background", background);
        append(text, "outputFormat", outputFormat);
        append(text, "compression", compression);
        if (!options.isEmpty()) {
            text.append(", options=").append(options.keySet());
        }
        return text.append(']').toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(", ").append(name).append('=').append(value);
        }
    }

    /** Collects the settings of a request. Not thread-safe. {@link #build()} checks the whole. */
    public static final class Builder {
        private String prompt = "";
        private String negativePrompt = "";
        private int count = 1;
        private @Nullable ImageSize size;
        private @Nullable AspectRatio aspectRatio;
        private @Nullable Long seed;
        private @Nullable Integer steps;
        private @Nullable Double guidanceScale;
        private @Nullable Double strength;
        private final List<ImageInput> inputs = new ArrayList<>();
        private @Nullable ImageInput mask;
        private @Nullable ImageReference reference;
        private @Nullable String quality;
        private @Nullable String style;
        private @Nullable String background;
        private @Nullable String outputFormat;
        private @Nullable Integer compression;
        private final Map<String, String> options = new TreeMap<>();

        private Builder() {}

        private Builder(ImageRequest from) {
            RequestField.ALL.forEach(field -> field.copy(from, this));
        }

        /** What to show. */
        public Builder prompt(String value) {
            prompt = Objects.requireNonNull(value, "prompt");
            return this;
        }

        /** What to steer away from. */
        public Builder negativePrompt(String value) {
            negativePrompt = Objects.requireNonNull(value, "negativePrompt");
            return this;
        }

        /** How many pictures. */
        public Builder count(int value) {
            count = value;
            return this;
        }

        /** Width and height in pixels. */
        public Builder size(int width, int height) {
            return size(new ImageSize(width, height));
        }

        /** Width and height in pixels; null takes the setting back. */
        public Builder size(@Nullable ImageSize value) {
            size = value;
            return this;
        }

        /** The shape, where no size is given; null takes the setting back. */
        public Builder aspectRatio(@Nullable AspectRatio value) {
            aspectRatio = value;
            return this;
        }

        /** The seed of the first picture; null takes the setting back. */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** The seed of the first picture. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Denoising steps; null takes the setting back. */
        public Builder steps(@Nullable Integer value) {
            steps = value;
            return this;
        }

        /** Classifier-free guidance; null takes the setting back. */
        public Builder guidanceScale(@Nullable Double value) {
            guidanceScale = value;
            return this;
        }

        /** Classifier-free guidance. */
        public Builder guidanceScale(double value) {
            guidanceScale = value;
            return this;
        }

        /** How far image-to-image may leave its input, 0 to 1. */
        public Builder strength(double value) {
            strength = value;
            return this;
        }

        /** How far image-to-image may leave its input, 0 to 1; null takes the setting back. */
        public Builder strength(@Nullable Double value) {
            strength = value;
            return this;
        }

        /** Adds an input picture: one to start from, unless it has another role. */
        public Builder input(ImageInput value) {
            inputs.add(value);
            return this;
        }

        /** The input pictures, in place of those given before. */
        public Builder inputs(Collection<ImageInput> values) {
            inputs.clear();
            inputs.addAll(values);
            return this;
        }

        /** Where to paint: white = repaint; null takes the setting back. */
        public Builder mask(@Nullable ImageInput value) {
            mask = value;
            return this;
        }

        /** An earlier picture of the same provider; null takes the setting back. */
        public Builder reference(@Nullable ImageReference value) {
            reference = value;
            return this;
        }

        /** The provider's word for quality; null takes the setting back. */
        public Builder quality(@Nullable String value) {
            quality = value;
            return this;
        }

        /** The provider's word for a style; null takes the setting back. */
        public Builder style(@Nullable String value) {
            style = value;
            return this;
        }

        /** The background; null takes the setting back. */
        public Builder background(@Nullable String value) {
            background = value;
            return this;
        }

        /** The format of the picture file; null takes the setting back. */
        public Builder outputFormat(@Nullable String value) {
            outputFormat = value;
            return this;
        }

        /** Quality of a lossy format in percent, 0 to 100; null takes the setting back. */
        public Builder compression(@Nullable Integer value) {
            compression = value;
            return this;
        }

        /** Sets one provider's setting, such as {@code "local.scheduler"}. */
        public Builder option(String key, String value) {
            options.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, key));
            return this;
        }

        /** All providers' settings, in place of those given before. */
        public Builder options(Map<String, String> values) {
            options.clear();
            options.putAll(values);
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if no provider could accept it
         */
        public ImageRequest build() {
            ImageRequest request = new ImageRequest(this);
            RequestField.ALL.forEach(field -> field.fault(request).ifPresent(fault -> require(false, fault)));
            require(size == null || aspectRatio == null, "size and aspectRatio must not both be set");
            require(
                    mask == null || !request.inputs(InputRole.START).isEmpty(),
                    "mask needs an input picture to paint on but there was none");
            require(mask == null || mask.isPlain(), "mask must have no role, name, strength or window but had");
            for (String key : options.keySet()) {
                require(
                        key.indexOf('.') > 0,
                        "option must be PROVIDER.SETTING, such as local.scheduler, but was \"" + key + "\"");
            }
            return request;
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
