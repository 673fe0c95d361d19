package dev.triptych.server.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.server.http.Json;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the web UI wrote into a picture comes back as a request that makes it here. */
class InfotextOptionsTest {

    @Test
    void aSecondPassOfTheWebUiIsOneHere() {
        PictureSettings read = read("""
                a (red:1.2) fox
                Negative prompt: blurry
                Steps: 20, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x512, \
                Model: v1-5, Denoising strength: 0.45, Clip skip: 2, ControlNet 0: "Module: canny, Model: edges", \
                Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent (bicubic), Version: v1.10.1""");

        assertThat(read.request().toString())
                .isEqualTo("{\"prompt\":\"a (red:1.2) fox\",\"negativePrompt\":\"blurry\",\"seed\":5,\"steps\":20,"
                        + "\"guidanceScale\":7.0,\"size\":\"512x512\",\"options\":{\"local.clip-skip\":\"1\","
                        + "\"local.hires-scale\":\"1.5\",\"local.hires-steps\":\"12\",\"local.hires-strength\":\"0.45\","
                        + "\"local.hires-upscaler\":\"latent-bicubic\",\"local.noise\":\"cuda\","
                        + "\"local.prompt-syntax\":\"a1111\",\"local.scheduler\":\"DPM++ 2M SDE Karras\"}}");
        assertThat(read.unknown())
                .isEqualTo(
                        Map.of("ControlNet 0", "Module: canny, Model: edges", "Model", "v1-5", "Version", "v1.10.1"));
    }

    @Test
    void aSizeIsAScaleWhereTheShapeStays() {
        assertThat(options("Hires resize: 768x1152, Hires upscaler: 4x-UltraSharp, Denoising strength: 0.3"))
                .isEqualTo(Json.parse("{\"local.hires-scale\": \"1.5\", \"local.hires-strength\": \"0.3\","
                        + " \"local.hires-upscaler\": \"4x-UltraSharp\"}"));
        assertThat(read("a fox\nSteps: 4, Seed: 1, Size: 512x768, Hires resize: 768x768")
                        .unknown())
                .containsKey("Hires resize");
    }

    @Test
    void theNoiseOfTheCpuIsOurs() {
        assertThat(options("RNG: CPU, Emphasis: None, Version: v1.9.0").isMissingNode())
                .isTrue();
        assertThat(options("Variation seed: 9, Variation seed strength: 0.2, RNG: NV"))
                .isEqualTo(Json.parse("{\"local.noise\": \"cuda\", \"local.variation-seed\": \"9\","
                        + " \"local.variation-strength\": \"0.2\"}"));
    }

    private static JsonNode options(String more) {
        return read("a fox\nSteps: 4, Seed: 1, Size: 512x768, " + more)
                .request()
                .path("options");
    }

    private static PictureSettings read(String parameters) {
        byte[] png =
                PngText.with(TestPictures.png(8, 8, Color.BLUE), Map.of(GenerationParameters.PNG_KEYWORD, parameters));
        return PictureSettings.read(png).orElseThrow();
    }
}
