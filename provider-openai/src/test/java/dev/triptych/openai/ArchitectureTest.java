package dev.triptych.openai;

import static com.tngtech.archunit.base.DescribedPredicate.describe;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.triptych.testkit.ArchitectureRules;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.openai");

    @Test
    void keepsTheHouseRules() {
        ArchitectureRules.checkHouseRules(CLASSES);
    }

    /** One class hears events over a WebSocket; all else goes through OkHttp, whose proxy and TLS are configured. */
    @Test
    void hearsEventsInOnePlace() {
        ArchRuleDefinition.noClasses()
                .that(describe(
                        "are not ComfyUiWatch",
                        type -> !type.getFullName().matches("dev\\.triptych\\.openai\\.ComfyUiWatch(\\$.*)?")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.net.http..")
                .check(CLASSES);
    }

    /** The public builder takes a caller's client; beyond that, few classes talk HTTP. Addresses are values. */
    @Test
    void talksHttpInFewPlaces() {
        List<String> talkers = List.of(
                "HttpTransport",
                "UrlFetcher",
                "OpenAiImageGenerator",
                "NetworkSettings",
                "ProxyRules",
                "KeepAliveSockets");
        ArchRuleDefinition.noClasses()
                .that(describe(
                        "are none of " + talkers,
                        type -> talkers.stream()
                                .noneMatch(name ->
                                        type.getFullName().matches("dev\\.triptych\\.openai\\." + name + "(\\$.*)?"))))
                .should()
                .dependOnClassesThat(describe(
                        "talk HTTP",
                        type -> type.getPackageName().startsWith("okhttp3")
                                && !type.getName().matches("okhttp3\\.HttpUrl(\\$.*)?")))
                .check(CLASSES);
    }
}
