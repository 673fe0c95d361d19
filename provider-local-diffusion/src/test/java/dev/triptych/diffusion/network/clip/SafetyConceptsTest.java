package dev.triptych.diffusion.network.clip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.diffusion.network.clip.SafetyConcepts.Concept;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scores by hand: the embedding (3, 4) has the cosines 0.6 and 0.8 with the axes. */
class SafetyConceptsTest {

    private static final float[] EMBEDDING = {3, 4};
    private static final Concept NEVER = x(1);

    private static Concept x(double threshold) {
        return new Concept(new float[] {1, 0}, (float) threshold);
    }

    private static Concept y(double threshold) {
        return new Concept(new float[] {0, 1}, (float) threshold);
    }

    @Test
    void findsTheConceptsWhoseCosineIsAboveTheThreshold() {
        assertThat(new SafetyConcepts(List.of(x(0.59), x(0.61), y(0.79), y(0.81)), List.of()).found(EMBEDDING))
                .containsExactly(0, 2);
    }

    @Test
    void roundsScoresToThreeDigits() {
        assertThat(new SafetyConcepts(List.of(x(0.5996), x(0.5994)), List.of()).found(EMBEDDING))
                .containsExactly(1);
    }

    @Test
    void isStricterByAHundredthWhereSpecialCareIsFound() {
        List<Concept> concepts = List.of(x(0.605), x(0.611));

        assertThat(new SafetyConcepts(concepts, List.of(NEVER)).found(EMBEDDING))
                .isEmpty();
        assertThat(new SafetyConcepts(concepts, List.of(NEVER, y(0.79))).found(EMBEDDING))
                .containsExactly(0);
        assertThat(new SafetyConcepts(concepts, List.of(y(0.79), NEVER)).found(EMBEDDING))
                .containsExactly(0);
    }

    @Test
    void findsNothingInAnEmbeddingOfZeros() {
        assertThat(new SafetyConcepts(List.of(x(0), y(0.1)), List.of()).found(new float[2]))
                .isEmpty();
    }
}
