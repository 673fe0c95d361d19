package dev.triptych.shared;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.shared");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }

    @Test
    void usesNoProvider() {
        ArchitectureRules.onlyIn(CLASSES, "dev.triptych.diffusion..");
        ArchitectureRules.onlyIn(CLASSES, "dev.triptych.openai..");
        ArchitectureRules.onlyIn(CLASSES, "dev.triptych.discord..");
    }
}
