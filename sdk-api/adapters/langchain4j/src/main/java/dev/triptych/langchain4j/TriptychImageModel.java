package dev.triptych.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.spi.ServiceHelper;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationListener;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.ResultMetadata;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.RepaintMask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Any {@link ImageGenerator} as LangChain4j's {@link ImageModel}: it translates, and has no behaviour of its own.
 *
 * <pre>{@code
 * try (GeneratorRegistry registry = GeneratorRegistry.load()) {
 *     ImageModel model = TriptychImageModel.builder()
 *             .generator(registry.defaultGenerator())
 *             .seed(42L)
 *             .build();
 *     Response<Image> response = model.generate("a red fox in the snow");
 * }
 * }</pre>
 *
 * <p>What LangChain4j has no place for is in {@link Response#metadata()} under the names in {@link ResultMetadata}.
 * Retry, limits, cache and fallback are the generator's; wrapping this model in LangChain4j's own retry is safe, since
 * an error of a call that may have been billed is one that it never repeats.
 *
 * <p>Thread-safe. The generator stays its owner's: nothing here closes it.
 */
public class TriptychImageModel implements ImageModel {

    private final ImageGenerator generator;
    private final List<Consumer<ImageRequest.Builder>> settings;
    private final @Nullable ImageSize size;
    private final @Nullable Double strength;
    private final NegotiationMode negotiation;
    private final GenerationListener listener;
    private final @Nullable Duration timeout;

    /**
     * The model of {@code builder}.
     *
     * @throws IllegalArgumentException if it has no generator, or a width without a height
     */
    public TriptychImageModel(TriptychImageModelBuilder builder) {
        if (builder.generator == null) {
            throw new IllegalArgumentException("generator must be set but was not; add"
                    + " .generator(GeneratorRegistry.load().defaultGenerator())");
        }
        generator = builder.generator;
        settings = List.copyOf(builder.settings);
        size = size(builder.width, builder.height);
        strength = builder.strength;
        negotiation = builder.negotiation;
        listener = builder.listener;
        timeout = builder.timeout;
    }

    private static @Nullable ImageSize size(@Nullable Integer width, @Nullable Integer height) {
        if (width == null && height == null) {
            return null;
        }
        if (width == null || height == null) {
            throw new IllegalArgumentException(
                    "width and height must be set together but were " + width + " and " + height);
        }
        return new ImageSize(width, height);
    }

    /** A builder: that of the first {@link TriptychImageModelBuilderFactory} on the class path, else a plain one. */
    public static TriptychImageModelBuilder builder() {
        for (TriptychImageModelBuilderFactory factory :
                ServiceHelper.loadFactories(TriptychImageModelBuilderFactory.class)) {
            return factory.get();
        }
        return new TriptychImageModelBuilder();
    }

    /** The model's id or the checkpoint's name. */
    public String modelName() {
        return generator.info().model();
    }

    /**
     * One picture of {@code prompt}. LangChain4j's exceptions are thrown, with ours as their cause.
     *
     * @throws dev.langchain4j.exception.LangChain4jException if there is none
     */
    @Override
    public Response<Image> generate(String prompt) {
        return first(run(request -> request.prompt(prompt)));
    }

    /** {@code n} pictures of {@code prompt}; fewer where some failed, which {@link ResultMetadata#FAILURES} tells. */
    @Override
    public Response<List<Image>> generate(String prompt, int n) {
        return run(request -> request.prompt(prompt).count(n));
    }

    /**
     * {@code image} changed towards {@code prompt}.
     *
     * @throws IllegalArgumentException if {@code image} holds no Base64: an address is never fetched
     */
    @Override
    public Response<Image> edit(Image image, String prompt) {
        ImageInput input = ImageInput.of(bytes("image", image));
        return first(
                run(request -> request.prompt(prompt).inputs(List.of(input)).strength(strength)));
    }

    /**
     * The marked part of {@code image} painted anew. Transparent pixels of {@code mask} mark it, as OpenAI has it; in a
     * mask without transparency, white ones do.
     *
     * @throws IllegalArgumentException if one of them holds no Base64, or the mask marks nothing
     */
    @Override
    public Response<Image> edit(Image image, Image mask, String prompt) {
        ImageInput input = ImageInput.of(bytes("image", image));
        ImageInput repaint = ImageInput.of(RepaintMask.whiteToRepaint(bytes("mask", mask)));
        return first(run(request ->
                request.prompt(prompt).inputs(List.of(input)).mask(repaint).strength(strength)));
    }

    private static byte[] bytes(String name, Image image) {
        if (image.base64Data() == null) {
            throw new IllegalArgumentException(name + " must hold Base64 data but holds "
                    + (image.url() == null ? "nothing" : "an address, which is not fetched"));
        }
        try {
            return Base64.getDecoder().decode(image.base64Data());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " must hold Base64 data but it cannot be decoded", e);
        }
    }

    private static Response<Image> first(Response<List<Image>> response) {
        return Response.from(
                response.content().get(0), response.tokenUsage(), response.finishReason(), response.metadata());
    }

    private Response<List<Image>> run(Consumer<ImageRequest.Builder> call) {
        try {
            ImageRequest request = request(call);
            try {
                return Responses.of(generator.generate(request, context()));
            } catch (UnsupportedRequestException e) {
                throw generator.capabilities().operations().contains(request.operation())
                        ? e
                        : Errors.unsupported(request.operation(), e);
            }
        } catch (ImageGenerationException | IllegalArgumentException e) {
            throw Errors.translated(e);
        }
    }

    private ImageRequest request(Consumer<ImageRequest.Builder> call) {
        ImageRequest.Builder builder = ImageRequest.builder().size(size);
        settings.forEach(setting -> setting.accept(builder));
        call.accept(builder);
        return builder.build();
    }

    private GenerationContext context() {
        GenerationContext.Builder context =
                GenerationContext.builder().negotiation(negotiation).listener(listener);
        if (timeout != null) {
            context.timeout(timeout);
        }
        return context.build();
    }

    /** Collects a model's settings. Not thread-safe. What is not set is the generator's default. */
    public static class TriptychImageModelBuilder {
        private @Nullable ImageGenerator generator;
        private NegotiationMode negotiation = NegotiationMode.ADAPT;
        private GenerationListener listener = GenerationListener.none();
        private @Nullable Duration timeout;
        private @Nullable Integer width;
        private @Nullable Integer height;
        private @Nullable Double strength;
        private final List<Consumer<ImageRequest.Builder>> settings = new ArrayList<>();

        /** Public so that it can be extended. */
        public TriptychImageModelBuilder() {}

        /** What paints; required. */
        public TriptychImageModelBuilder generator(ImageGenerator value) {
            generator = value;
            return this;
        }

        /** Whether a setting that the generator cannot honour is a warning (the default) or an error. */
        public TriptychImageModelBuilder negotiation(NegotiationMode value) {
            negotiation = value;
            return this;
        }

        /** Hears of every call's progress. */
        public TriptychImageModelBuilder listener(GenerationListener value) {
            listener = value;
            return this;
        }

        /** The longest that one call takes, retries and fallbacks included; no limit by default. */
        public TriptychImageModelBuilder timeout(@Nullable Duration value) {
            timeout = value;
            return this;
        }

        /** Width in pixels; needs a height. */
        public TriptychImageModelBuilder width(@Nullable Integer value) {
            width = value;
            return this;
        }

        /** Height in pixels; needs a width. */
        public TriptychImageModelBuilder height(@Nullable Integer value) {
            height = value;
            return this;
        }

        /** How far an edit may leave its input: 0 = not at all, 1 = anywhere. Only edits have one. */
        public TriptychImageModelBuilder strength(@Nullable Double value) {
            strength = value;
            return this;
        }

        /** What to steer away from; {@code ""} = nothing. */
        public TriptychImageModelBuilder negativePrompt(String value) {
            return request(builder -> builder.negativePrompt(value));
        }

        /** Settings of one provider, keyed {@code "provider.setting"}. */
        public TriptychImageModelBuilder options(Map<String, String> values) {
            Map<String, String> now = Map.copyOf(values);
            return request(builder -> builder.options(now));
        }

        /** The seed of a call's first picture; the others take seed + 1, seed + 2, … */
        public TriptychImageModelBuilder seed(@Nullable Long value) {
            return request(builder -> builder.seed(value));
        }

        /** Denoising steps, at least 1. */
        public TriptychImageModelBuilder steps(@Nullable Integer value) {
            return request(builder -> builder.steps(value));
        }

        /** Classifier-free guidance, at least 0; 1 or less turns it off. */
        public TriptychImageModelBuilder guidanceScale(@Nullable Double value) {
            return request(builder -> builder.guidanceScale(value));
        }

        /** The provider's word for quality, such as {@code "high"}. */
        public TriptychImageModelBuilder quality(@Nullable String value) {
            return request(builder -> builder.quality(value));
        }

        /** The provider's word for a style, such as {@code "vivid"}. */
        public TriptychImageModelBuilder style(@Nullable String value) {
            return request(builder -> builder.style(value));
        }

        /** {@code "transparent"}, {@code "opaque"} or {@code "auto"}. */
        public TriptychImageModelBuilder background(@Nullable String value) {
            return request(builder -> builder.background(value));
        }

        /** {@code "png"}, {@code "jpeg"}, {@code "webp"} or what else the provider writes. */
        public TriptychImageModelBuilder outputFormat(@Nullable String value) {
            return request(builder -> builder.outputFormat(value));
        }

        /** Quality of a lossy output format in percent: 0 = smallest file, 100 = best picture. */
        public TriptychImageModelBuilder compression(@Nullable Integer value) {
            return request(builder -> builder.compression(value));
        }

        /** Sets whatever else a request may hold; it is called for every request, in the order of these settings. */
        public TriptychImageModelBuilder request(Consumer<ImageRequest.Builder> setting) {
            settings.add(setting);
            return this;
        }

        /**
         * The model.
         *
         * @throws IllegalArgumentException if it has no generator, or a width without a height
         */
        public TriptychImageModel build() {
            return new TriptychImageModel(this);
        }
    }
}
