package dev.triptych.openai;

import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What each model of the images API honours, as of {@value #DATE}.
 *
 * <p>Sources: npm openai 7.57.0 src/resources/images.ts (models, parameters, limits), OpenAI's deprecations page (days
 * of shutdown), Azure's how-to for the bounds of free sizes. A model's dated snapshots share its row.
 */
final class ModelTable {

    /** The day on which the sources were read. */
    static final String DATE = "2026-11-22";

    static final ImageSize SQUARE = ImageSize.square(1024);

    private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

    /** Edges in steps of 16 up to 3840, 655 360 to 8 294 400 pixels, at most 3:1. */
    private static final SizeRule FREE_SIZES = new SizeRule(List.of(), 16, 16, 3840, 655_360, 8_294_400, 3.0, SQUARE);

    private static final SizeRule GPT_1_SIZES =
            SizeRule.oneOf(SQUARE, new ImageSize(1536, 1024), new ImageSize(1024, 1536));

    private static final ModelProfile DALL_E_2 = ModelProfile.builder("dall-e-2")
            .shutdown("2026-05-12")
            .operations(Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE, Operation.INPAINTING, Operation.VARIATION)
            .maxImages(10)
            .maxInputs(1)
            .maxPromptCharacters(1000)
            .sizes(SizeRule.oneOf(SQUARE, ImageSize.square(512), ImageSize.square(256)))
            .honours(Parameter.SIZE, Parameter.QUALITY)
            .qualities("standard")
            .options(ApiOption.USER, ApiOption.RESPONSE_FORMAT)
            .inputs(InputRules.DALL_E_2)
            .build();

    private static final ModelProfile DALL_E_3 = ModelProfile.builder("dall-e-3")
            .shutdown("2026-05-12")
            .maxPromptCharacters(4000)
            .sizes(SizeRule.oneOf(SQUARE, new ImageSize(1792, 1024), new ImageSize(1024, 1792)))
            .honours(Parameter.SIZE, Parameter.QUALITY, Parameter.STYLE)
            .qualities("standard", "hd")
            .styles("vivid", "natural")
            .options(ApiOption.USER, ApiOption.RESPONSE_FORMAT)
            .build();

    private static final ModelProfile GPT_IMAGE_1 = ModelProfile.builder("gpt-image-1")
            .shutdown("2026-10-23")
            .operations(Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
            .maxImages(10)
            .maxInputs(16)
            .sizes(GPT_1_SIZES)
            .honours(
                    Parameter.SIZE,
                    Parameter.QUALITY,
                    Parameter.BACKGROUND,
                    Parameter.OUTPUT_FORMAT,
                    Parameter.COMPRESSION)
            .qualities("low", "medium", "high", "auto")
            .backgrounds("transparent", "opaque", "auto")
            .outputFormats("png", "jpeg", "webp")
            .options(
                    ApiOption.MODERATION,
                    ApiOption.USER,
                    ApiOption.SAFETY_IDENTIFIER,
                    ApiOption.PARTIAL_IMAGES,
                    ApiOption.INPUT_FIDELITY)
            .build();

    /** No input fidelity: the API asks to leave it out. Transparent backgrounds were a preview that has ended. */
    private static final ModelProfile GPT_IMAGE_2 = GPT_IMAGE_1.toBuilder("gpt-image-2")
            .sizes(FREE_SIZES)
            .backgrounds("opaque", "auto")
            .options(ApiOption.MODERATION, ApiOption.USER, ApiOption.SAFETY_IDENTIFIER, ApiOption.PARTIAL_IMAGES)
            .build();

    private static final ModelProfile GPT_IMAGE_2_5 = GPT_IMAGE_2.toBuilder("gpt-image-2.5-sunburst")
            .qualities("low", "medium", "high", "xhigh", "max", "auto")
            .backgrounds("transparent", "opaque", "auto")
            .build();

    private static final ModelProfile GPT_IMAGE_2_6 = GPT_IMAGE_2_5.toBuilder("gpt-image-2.6-sunburst")
            .outputFormats("png", "jpeg", "webp", "gif")
            .options(
                    ApiOption.MODERATION,
                    ApiOption.USER,
                    ApiOption.SAFETY_IDENTIFIER,
                    ApiOption.PARTIAL_IMAGES,
                    ApiOption.COMPLEXITY,
                    ApiOption.FRAME_COUNT,
                    ApiOption.FRAME_DURATION_MS)
            .build();

    /** Oldest first. */
    private static final List<ModelProfile> PROFILES = List.of(
            DALL_E_2,
            DALL_E_3,
            GPT_IMAGE_1,
            GPT_IMAGE_1.toBuilder("gpt-image-1-mini").shutdown("2026-12-01").build(),
            GPT_IMAGE_1.toBuilder("gpt-image-1.5").shutdown("2026-12-01").build(),
            GPT_IMAGE_1.toBuilder("chatgpt-image-latest").shutdown("2026-12-01").build(),
            GPT_IMAGE_2,
            GPT_IMAGE_2_5,
            GPT_IMAGE_2_5.toBuilder("gpt-image-2.5-flare").build(),
            GPT_IMAGE_2_6,
            GPT_IMAGE_2_6.toBuilder("gpt-image-2.6-flare").build());

    /** A model of tomorrow: the newest one's operations and counts; any size and any word is passed on. */
    private static final ModelProfile PERMISSIVE = GPT_IMAGE_2_6.toBuilder("")
            .unknown()
            .operations(Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE, Operation.INPAINTING, Operation.VARIATION)
            .sizes(SizeRule.any(SQUARE))
            .honours(
                    Parameter.SIZE,
                    Parameter.QUALITY,
                    Parameter.STYLE,
                    Parameter.BACKGROUND,
                    Parameter.OUTPUT_FORMAT,
                    Parameter.COMPRESSION)
            .qualities()
            .backgrounds()
            .outputFormats()
            .options(ApiOption.values())
            .build();

    private ModelTable() {}

    /** The profile of {@code model}, or of its undated name; a permissive one where the table has neither. */
    static ModelProfile profileOf(String model) {
        String undated = SNAPSHOT.matcher(model).replaceFirst("");
        return PROFILES.stream()
                .filter(profile -> profile.id().equals(undated))
                .findFirst()
                .orElseGet(() -> PERMISSIVE.toBuilder(model).build());
    }

    /** All profiles, oldest first. */
    static List<ModelProfile> profiles() {
        return PROFILES;
    }
}
