package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import org.junit.jupiter.api.Test;

class StructuralSimilarityTest {

    private static final Luminance A = PicturesOfNumbers.of(48, 40, (x, y) -> (x * 5 + y * 3) % 256);
    private static final Luminance B = PicturesOfNumbers.of(48, 40, (x, y) -> (x * x + 7 * y) % 256);

    @Test
    void givesTheReferenceValues() {
        // scikit-image 0.26.0: structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
        // use_sample_covariance=False, data_range=255) with a[y, x] = (5 x + 3 y) mod 256, b[y, x] = (x² + 7 y) mod
        // 256,
        // c = clip(0.8 a + 20, 0, 255).
        Luminance c = new Luminance(48, 40, A.values.clone());
        for (int i = 0; i < c.values.length; i++) {
            c.values[i] = Math.min(255, 0.8 * A.values[i] + 20);
        }

        assertThat(StructuralSimilarity.mean(A, B)).isCloseTo(0.07356883090072644, within(1e-9));
        assertThat(StructuralSimilarity.mean(A, c)).isCloseTo(0.9731879783506621, within(1e-9));
    }

    @Test
    void isOneForEqualPicturesAndSymmetric() {
        assertThat(StructuralSimilarity.mean(A, A)).isCloseTo(1, within(1e-12));
        assertThat(StructuralSimilarity.mean(A, B)).isCloseTo(StructuralSimilarity.mean(B, A), within(1e-12));
    }

    @Test
    void comparesFlatPicturesByTheirMeansAlone() {
        Luminance dark = PicturesOfNumbers.of(16, 16, (x, y) -> 60);
        Luminance light = PicturesOfNumbers.of(16, 16, (x, y) -> 180);

        // Equation 6 of Wang 2004, since both variances are 0: (2 · 60 · 180 + C1) / (60² + 180² + C1), C1 = 2.55².
        double c1 = 2.55 * 2.55;
        assertThat(StructuralSimilarity.mean(dark, light))
                .isCloseTo((2 * 60 * 180 + c1) / (60 * 60 + 180 * 180 + c1), within(1e-9));
    }

    @Test
    void comparesAcrossSizesOfOneShape() {
        Sample small = Samples.plain(64, 48, Color.ORANGE);
        Sample large = Samples.plain(640, 480, Color.ORANGE);

        assertThat(new StructuralSimilarity().score(small, large).orElseThrow()).isCloseTo(1, within(1e-9));
    }

    @Test
    void leavesOutWhatCannotBeCompared() {
        StructuralSimilarity ssim = new StructuralSimilarity();

        assertThat(ssim.score(Samples.plain(64, 48, Color.RED), Samples.plain(48, 64, Color.RED)))
                .isEmpty();
        assertThat(ssim.score(Samples.plain(8, 8, Color.RED), Samples.plain(8, 8, Color.RED)))
                .isEmpty();
    }
}
