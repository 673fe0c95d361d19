package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.diffusion.pixels.Pixels;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnnotationsTest {

    private final Pixels picture = Pixels.of(1, 1, new byte[] {10, 20, 30});

    @Test
    void eachControlGetsItsOwnAndTheOthersWhatIsForAll() {
        Annotations annotations = Annotations.parse("inversion, edges=canny:1:2", Set.of("edges", "other"));

        assertThat(annotations.of("other", picture).rgb()).containsExactly((byte) 245, (byte) 235, (byte) 225);
        assertThat(annotations.of("edges", picture).rgb()).containsOnly((byte) 0);
        assertThat(Annotations.none().of("edges", picture)).isEqualTo(picture);
        assertThat(Annotations.parse("edges=inversion", Set.of("edges", "other"))
                        .of("other", picture))
                .isEqualTo(picture);
    }

    @Test
    void whatNamesNothingIsRefused() {
        assertThatThrownBy(() -> Annotations.parse("x=canny", Set.of("edges")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must name controls that have a picture, [edges], but named \"x\"");
        assertThatThrownBy(() -> Annotations.parse("canny,blur", Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must say once what becomes of a picture but was \"canny,blur\"");
        assertThatThrownBy(() -> Annotations.parse("", Set.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
