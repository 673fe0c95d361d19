package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.GenerationContext;
import dev.triptych.ImageRequest;
import dev.triptych.UnsupportedRequestException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** How a picture came to be is told from the run that made it, and the picture is the usual one. */
class ExplanationTest {

    private static final ImageRequest REQUEST = ImageRequest.builder()
            .prompt("a sailboat on the sea")
            .seed(12)
            .steps(4)
            .build();

    @Test
    void tellsOfThePictureThatGenerateMakes() {
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.bundled()) {
            Explanation told = generator.explain(REQUEST, GenerationContext.create());

            assertThat(told.result().image().bytes())
                    .isEqualTo(generator.generate(REQUEST).image().bytes());
            ImageRequest unguided = REQUEST.toBuilder().guidanceScale(1.0).build();
            assertThat(told.unguided().orElseThrow().bytes())
                    .isEqualTo(generator.generate(unguided).image().bytes());
            assertThat(told.guidanceScale()).isEqualTo(4);
        }
    }

    @Test
    void tellsTokensNoiseStepsAndWords() {
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.bundled()) {
            Explanation told = generator.explain(REQUEST, GenerationContext.create());

            assertThat(told.tokens().stream().mapToInt(Explanation.Token::id))
                    .containsExactly(4094, 320, 1079, 512, 542, 682, 4095);
            assertThat(told.tokens().stream().map(Explanation.Token::text))
                    .containsExactly("", "a", "sailboat", "on", "the", "sea", "");
            assertThat(told.tokens())
                    .allSatisfy(token -> assertThat(token.embedding()).hasSize(256));
            assertThat(told.words().stream().map(Explanation.Word::text))
                    .containsExactly("a", "sailboat", "on", "the", "sea");
            assertThat(told.sigmas()).hasSize(4).isSortedAccordingTo((a, b) -> Double.compare(b, a));
            assertThat(told.steps().stream().map(Explanation.Step::number)).containsExactly(1, 2, 3, 4);
            assertThat(told.noise().width()).isEqualTo(told.noise().picture().width());
            assertThat(told.places()).isEqualTo(32);
        }
    }

    @Test
    void sharesOfAllWordsAreLessThanAll() {
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.bundled()) {
            Explanation told = generator.explain(REQUEST, GenerationContext.create());

            int points = told.noise().width() * told.noise().height();
            for (int i = 0; i < points; i++) {
                int point = i;
                double sum = told.words().stream()
                        .mapToDouble(word -> word.shares().get(point))
                        .sum();
                assertThat(sum).isGreaterThan(0).isLessThan(1 + 1e-5);
            }
        }
    }

    /** The pieces of a word are one word, and what they got is added. */
    @Test
    void piecesOfAWordAreOneWord() {
        Path tiny = GoldenCheckpoints.directory("tiny-sd1");
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.of(tiny)) {
            Explanation told = generator.explain(
                    ImageRequest.builder()
                            .prompt("a zqxvk, naïve")
                            .seed(1)
                            .steps(2)
                            .build(),
                    GenerationContext.create());

            assertThat(told.words().stream().map(Explanation.Word::text)).containsExactly("a", "zqxvk", ",", "naïve");
            assertThat(told.tokens().size()).isGreaterThan(6);
            // ᾱ at the training step 501 of Stable Diffusion 1 is 0.2757.
            assertThat(told.sigmas().get(0)).isCloseTo(1.62, within(0.01));
        }
    }

    @Test
    void refusesWhatItDoesNotExplain() {
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.bundled()) {
            ImageRequest two = REQUEST.toBuilder().count(2).build();
            assertThatThrownBy(() -> generator.explain(two, GenerationContext.create()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("count of an explained picture must be 1 but was 2");
            ImageRequest cut =
                    REQUEST.toBuilder().option("local.deep-cache", "2").build();
            assertThatThrownBy(() -> generator.explain(cut, GenerationContext.create()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("option local.deep-cache of an explained picture must be 0 but was more");
        }
    }
}
