package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerNameTest {

    private static final SchedulerConfig OWN = SchedulerConfig.of("PNDMScheduler", Map.of("skip_prk_steps", true));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DDIM",
                "DDPM",
                "PLMS",
                "Euler",
                "Euler a",
                "LMS Karras",
                "Heun Exponential",
                "DPM2 Karras",
                "DPM2 a",
                "UniPC Beta",
                "LCM",
                "DPM++ 2M",
                "DPM++ 2M Karras",
                "DPM++ 2M SDE Exponential",
                "DPM++ 2M SDE Heun Karras",
                "DPM++ 3M SDE Beta"
            })
    void aNameOfTheWebUiIsWrittenAsItIsRead(String name) {
        SamplerName found = SamplerName.of(Schedulers.named(OWN, name));

        assertThat(found.sampler()
                        + found.schedule().map(schedule -> " " + schedule).orElse(""))
                .isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"tcd, TCDScheduler", "dpm++ 2s, DPMSolverSinglestepScheduler"})
    void whatTheWebUiDoesNotHaveKeepsTheNameOfItsClass(String name, String className) {
        assertThat(SamplerName.of(Schedulers.named(OWN, name)).sampler()).isEqualTo(className);
    }
}
