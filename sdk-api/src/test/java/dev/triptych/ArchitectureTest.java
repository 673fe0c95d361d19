package dev.triptych;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }

    @Test
    void showsCallersNoLibrary() {
        ArchitectureRules.noThirdPartyTypesInPublicSignatures(CLASSES);
    }

    @Test
    void speaksNoHttp() {
        ArchitectureRules.onlyIn(CLASSES, "okhttp3..");
    }
}
