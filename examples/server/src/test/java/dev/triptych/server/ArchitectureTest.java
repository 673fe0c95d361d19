package dev.triptych.server;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.server");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }

    @Test
    void theDatabaseIsKnownInOnePlace() {
        ArchitectureRules.onlyIn(CLASSES, "com.github.kagkarlsson..", "dev.triptych.server.jobs..");
        ArchitectureRules.onlyIn(CLASSES, "java.sql..", "dev.triptych.server.jobs..");
    }

    @Test
    void jobsKnowNoDialect() {
        ArchitectureRules.onlyIn(
                CLASSES, "dev.triptych.server.openai..", "dev.triptych.server", "dev.triptych.server.openai..");
        ArchitectureRules.onlyIn(
                CLASSES, "dev.triptych.server.a1111..", "dev.triptych.server", "dev.triptych.server.a1111..");
        ArchitectureRules.onlyIn(
                CLASSES, "dev.triptych.server.mcp..", "dev.triptych.server", "dev.triptych.server.mcp..");
    }
}
