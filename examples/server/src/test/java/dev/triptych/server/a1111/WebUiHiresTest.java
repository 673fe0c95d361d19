package dev.triptych.server.a1111;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebUiHiresTest {

    private final ObjectNode body = Json.object().put("enable_hr", true);

    private Map<String, String> options() {
        return WebUiHires.options("local", new Fields(body), 512, 768);
    }

    @Test
    void aSecondPassIsWhatTheWebUiMeansByIt() {
        body.put("hr_scale", 1.5)
                .put("hr_upscaler", "Latent (bicubic)")
                .put("hr_second_pass_steps", 12)
                .put("denoising_strength", 0.4);

        assertThat(options())
                .isEqualTo(Map.of(
                        "local.hires-scale", "1.5",
                        "local.hires-upscaler", "latent-bicubic",
                        "local.hires-steps", "12",
                        "local.hires-strength", "0.4"));
    }

    @Test
    void whatIsNotSaidIsAsTheWebUiHasIt() {
        body.put("hr_second_pass_steps", 0);

        assertThat(options()).isEqualTo(Map.of("local.hires-scale", "2.0", "local.hires-upscaler", "latent"));
        body.put("enable_hr", false);
        assertThat(options()).isEmpty();
    }

    @Test
    void aNetworkGoesByItsName() {
        assertThat(upscaler("Lanczos")).isEqualTo("lanczos");
        assertThat(upscaler("RealESRGAN_x4plus")).isEqualTo("RealESRGAN_x4plus");
    }

    private String upscaler(String name) {
        body.put("hr_upscaler", name);
        return options().getOrDefault("local.hires-upscaler", "");
    }

    @Test
    void aSizeIsAScaleOfOneShape() {
        body.put("hr_resize_x", 1024);
        assertThat(options()).containsEntry("local.hires-scale", "2.0");
        body.put("hr_resize_y", 1536);
        assertThat(options()).containsEntry("local.hires-scale", "2.0");

        body.put("hr_resize_y", 1024);
        assertThatThrownBy(this::options)
                .isInstanceOf(HttpFailure.class)
                .hasMessage("hr_resize_x and hr_resize_y must keep the shape of 512x768 but were 1024 and 1024");
    }

    @Test
    void latentModesAreThoseThatThereAre() {
        assertThat(WebUiHires.latentModes())
                .hasToString("[{\"name\":\"Latent\"},{\"name\":\"Latent (bicubic)\"},{\"name\":\"Latent (nearest)\"}]");
    }

    @Test
    void whatIsNotHeardIsSaid() {
        body.put("tiling", true)
                .put("restore_faces", false)
                .put("seed_resize_from_w", -1)
                .put("script_name", "None");
        body.putObject("alwayson_scripts").putObject("controlnet");
        body.putArray("styles");
        body.put("hr_prompt", "").put("hr_sampler_name", "Euler");

        assertThat(WebUiUnheard.warnings(body))
                .containsExactly(
                        "tiling has no effect here",
                        "alwayson_scripts has no effect here",
                        "hr_sampler_name has no effect here");
    }
}
