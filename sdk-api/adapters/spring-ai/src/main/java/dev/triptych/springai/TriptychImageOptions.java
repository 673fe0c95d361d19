package dev.triptych.springai;

import dev.triptych.AspectRatio;
import dev.triptych.ImageReference;
import dev.triptych.NegotiationMode;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageOptions;

/**
 * What a picture shall be like, beyond its prompt: everything that an {@link dev.triptych.ImageRequest} can say.
 *
 * <pre>{@code
 * ImageOptions options = TriptychImageOptions.builder().width(512).height(512).seed(42L).steps(20).build();
 * imageModel.call(new ImagePrompt("a red fox in the snow", options));
 * }</pre>
 *
 * <p>Immutable. What is null is the model's default, and after that the generator's.
 */
public final class TriptychImageOptions implements ImageOptions {

    private final @Nullable Integer n;
    private final @Nullable String model;
    private final @Nullable Integer width;
    private final @Nullable Integer height;
    private final @Nullable String responseFormat;
    private final @Nullable String style;
    private final @Nullable AspectRatio aspectRatio;
    private final @Nullable String negativePrompt;
    private final @Nullable Long seed;
    private final @Nullable Integer steps;
    private final @Nullable Double guidanceScale;
    private final @Nullable Double strength;
    private final @Nullable ImageReference reference;
    private final @Nullable String quality;
    private final @Nullable String background;
    private final @Nullable String outputFormat;
    private final @Nullable Integer compression;
    private final @Nullable NegotiationMode negotiation;
    private final @Nullable Duration timeout;
    private final Map<String, String> options;

    private TriptychImageOptions(Builder builder) {
        n = builder.n;
        model = builder.model;
        width = builder.width;
        height = builder.height;
        responseFormat = builder.responseFormat;
        style = builder.style;
        aspectRatio = builder.aspectRatio;
        negativePrompt = builder.negativePrompt;
        seed = builder.seed;
        steps = builder.steps;
        guidanceScale = builder.guidanceScale;
        strength = builder.strength;
        reference = builder.reference;
        quality = builder.quality;
        background = builder.background;
        outputFormat = builder.outputFormat;
        compression = builder.compression;
        negotiation = builder.negotiation;
        timeout = builder.timeout;
        options = Collections.unmodifiableMap(new TreeMap<>(builder.options));
    }

    /** Options with nothing set yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts with everything of these options. */
    public Builder toBuilder() {
        return new Builder().over(this);
    }

    /** How many pictures; 1 by default. */
    @Override
    public @Nullable Integer getN() {
        return n;
    }

    /** The model that is meant; another one than the generator's is a warning. */
    @Override
    public @Nullable String getModel() {
        return model;
    }

    /** Width in pixels; needs a height. */
    @Override
    public @Nullable Integer getWidth() {
        return width;
    }

    /** Height in pixels; needs a width. */
    @Override
    public @Nullable Integer getHeight() {
        return height;
    }

    /** Only {@code "b64_json"} is given; another wish is a warning. */
    @Override
    public @Nullable String getResponseFormat() {
        return responseFormat;
    }

    /** The provider's word for a style, such as {@code "vivid"}. */
    @Override
    public @Nullable String getStyle() {
        return style;
    }

    /** The shape, where no size is given. */
    public @Nullable AspectRatio getAspectRatio() {
        return aspectRatio;
    }

    /** What to steer away from, before messages of negative weight. */
    public @Nullable String getNegativePrompt() {
        return negativePrompt;
    }

    /** The seed of the first picture; the others take seed + 1, seed + 2, … */
    public @Nullable Long getSeed() {
        return seed;
    }

    /** Denoising steps, at least 1. */
    public @Nullable Integer getSteps() {
        return steps;
    }

    /** Classifier-free guidance, at least 0; 1 or less turns it off. */
    public @Nullable Double getGuidanceScale() {
        return guidanceScale;
    }

    /** How far the result may leave its input: 0 = not at all, 1 = anywhere. */
    public @Nullable Double getStrength() {
        return strength;
    }

    /** An earlier picture of the same provider. */
    public @Nullable ImageReference getReference() {
        return reference;
    }

    /** The provider's word for quality, such as {@code "high"}. */
    public @Nullable String getQuality() {
        return quality;
    }

    /** {@code "transparent"}, {@code "opaque"} or {@code "auto"}. */
    public @Nullable String getBackground() {
        return background;
    }

    /** {@code "png"}, {@code "jpeg"}, {@code "webp"} or what else the provider writes. */
    public @Nullable String getOutputFormat() {
        return outputFormat;
    }

    /** Quality of a lossy output format in percent: 0 = smallest file, 100 = best picture. */
    public @Nullable Integer getCompression() {
        return compression;
    }

    /** Whether a setting that the generator cannot honour is a warning (the default) or an error. */
    public @Nullable NegotiationMode getNegotiation() {
        return negotiation;
    }

    /** The longest that the call takes, retries and fallbacks included; no limit by default. */
    public @Nullable Duration getTimeout() {
        return timeout;
    }

    /** Settings of one provider, keyed {@code "provider.setting"}, in alphabetical order. */
    public Map<String, String> getOptions() {
        return options;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private @Nullable Integer n;
        private @Nullable String model;
        private @Nullable Integer width;
        private @Nullable Integer height;
        private @Nullable String responseFormat;
        private @Nullable String style;
        private @Nullable AspectRatio aspectRatio;
        private @Nullable String negativePrompt;
        private @Nullable Long seed;
        private @Nullable Integer steps;
        private @Nullable Double guidanceScale;
        private @Nullable Double strength;
        private @Nullable ImageReference reference;
        private @Nullable String quality;
        private @Nullable String background;
        private @Nullable String outputFormat;
        private @Nullable Integer compression;
        private @Nullable NegotiationMode negotiation;
        private @Nullable Duration timeout;
        private final Map<String, String> options = new TreeMap<>();

        private Builder() {}

        /** How many pictures; 1 by default. */
        public Builder n(@Nullable Integer value) {
            n = value;
            return this;
        }

        /** The model that is meant; another one than the generator's is a warning. */
        public Builder model(@Nullable String value) {
            model = value;
            return this;
        }

        /** Width in pixels; needs a height. */
        public Builder width(@Nullable Integer value) {
            width = value;
            return this;
        }

        /** Height in pixels; needs a width. */
        public Builder height(@Nullable Integer value) {
            height = value;
            return this;
        }

        /** Only {@code "b64_json"} is given; another wish is a warning. */
        public Builder responseFormat(@Nullable String value) {
            responseFormat = value;
            return this;
        }

        /** The provider's word for a style, such as {@code "vivid"}. */
        public Builder style(@Nullable String value) {
            style = value;
            return this;
        }

        /** The shape, where no size is given. */
        public Builder aspectRatio(@Nullable AspectRatio value) {
            aspectRatio = value;
            return this;
        }

        /** What to steer away from, before messages of negative weight. */
        public Builder negativePrompt(@Nullable String value) {
            negativePrompt = value;
            return this;
        }

        /** The seed of the first picture; the others take seed + 1, seed + 2, … */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** Denoising steps, at least 1. */
        public Builder steps(@Nullable Integer value) {
            steps = value;
            return this;
        }

        /** Classifier-free guidance, at least 0; 1 or less turns it off. */
        public Builder guidanceScale(@Nullable Double value) {
            guidanceScale = value;
            return this;
        }

        /** How far the result may leave its input: 0 = not at all, 1 = anywhere. */
        public Builder strength(@Nullable Double value) {
            strength = value;
            return this;
        }

        /** An earlier picture of the same provider. */
        public Builder reference(@Nullable ImageReference value) {
            reference = value;
            return this;
        }

        /** The provider's word for quality, such as {@code "high"}. */
        public Builder quality(@Nullable String value) {
            quality = value;
            return this;
        }

        /** {@code "transparent"}, {@code "opaque"} or {@code "auto"}. */
        public Builder background(@Nullable String value) {
            background = value;
            return this;
        }

        /** {@code "png"}, {@code "jpeg"}, {@code "webp"} or what else the provider writes. */
        public Builder outputFormat(@Nullable String value) {
            outputFormat = value;
            return this;
        }

        /** Quality of a lossy output format in percent: 0 = smallest file, 100 = best picture. */
        public Builder compression(@Nullable Integer value) {
            compression = value;
            return this;
        }

        /** Whether a setting that the generator cannot honour is a warning (the default) or an error. */
        public Builder negotiation(@Nullable NegotiationMode value) {
            negotiation = value;
            return this;
        }

        /** The longest that the call takes, retries and fallbacks included; no limit by default. */
        public Builder timeout(@Nullable Duration value) {
            timeout = value;
            return this;
        }

        /** A setting of one provider, such as {@code "local.scheduler"}. */
        public Builder option(String key, String value) {
            options.put(key, value);
            return this;
        }

        /** All providers' settings, in place of those given before. */
        public Builder options(Map<String, String> values) {
            options.clear();
            options.putAll(values);
            return this;
        }

        /** Lays what {@code upper} says over what is here; of foreign options, the portable six. */
        Builder over(ImageOptions upper) {
            n = first(upper.getN(), n);
            model = first(upper.getModel(), model);
            width = first(upper.getWidth(), width);
            height = first(upper.getHeight(), height);
            responseFormat = first(upper.getResponseFormat(), responseFormat);
            style = first(upper.getStyle(), style);
            if (upper instanceof TriptychImageOptions own) {
                aspectRatio = first(own.aspectRatio, aspectRatio);
                negativePrompt = first(own.negativePrompt, negativePrompt);
                seed = first(own.seed, seed);
                steps = first(own.steps, steps);
                guidanceScale = first(own.guidanceScale, guidanceScale);
                strength = first(own.strength, strength);
                reference = first(own.reference, reference);
                quality = first(own.quality, quality);
                background = first(own.background, background);
                outputFormat = first(own.outputFormat, outputFormat);
                compression = first(own.compression, compression);
                negotiation = first(own.negotiation, negotiation);
                timeout = first(own.timeout, timeout);
                options.putAll(own.options);
            }
            return this;
        }

        private static <T> @Nullable T first(@Nullable T upper, @Nullable T lower) {
            return upper != null ? upper : lower;
        }

        /** The options. */
        public TriptychImageOptions build() {
            return new TriptychImageOptions(this);
        }
    }
}
