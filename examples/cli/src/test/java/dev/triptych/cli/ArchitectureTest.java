package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

/** Here all modules are on one class path: the arrows between them can be seen. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych");

    @Test
    void seesEveryModule() {
        assertThat(CLASSES.contain("dev.triptych.ImageGenerator")).isTrue();
        assertThat(CLASSES.contain("dev.triptych.openai.OpenAiGeneratorFactory"))
                .isTrue();
        assertThat(CLASSES.contain("dev.triptych.diffusion.LocalDiffusionGenerator"))
                .isTrue();
        assertThat(CLASSES.contain("dev.triptych.discord.DiscordGeneratorFactory"))
                .isTrue();
        assertThat(CLASSES.contain(Main.class)).isTrue();
    }

    @Test
    void examplesUseProvidersAndProvidersUseTheSdkAndNoOther() {
        ArchitectureRules.arrowsPointOneWay(CLASSES);
    }

    @Test
    void theCommandLineKeepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(ArchitectureRules.production("dev.triptych.cli"));
    }
}
