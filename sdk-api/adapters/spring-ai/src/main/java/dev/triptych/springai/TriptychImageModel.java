package dev.triptych.springai;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationListener;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.NegotiationMode;
import dev.triptych.UnsupportedRequestException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.observation.DefaultImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationContext;
import org.springframework.ai.image.observation.ImageModelObservationConvention;
import org.springframework.ai.image.observation.ImageModelObservationDocumentation;

/**
 * Any {@link ImageGenerator} as Spring AI's {@link ImageModel}: it translates, and has no behaviour of its own.
 *
 * <pre>{@code
 * ImageModel model = TriptychImageModel.builder().generator(generator).build();
 * ImageResponse response = model.call(new ImagePrompt(
 *         "a red fox in the snow", TriptychImageOptions.builder().seed(42L).build()));
 * String base64 = response.getResult().getOutput().getB64Json();
 * }</pre>
 *
 * <p>Input pictures and a mask are a message's media; a message of negative weight is the negative prompt. What Spring
 * AI has no place for is in the response's metadata under the names in {@link dev.triptych.ResultMetadata}, and in each
 * picture's {@link TriptychImageGenerationMetadata}. Retry, limits, cache and fallback are the generator's: Spring AI's
 * retry must not be put around it, since that one does not know what was billed. Errors are the generator's own
 * {@link dev.triptych.ImageGenerationException}.
 *
 * <p>Thread-safe. The generator stays its owner's: nothing here closes it.
 */
public final class TriptychImageModel implements ImageModel {

    private static final ImageModelObservationConvention STANDARD = new DefaultImageModelObservationConvention();
    private static final Class<?> PORTABLE =
            ImageOptionsBuilder.builder().build().getClass();

    private final ImageGenerator generator;
    private final TriptychImageOptions defaults;
    private final GenerationListener listener;
    private final ObservationRegistry observations;
    private final @Nullable ImageModelObservationConvention convention;

    private TriptychImageModel(Builder builder, ImageGenerator generator) {
        this.generator = generator;
        defaults = builder.options;
        listener = builder.listener;
        observations = builder.observations;
        convention = builder.convention;
    }

    /** A builder; it needs a generator. */
    public static Builder builder() {
        return new Builder();
    }

    /** The options that hold where a call says nothing else. */
    public TriptychImageOptions getOptions() {
        return defaults;
    }

    /**
     * The pictures of {@code prompt}.
     *
     * @throws IllegalArgumentException if it is a request that no provider could accept, or a picture is given as an
     *     address: that is never fetched
     * @throws dev.triptych.ImageGenerationException if there is no picture
     */
    @Override
    public ImageResponse call(ImagePrompt prompt) {
        TriptychImageOptions options = merged(prompt.getOptions());
        PromptReader reader = new PromptReader();
        ImageRequest request = reader.read(prompt.getInstructions(), options);
        List<GenerationWarning> warnings = new ArrayList<>(reader.warnings());
        warnings.addAll(warnings(prompt.getOptions(), options));
        refuseIfStrict(options, warnings);
        return observed(prompt.getInstructions(), options, () -> {
            ImageResult result = generator.generate(request, context(options));
            return Responses.of(result.withMoreWarnings(warnings));
        });
    }

    private void refuseIfStrict(TriptychImageOptions options, List<GenerationWarning> warnings) {
        if (options.getNegotiation() == NegotiationMode.STRICT && !warnings.isEmpty()) {
            throw new UnsupportedRequestException(
                    warnings.get(0).message(), generator.info().provider());
        }
    }

    private TriptychImageOptions merged(@Nullable ImageOptions call) {
        return call == null ? defaults : defaults.toBuilder().over(call).build();
    }

    /** What of the options has no effect here, whatever the generator. */
    private List<GenerationWarning> warnings(@Nullable ImageOptions call, TriptychImageOptions options) {
        List<GenerationWarning> warnings = new ArrayList<>();
        if (call != null && !(call instanceof TriptychImageOptions) && !PORTABLE.isInstance(call)) {
            warnings.add(GenerationWarning.ignored(
                    "options",
                    "options should be TriptychImageOptions but were "
                            + call.getClass().getName() + ", of which only the portable ones were read"));
        }
        GeneratorInfo info = generator.info();
        String model = options.getModel();
        if (model != null && !model.equals(info.model()) && !model.equals(info.name())) {
            warnings.add(GenerationWarning.ignored(
                    "model", "model was \"" + model + "\" but this generator has " + info.model()));
        }
        String format = options.getResponseFormat();
        if (format != null && !format.equals("b64_json")) {
            warnings.add(GenerationWarning.ignored(
                    "responseFormat", "responseFormat must be b64_json but was \"" + format + "\"; Base64 was given"));
        }
        return warnings;
    }

    private GenerationContext context(TriptychImageOptions options) {
        GenerationContext.Builder context = GenerationContext.builder().listener(listener);
        if (options.getNegotiation() != null) {
            context.negotiation(options.getNegotiation());
        }
        if (options.getTimeout() != null) {
            context.timeout(options.getTimeout());
        }
        return context.build();
    }

    private ImageResponse observed(
            List<ImageMessage> messages, TriptychImageOptions options, Supplier<ImageResponse> call) {
        GeneratorInfo info = generator.info();
        ImageModelObservationContext context = ImageModelObservationContext.builder()
                .imagePrompt(new ImagePrompt(
                        messages, options.toBuilder().model(info.model()).build()))
                .provider("triptych-" + info.provider())
                .build();
        Observation observation = ImageModelObservationDocumentation.IMAGE_MODEL_OPERATION.observation(
                convention, STANDARD, () -> context, observations);
        return observation.observe(() -> {
            ImageResponse response = call.get();
            context.setResponse(response);
            return response;
        });
    }

    /** Collects a model's settings. Not thread-safe. */
    public static final class Builder {
        private @Nullable ImageGenerator generator;
        private TriptychImageOptions options = TriptychImageOptions.builder().build();
        private GenerationListener listener = GenerationListener.none();
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private @Nullable ImageModelObservationConvention convention;

        private Builder() {}

        /** What paints; required. */
        public Builder generator(ImageGenerator value) {
            generator = value;
            return this;
        }

        /** The options that hold where a call says nothing else; none by default. */
        public Builder options(TriptychImageOptions value) {
            options = value;
            return this;
        }

        /** Hears of every call's progress. */
        public Builder listener(GenerationListener value) {
            listener = value;
            return this;
        }

        /** Where each call is observed, under Spring AI's names; nowhere by default. */
        public Builder observationRegistry(ObservationRegistry value) {
            observations = value;
            return this;
        }

        /** How an observation is named; Spring AI's own way by default. */
        public Builder observationConvention(ImageModelObservationConvention value) {
            convention = value;
            return this;
        }

        /**
         * The model.
         *
         * @throws IllegalArgumentException if it has no generator
         */
        public TriptychImageModel build() {
            if (generator == null) {
                throw new IllegalArgumentException("generator must be set but was not; add"
                        + " .generator(GeneratorRegistry.load().defaultGenerator())");
            }
            return new TriptychImageModel(this, generator);
        }
    }
}
