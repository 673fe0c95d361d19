package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Windows as diffusers 0.36 keeps controls in them: call i of n where i/n ≥ start and (i + 1)/n ≤ end. */
class CallWindowTest {

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0, 10, 0, 10",
        "0, 0.5, 0, 10, 0, 5",
        "0.2, 0.8, 0, 10, 2, 8",
        "0.1, 0.9, 0, 4, 1, 3",
        "0.25, 0.75, 0, 4, 1, 3",
        "0.4, 0.6, 0, 3, 2, 2", // no call lies in it as a whole
        "0, 0.5, 7, 10, 7, 12" // image-to-image makes the later calls alone
    })
    void countsTheCallsThatAreMade(double start, double end, int firstCall, int calls, int first, int last) {
        assertThat(CallWindow.of(start, end, firstCall, calls)).isEqualTo(new CallWindow(first, last));
    }
}
