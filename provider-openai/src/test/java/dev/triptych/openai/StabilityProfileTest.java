package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.AspectRatio;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import org.junit.jupiter.api.Test;

/** Stability's v2beta: a form in, bytes out, shapes in place of sizes. */
class StabilityProfileTest extends AgainstWireMock {

    private static OpenAiImageGenerator.Builder stability() {
        return OpenAiImageGenerator.builder()
                .profile("stability")
                .baseUrl(base())
                .apiKey(KEY);
    }

    private static void answerPicture() {
        answer(aResponse()
                .withHeader("Content-Type", "image/webp")
                .withHeader("seed", "343940597")
                .withHeader("finish-reason", "SUCCESS")
                .withBody(Fixtures.greenPng()));
    }

    @Test
    void sendsAFormEvenWithoutFiles() {
        answerPicture();
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .negativePrompt("blur")
                .aspectRatio(new AspectRatio(16, 9))
                .seed(42)
                .style("photographic")
                .outputFormat("webp")
                .build();

        ImageResult result = stability().build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v2beta/stable-image/generate/core");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sent().getHeader("Accept")).isEqualTo("image/*");
        assertThat(sentForm())
                .containsExactly(
                        "aspect_ratio=16:9",
                        "negative_prompt=blur",
                        "output_format=webp",
                        "prompt=a red fox in the snow",
                        "seed=42",
                        "style_preset=photographic");
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(result.image().seed()).hasValue(343_940_597);
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void takesTheShapeOfASizeWithAWarning() {
        answerPicture();

        ImageResult result = stability()
                .build()
                .generate(ImageRequest.builder().prompt(PROMPT).size(768, 512).build());

        assertThat(sentForm()).contains("aspect_ratio=3:2");
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.adapted("size", "size must be a shape but was 768x512; 3:2 was taken"));
    }

    @Test
    void paintsOverAnInputWithAModelOfStableDiffusion3() {
        answerPicture();
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .input(ImageInput.of(Fixtures.greenPng()))
                .strength(0.6)
                .aspectRatio(new AspectRatio(16, 9))
                .build();

        ImageResult result = stability().model("sd3.5-large").build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v2beta/stable-image/generate/sd3");
        assertThat(sentForm())
                .containsExactly(
                        "image; image.png; image/png",
                        "mode=image-to-image",
                        "model=sd3.5-large",
                        "prompt=a red fox in the snow",
                        "strength=0.6");
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.ignored("aspectRatio", "aspectRatio has no effect with an input picture"));
    }

    @Test
    void readsThePictureAsJsonToo() {
        answer("stability/picture.json");

        ImageResult result = stability().model("ultra").build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/v2beta/stable-image/generate/ultra");
        assertThat(result.image().seed()).hasValue(343_940_597);
    }

    @Test
    void takesAFilteredPictureForARefusal() {
        answer("stability/filtered.json");
        ImageGenerationException asJson = failure();
        answer(aResponse()
                .withHeader("Content-Type", "image/png")
                .withHeader("finish-reason", "CONTENT_FILTERED")
                .withBody(Fixtures.greenPng()));
        ImageGenerationException asBytes = failure();

        for (ImageGenerationException error : new ImageGenerationException[] {asJson, asBytes}) {
            assertThat(error)
                    .isInstanceOf(ContentRejectedException.class)
                    .hasMessage("prompt and picture must pass stability's content policy but were refused"
                            + " (CONTENT_FILTERED)");
            assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
        }
    }

    @Test
    void readsItsErrors() {
        answer(json(403, Fixtures.text("stability/error-moderation.json")));
        assertThat(failure()).isInstanceOf(ContentRejectedException.class);

        answer(json(402, Fixtures.text("stability/error-payment.json")));
        assertThat(failure()).isInstanceOf(AuthenticationException.class);

        answer(json(400, Fixtures.text("stability/error-bad-request.json")));
        assertThat(failure())
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("request must be one that stability accepts but was refused (status 400, code"
                        + " bad_request): style_preset: must be one of the presets");
    }

    @Test
    void refusesASeedThatItCannotHold() {
        assertThat(catchThrowableOfType(
                        ImageGenerationException.class,
                        () -> stability()
                                .build()
                                .generate(ImageRequest.builder()
                                        .prompt(PROMPT)
                                        .seed(4_294_967_295L)
                                        .build())))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("seed must be from 0 to 4294967294 but was 4294967295");
    }

    private static ImageGenerationException failure() {
        return catchThrowableOfType(
                ImageGenerationException.class, () -> stability().build().generate(PROMPT));
    }
}
