package dev.triptych.discord;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.discord");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }
}
