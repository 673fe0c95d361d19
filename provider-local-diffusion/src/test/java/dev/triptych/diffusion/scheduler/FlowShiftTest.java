package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FlowShiftTest {

    private static final Offset<Double> ROUNDING = Offset.offset(1e-13);

    @Test
    void aPicturesSizeShiftsAsTheReferenceSays() throws IOException {
        for (JsonNode golden : recorded("calculate_shift")) {
            double mu = FlowShift.bySize(
                    golden.path("image_seq_len").asInt(),
                    golden.path("base_seq_len").asDouble(),
                    golden.path("max_seq_len").asDouble(),
                    golden.path("base_shift").asDouble(),
                    golden.path("max_shift").asDouble());

            assertThat(mu).isCloseTo(golden.path("mu").asDouble(), ROUNDING);
        }
    }

    @Test
    void sizeAndStepsShiftAsTheReferenceSays() throws IOException {
        for (JsonNode golden : recorded("compute_empirical_mu")) {
            double mu = FlowShift.bySizeAndSteps(
                    golden.path("image_seq_len").asInt(),
                    golden.path("num_steps").asInt());

            assertThat(mu).isCloseTo(golden.path("mu").asDouble(), ROUNDING);
        }
    }

    @Test
    void aConfigurationSaysBetweenWhichSizes() {
        SchedulerConfig config = SchedulerConfig.of(
                "FlowMatchEulerDiscreteScheduler", Map.of("base_image_seq_len", 16, "max_image_seq_len", 64));

        assertThat(FlowShift.bySize(config, 16, 1.16)).isCloseTo(0.5, ROUNDING);
        assertThat(FlowShift.bySize(config, 64, 1.16)).isCloseTo(1.15, ROUNDING);
    }

    @Test
    void aSchedulerThatTakesNoSigmasIsRefused() {
        SchedulerConfig heun = SchedulerConfig.of("FlowMatchHeunDiscreteScheduler", Map.of());

        assertThatThrownBy(() -> Schedulers.create(heun, 4, 1, FlowTimes.even(1), StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("scheduler must take the sigmas that this model's pipeline states, as"
                        + " FlowMatchEulerDiscreteScheduler alone does, but was FlowMatchHeunDiscreteScheduler");
    }

    private static JsonNode recorded(String rule) throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(Objects.requireNonNull(
                        FlowShiftTest.class.getResourceAsStream("/golden/schedulers-flow/index.json")))
                .path("mu")
                .path(rule);
        assertThat(cases).isNotEmpty();
        return cases;
    }
}
