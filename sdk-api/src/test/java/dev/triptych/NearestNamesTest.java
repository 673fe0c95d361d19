package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {

    @Test
    void whatWasProbablyMeantComesFirst() {
        assertThat(NearestNames.to("modle", List.of("type", "threads", "model", "device")))
                .startsWith("model")
                .hasSize(4);
    }

    @Test
    void equallyFarNamesStandInAlphabeticalOrder() {
        assertThat(NearestNames.to("x", List.of("c", "a", "b", "a"))).containsExactly("a", "b", "c");
    }
}
