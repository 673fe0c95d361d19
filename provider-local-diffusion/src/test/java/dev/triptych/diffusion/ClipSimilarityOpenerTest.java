package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.ModelLoadException;
import dev.triptych.compare.TextImageSimilarity;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.storage.UserFolders;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipSimilarityOpenerTest {

    private static final Path CLIP = GoldenCheckpoints.directory("tiny-clip");

    @TempDir
    Path temp;

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(TextImageSimilarity.Opener.class))
                .hasAtLeastOneElementOfType(ClipSimilarityOpener.class);
    }

    @Test
    void opensTheFolderOfTheSystemPropertyFirst() {
        ClipSimilarityOpener opener = opener(
                Map.of("triptych.clip", CLIP.toString()),
                Map.of("TRIPTYCH_CLIP", temp.resolve("unread").toString()),
                Optional.of(temp.resolve("unread")));

        try (TextImageSimilarity model = opener.open().orElseThrow()) {
            assertThat(model.model()).isEqualTo("tiny-clip");
        }
    }

    @Test
    void opensTheFolderOfTheEnvironmentVariableThen() {
        ClipSimilarityOpener opener = opener(
                Map.of("triptych.clip", " "),
                Map.of("TRIPTYCH_CLIP", CLIP.toString()),
                Optional.of(temp.resolve("unread")));

        try (TextImageSimilarity model = opener.open().orElseThrow()) {
            assertThat(model.model()).isEqualTo("tiny-clip");
        }
    }

    @Test
    void opensTheBundledFolderLast() {
        try (TextImageSimilarity model =
                opener(Map.of(), Map.of(), Optional.of(CLIP)).open().orElseThrow()) {
            assertThat(model.model()).isEqualTo("bundled");
        }
    }

    @Test
    void withoutAnyThereIsNone() {
        assertThat(opener(Map.of(), Map.of(), Optional.empty()).open()).isEmpty();
    }

    @Test
    void aFolderThatIsNotThereIsAnErrorNotNone() {
        Path missing = temp.resolve("missing");

        assertThatThrownBy(() -> opener(Map.of("triptych.clip", missing.toString()), Map.of(), Optional.empty())
                        .open())
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("system property triptych.clip must name the folder of a CLIP model but " + missing
                        + " does not exist");
    }

    @Test
    void findsAFolderInTheUsersHome() {
        assertThatThrownBy(() -> opener(Map.of(), Map.of("TRIPTYCH_CLIP", "~/no such clip"), Optional.empty())
                        .open())
                .hasMessage("environment variable TRIPTYCH_CLIP must name the folder of a CLIP model but "
                        + UserFolders.home().resolve("no such clip") + " does not exist");
    }

    @Test
    void somethingThatIsNoPathIsAnError() {
        assertThatThrownBy(() -> opener(Map.of(), Map.of("TRIPTYCH_CLIP", "a\0b"), Optional.empty())
                        .open())
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(
                        "environment variable TRIPTYCH_CLIP must name the folder of a CLIP model but is no path: ");
    }

    @Test
    void measuresABufferedImageAsTheModelMeasuresItsPixels() {
        GoldenClip golden = GoldenClip.compact();
        Pixels pixels = golden.picture(1);
        String prompt = golden.prompts().get(0);
        byte[] rgb = pixels.rgb();
        BufferedImage image = new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < rgb.length / 3; i++) {
            int colour = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
            image.setRGB(i % pixels.width(), i / pixels.width(), 0xff000000 | colour);
        }

        try (ClipModel clip = ClipModel.open(CLIP);
                TextImageSimilarity similarity = new ClipSimilarity(clip, "tiny-clip")) {
            assertThat(similarity.cosine(prompt, image)).isCloseTo(clip.cosine(prompt, pixels), within(1e-7));
        }
    }

    private static ClipSimilarityOpener opener(
            Map<String, String> properties, Map<String, String> environment, Optional<Path> bundled) {
        return new ClipSimilarityOpener(properties::get, environment::get, () -> bundled);
    }
}
