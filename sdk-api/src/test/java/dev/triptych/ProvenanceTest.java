package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProvenanceTest {

    private static final byte[] PNG = TestPictures.png(16, 8, Color.BLUE);
    private static final GeneratorInfo INFO = new GeneratorInfo("offline", "local", "bundled", "0123abcd", true);
    private static final ImageRequest REQUEST = ImageRequest.builder()
            .prompt("a fox in the 雪")
            .count(3)
            .seed(42)
            .steps(20)
            .guidanceScale(7.5)
            .build();

    @Test
    void readsBackWhatItStamped() {
        byte[] stamped = Provenance.stamp(PNG, REQUEST, INFO, OptionalLong.of(43));

        Provenance provenance = Provenance.read(stamped).orElseThrow();

        assertThat(provenance.generator()).isEqualTo("offline");
        assertThat(provenance.provider()).isEqualTo("local");
        assertThat(provenance.model()).isEqualTo("bundled");
        assertThat(provenance.revision()).isEqualTo("0123abcd");
        assertThat(provenance.seed()).hasValue(43);
        assertThat(provenance.request(hash -> null))
                .isEqualTo(REQUEST.toBuilder().count(1).seed(43).build());
        assertThat(provenance.requestSha256()).isEqualTo(RequestJson.sha256(provenance.request(hash -> null)));
    }

    @Test
    void carriesTheParametersAndTheSourceType() {
        Map<String, String> text = PngText.read(Provenance.stamp(PNG, REQUEST, INFO, OptionalLong.of(43)));

        assertThat(text).containsOnlyKeys("parameters", "XML:com.adobe.xmp", "triptych");
        assertThat(text.get("parameters"))
                .isEqualTo("a fox in the 雪\nSteps: 20, CFG scale: 7.5, Seed: 43, Size: 16x8, Model: bundled, "
                        + "Version: Triptych");
        assertThat(text.get("XML:com.adobe.xmp")).contains("/trainedAlgorithmicMedia<");
    }

    @Test
    void callsAnInpaintedPictureAComposite() {
        ImageRequest inpainting = REQUEST.toBuilder()
                .input(ImageInput.of(PNG))
                .mask(ImageInput.of(TestPictures.mask(16, 8)))
                .build();

        assertThat(PngText.read(Provenance.stamp(PNG, inpainting, INFO, OptionalLong.empty()))
                        .get("XML:com.adobe.xmp"))
                .contains("/compositeWithTrainedAlgorithmicMedia<");
    }

    @Test
    void stampsTheSameBytesTwiceAndOverAnOldStamp() {
        GenerationParameters parameters = new GenerationParameters("a fox", "", Map.of());
        byte[] once = Provenance.stamp(PNG, REQUEST, INFO, 43, parameters);

        assertThat(Provenance.stamp(PNG, REQUEST, INFO, 43, parameters)).isEqualTo(once);
        assertThat(Provenance.stamp(once, REQUEST, INFO, 43, parameters)).isEqualTo(once);
    }

    @Test
    void leavesOutASeedThatNobodyKnows() {
        ImageRequest unseeded = ImageRequest.of("a fox");

        Provenance provenance = Provenance.read(Provenance.stamp(PNG, unseeded, INFO, OptionalLong.empty()))
                .orElseThrow();

        assertThat(provenance.seed()).isEmpty();
        assertThat(provenance.requestJson()).isEqualTo("{\"prompt\":\"a fox\"}");
    }

    @Test
    void findsNothingInAPlainPicture() {
        assertThat(Provenance.read(PNG)).isEqualTo(Optional.empty());
    }

    @Test
    void refusesAnAlteredRequest() {
        String json = PngText.read(Provenance.stamp(PNG, REQUEST, INFO, OptionalLong.of(43)))
                .get("triptych");
        assertThat(json).isNotNull();
        byte[] altered = PngText.with(PNG, Map.of("triptych", json.replace("a fox", "a cat")));

        assertThatThrownBy(() -> Provenance.read(altered))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("request must have the SHA-256 [0-9a-f]{64} but was altered");
    }

    @Test
    void keepsThePromptOutOfItsToString() {
        Provenance provenance = Provenance.read(Provenance.stamp(PNG, REQUEST, INFO, OptionalLong.of(43)))
                .orElseThrow();

        assertThat(provenance.toString())
                .startsWith("Provenance[offline, local, bundled")
                .doesNotContain("fox");
    }
}
