package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {

    @TempDir
    Path directory;

    @Test
    void aKeyThatIsNotInTheFileTakesTheDefaultOfTheClassThatReadsIt() throws Exception {
        SchedulerConfig pndm = SchedulerConfig.read(write("""
                {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_start": 0.00085,
                 "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "skip_prk_steps": true,
                 "steps_offset": 1, "trained_betas": null, "num_train_timesteps": 1000}
                """));

        SchedulerConfig ddim = pndm.withClass("DDIMScheduler");
        SchedulerConfig euler = pndm.withClass("EulerDiscreteScheduler");

        assertThat(pndm.flag(ConfigKey.SET_ALPHA_TO_ONE)).isFalse();
        assertThat(ddim.flag(ConfigKey.SET_ALPHA_TO_ONE)).isTrue();
        assertThat(ddim.flag(ConfigKey.CLIP_SAMPLE)).isFalse();
        assertThat(ddim.text(ConfigKey.TIMESTEP_SPACING)).isEqualTo("leading");
        assertThat(euler.text(ConfigKey.TIMESTEP_SPACING)).isEqualTo("linspace");
        assertThat(euler.number(ConfigKey.BETA_START)).isEqualTo(0.00085);
        assertThat(euler.withClass("PNDMScheduler").flag(ConfigKey.SKIP_PRK_STEPS))
                .isTrue();
    }

    @Test
    void keysListedAsDefaultsAreNotTakenOver() throws Exception {
        SchedulerConfig config = SchedulerConfig.read(write("""
                {"_class_name": "DDIMScheduler", "timestep_spacing": "leading", "steps_offset": 1,
                 "_use_default_values": ["timestep_spacing"]}
                """));

        SchedulerConfig euler = config.withClass("EulerDiscreteScheduler");

        assertThat(euler.text(ConfigKey.TIMESTEP_SPACING)).isEqualTo("linspace");
        assertThat(euler.integer(ConfigKey.STEPS_OFFSET)).isEqualTo(1);
    }

    @Test
    void minusInfinityInAFileIsRead() throws Exception {
        SchedulerConfig config = SchedulerConfig.read(write("""
                {"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}
                """));

        assertThat(config.number(ConfigKey.LAMBDA_MIN_CLIPPED)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void aKeyOfAFileThatNoSchedulerKnowsIsAWarning() throws Exception {
        SchedulerConfig config = SchedulerConfig.read(write("""
                {"_class_name": "PNDMScheduler", "clip_sample": false, "beta_strat": 0.1, "_diffusers_version": "0.36",
                 "time_spacing": "trailing"}
                """));

        assertThat(config.warnings())
                .containsExactly(
                        "no scheduler knows the key beta_strat of scheduler_config.json; the nearest is beta_start; it"
                                + " has no effect",
                        "no scheduler knows the key time_spacing of scheduler_config.json; the nearest is"
                                + " timestep_spacing; it has no effect");
        assertThat(Schedulers.named(config, "euler").with("steps_offset", "1").warnings())
                .isEqualTo(config.warnings());
        assertThat(config.repairedForStableDiffusion().warnings()).isEqualTo(config.warnings());
    }

    @Test
    void anotherClassTakesThePlaceOfAnUnknownOneWhereThatIsWanted() throws Exception {
        Path file = write("{\"_class_name\": \"SpaceScheduler\", \"beta_start\": 0.00085}");

        SchedulerConfig config = SchedulerConfig.read(file, "EulerDiscreteScheduler");

        assertThat(config.className()).isEqualTo("EulerDiscreteScheduler");
        assertThat(config.number(ConfigKey.BETA_START)).isEqualTo(0.00085);
        assertThat(config.warnings())
                .containsExactly("the checkpoint's scheduler is SpaceScheduler, which is not known here;"
                        + " EulerDiscreteScheduler takes its place");
        assertThatThrownBy(() -> SchedulerConfig.read(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(file + ": a scheduler class must be one of ");
        assertThat(SchedulerConfig.read(write("{\"_class_name\": \"DDIMScheduler\"}"), "EulerDiscreteScheduler")
                        .className())
                .isEqualTo("DDIMScheduler");
    }

    @Test
    void aSiblingsSolverNamesBecomeOnesOwn() {
        SchedulerConfig unipc = SchedulerConfig.of("UniPCMultistepScheduler", Map.of("solver_type", "heun"));

        assertThat(unipc.text(ConfigKey.SOLVER_TYPE)).isEqualTo("bh2");
        assertThat(unipc.withClass("DPMSolverMultistepScheduler").text(ConfigKey.SOLVER_TYPE))
                .isEqualTo("midpoint");
        assertThat(SchedulerConfig.of("DEISMultistepScheduler", Map.of("algorithm_type", "dpmsolver++"))
                        .text(ConfigKey.ALGORITHM_TYPE))
                .isEqualTo("deis");
    }

    @Test
    void aRepairOfWhatWasSetIsCarriedOnButOneOfADefaultIsNot() {
        SchedulerConfig stated =
                SchedulerConfig.of("DDIMScheduler", Map.of("steps_offset", 0)).repairedForStableDiffusion();
        SchedulerConfig silent = SchedulerConfig.of("DDIMScheduler", Map.of()).repairedForStableDiffusion();

        assertThat(stated.integer(ConfigKey.STEPS_OFFSET)).isEqualTo(1);
        assertThat(silent.integer(ConfigKey.STEPS_OFFSET)).isEqualTo(1);
        assertThat(silent.flag(ConfigKey.CLIP_SAMPLE)).isFalse();
        assertThat(stated.withClass("EulerDiscreteScheduler").integer(ConfigKey.STEPS_OFFSET))
                .isEqualTo(1);
        assertThat(silent.withClass("EulerDiscreteScheduler").integer(ConfigKey.STEPS_OFFSET))
                .isZero();
        assertThat(silent.with("steps_offset", "3").integer(ConfigKey.STEPS_OFFSET))
                .isEqualTo(3);
    }

    @Test
    void textBecomesTheKindOfValueThatTheKeyTakes() {
        SchedulerConfig unipc = SchedulerConfig.of("UniPCMultistepScheduler", Map.of())
                .with("use_karras_sigmas", "True")
                .with("solver_order", "3")
                .with("sigma_min", "0.002")
                .with("solver_type", "bh1")
                .with("disable_corrector", "[0, 1]")
                .with("trained_betas", "null");

        assertThat(unipc.flag(ConfigKey.USE_KARRAS_SIGMAS)).isTrue();
        assertThat(unipc.integer(ConfigKey.SOLVER_ORDER)).isEqualTo(3);
        assertThat(unipc.number(ConfigKey.SIGMA_MIN)).isEqualTo(0.002);
        assertThat(unipc.text(ConfigKey.SOLVER_TYPE)).isEqualTo("bh1");
        assertThat(unipc.numbers(ConfigKey.DISABLE_CORRECTOR)).containsExactly(0, 1);
        assertThat(unipc.numbers(ConfigKey.TRAINED_BETAS)).isEmpty();
    }

    @Test
    void anUnknownKeyNamesTheNearest() {
        SchedulerConfig euler = SchedulerConfig.of("EulerDiscreteScheduler", Map.of());

        assertThatThrownBy(() -> euler.with("use_karas_sigmas", "true"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no key of EulerDiscreteScheduler is named use_karas_sigmas; the nearest is"
                        + " use_karras_sigmas");
        assertThatThrownBy(() -> SchedulerConfig.of("EulerDiscreteScheduler", Map.of("beta_stat", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no key of diffusers' schedulers is named beta_stat; the nearest is beta_start");
    }

    @Test
    void aValueOfTheWrongKindNamesTheKeyAndBoth() {
        SchedulerConfig euler = SchedulerConfig.of("EulerDiscreteScheduler", Map.of());

        assertThatThrownBy(() -> euler.with("use_karras_sigmas", "perhaps"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("use_karras_sigmas must be true or false but was \"perhaps\"");
        assertThatThrownBy(() -> euler.with("timestep_spacing", "even"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timestep_spacing must be one of leading, linspace, trailing but was \"even\"");
        assertThatThrownBy(() -> euler.with("steps_offset", "1.5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps_offset must be a whole number but was 1.5");
    }

    @Test
    void aBrokenFileIsNamed() throws Exception {
        Path missing = directory.resolve("none.json");
        Path notJson = write("{");
        Path wrong = directory.resolve("wrong.json");
        Files.writeString(wrong, "{\"_class_name\": \"DDIMScheduler\", \"steps_offset\": \"one\"}");
        Path nameless = directory.resolve("nameless.json");
        Files.writeString(nameless, "{\"steps_offset\": 1}");

        assertThatThrownBy(() -> SchedulerConfig.read(missing))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(missing + " could not be read");
        assertThatThrownBy(() -> SchedulerConfig.read(notJson))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(notJson + " must be JSON but was not");
        assertThatThrownBy(() -> SchedulerConfig.read(wrong))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(wrong + ": steps_offset must be a whole number but was \"one\"");
        assertThatThrownBy(() -> SchedulerConfig.read(nameless))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(nameless + " must be a JSON object with a _class_name but was not");
    }

    @Test
    void anUnknownClassNamesTheNearestFirst() {
        SchedulerConfig config = SchedulerConfig.of("EulerDiscretScheduler", Map.of());

        assertThatThrownBy(() -> Schedulers.create(config, 4, StepArguments.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a scheduler class must be one of EulerDiscreteScheduler, ")
                .hasMessageEndingWith(" but was EulerDiscretScheduler");
    }

    @Test
    void listsAndNullsOfAProgramAreTaken() {
        Map<String, Object> keys = new HashMap<>();
        keys.put("trained_betas", Arrays.asList(0.1, 0.2));
        keys.put("disable_corrector", List.of(0));
        keys.put("solver_p", null);

        SchedulerConfig config = SchedulerConfig.of("UniPCMultistepScheduler", keys);

        assertThat(config.numbers(ConfigKey.TRAINED_BETAS)).containsExactly(0.1, 0.2);
    }

    private Path write(String json) throws Exception {
        return Files.writeString(directory.resolve("scheduler_config.json"), json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num_train_timesteps | 0 | num_train_timesteps must be a whole number from 1 to 100000 but was 0",
                "num_train_timesteps | 1000000000 | num_train_timesteps must be a whole number from 1 to 100000 but was 1000000000",
                "beta_start | -5 | beta_start must be a number from 0 up to, but not, 1 but was -5",
                "beta_end | NaN | beta_end must be a number from 0 up to, but not, 1 but was \"NaN\"",
                "trained_betas | [0.1, 2] | trained_betas must be a list of numbers from 0 up to, but not, 1 but was [0.1,2]",
            })
    void aValueThatNoNoiseScheduleCanHaveIsRefused(String key, String value, String message) {
        SchedulerConfig config = SchedulerConfig.of("DDIMScheduler", Map.of());

        assertThatThrownBy(() -> config.with(key, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
