package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PreviewWishTest {

    private static final Capabilities LOCAL = Capabilities.builder()
            .options("local", Set.of("local.preview-every"))
            .build();

    private final ImageRequest.Builder request = ImageRequest.builder().prompt("a fox");

    @Test
    void whoShowsUnfinishedPicturesIsAskedForAboutTen() {
        assertThat(PreviewWish.in(request.steps(25).build(), LOCAL).options())
                .isEqualTo(Map.of("local.preview-every", "2"));
        assertThat(PreviewWish.in(request.steps(4).build(), LOCAL).options())
                .isEqualTo(Map.of("local.preview-every", "1"));
        assertThat(PreviewWish.in(ImageRequest.of("a fox"), LOCAL).options())
                .isEqualTo(Map.of("local.preview-every", "2"));
    }

    @Test
    void whatARequestSaysCountsAndNobodyElseIsAsked() {
        ImageRequest none = request.option("local.preview-every", "0").build();

        assertThat(PreviewWish.in(none, LOCAL)).isEqualTo(none);
        assertThat(PreviewWish.in(
                        ImageRequest.of("a fox"), Capabilities.builder().build()))
                .isEqualTo(ImageRequest.of("a fox"));
    }
}
