package dev.triptych.openai;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.triptych.testkit.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.openai");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }

    /** The public builder takes a caller's client; beyond that only two classes talk HTTP. */
    @Test
    void talksHttpInTwoPlaces() {
        ArchitectureRules.onlyInClasses(CLASSES, "okhttp3..", "HttpTransport", "UrlFetcher", "OpenAiImageGenerator");
    }
}
