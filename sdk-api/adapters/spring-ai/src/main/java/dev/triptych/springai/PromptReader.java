package dev.triptych.springai;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.media.RepaintMask;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageMessage;

/**
 * Turns messages and options into a request. Serves one prompt.
 *
 * <p>Texts are joined with a comma: those of negative weight as the negative prompt, all others as the prompt. Media
 * are input pictures in their order; one is the mask where its name is {@code "mask"} or its message's metadata say
 * {@code mask=true}.
 */
final class PromptReader {

    private static final String MASK = "mask";

    private final ImageRequest.Builder request = ImageRequest.builder();
    private final List<String> wanted = new ArrayList<>();
    private final List<String> unwanted = new ArrayList<>();
    private final List<ImageInput> inputs = new ArrayList<>();
    private final List<GenerationWarning> warnings = new ArrayList<>();
    private @Nullable ImageInput mask;

    /**
     * The request.
     *
     * @throws IllegalArgumentException if it is one that no provider could accept, or a picture is not there as bytes
     */
    ImageRequest read(List<ImageMessage> messages, TriptychImageOptions options) {
        readOptions(options);
        if (options.getNegativePrompt() != null) {
            unwanted.add(options.getNegativePrompt());
        }
        messages.forEach(this::readMessage);
        return request.prompt(String.join(", ", wanted))
                .negativePrompt(String.join(", ", unwanted))
                .inputs(inputs)
                .mask(mask)
                .build();
    }

    /** What of the prompt could not be kept. */
    List<GenerationWarning> warnings() {
        return warnings;
    }

    private void readOptions(TriptychImageOptions options) {
        request.count(options.getN() == null ? 1 : options.getN())
                .size(size(options.getWidth(), options.getHeight()))
                .aspectRatio(options.getAspectRatio())
                .seed(options.getSeed())
                .steps(options.getSteps())
                .guidanceScale(options.getGuidanceScale())
                .strength(options.getStrength())
                .reference(options.getReference())
                .quality(options.getQuality())
                .style(options.getStyle())
                .background(options.getBackground())
                .outputFormat(options.getOutputFormat())
                .compression(options.getCompression())
                .options(options.getOptions());
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

    private void readMessage(ImageMessage message) {
        readText(message.getText(), message.getWeight() == null ? 1 : message.getWeight());
        boolean allMask =
                Boolean.parseBoolean(String.valueOf(message.getMetadata().get(MASK)));
        message.getMedia().forEach(media -> readMedia(media, allMask || MASK.equals(media.getName())));
    }

    private void readText(@Nullable String text, float weight) {
        if (text == null || text.isBlank()) {
            return;
        }
        if (weight == 0) {
            warnings.add(GenerationWarning.ignored("prompt", "a message of weight 0 was left out"));
            return;
        }
        if (Math.abs(weight) != 1) {
            warnings.add(GenerationWarning.ignored(
                    "prompt", "a message's weight of " + weight + " counts as " + (weight < 0 ? "-1" : "1")));
        }
        (weight < 0 ? unwanted : wanted).add(text);
    }

    private void readMedia(Media media, boolean isMask) {
        if (!(media.getData() instanceof byte[] bytes)) {
            throw new IllegalArgumentException("media must hold the picture's bytes but " + media.getMimeType()
                    + " holds an address, which is not fetched");
        }
        if (!isMask) {
            inputs.add(ImageInput.of(bytes));
        } else if (mask == null) {
            mask = ImageInput.of(RepaintMask.whiteToRepaint(bytes));
        } else {
            throw new IllegalArgumentException("media must hold at most one mask but hold several");
        }
    }
}
