package dev.triptych.diffusion;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The walls inside the local engine: arrows run down, and nowhere in a circle. */
class ArchitectureTest {

    private static final String ROOT = "dev.triptych.diffusion";

    /** What anyone above may use: it knows none of the others. */
    private static final Set<String> GROUND =
            Set.of("error", "onnx", "pixels", "prompt", "random", "scheduler", "weights");

    /** What each room may use beside the ground, from the top down; the root may use all. */
    private static final Map<String, Set<String>> BELOW = below();

    private static Map<String, Set<String>> below() {
        Map<String, Set<String>> below = new LinkedHashMap<>();
        below.put("family", Set.of("guide", "network", "engine", "adapt", "checkpoint"));
        below.put("guide", Set.of("engine"));
        below.put("network", Set.of("engine", "checkpoint"));
        below.put("adapt", Set.of("checkpoint"));
        below.put("checkpoint", Set.of());
        below.put("hub", Set.of());
        below.put("engine", Set.of());
        return below;
    }

    /** Read once for all tests: it takes seconds. */
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void arrowsRunDown() {
        BELOW.forEach((room, allowed) -> BELOW.keySet().stream()
                .filter(other -> !other.equals(room) && !allowed.contains(other))
                .forEach(other -> noArrow(room, other)));
        BELOW.keySet()
                .forEach(room -> noClasses()
                        .that()
                        .resideInAPackage(ROOT + "." + room + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(ROOT)
                        .check(CLASSES));
    }

    @Test
    void theGroundKnowsNobodyAbove() {
        for (String ground : GROUND) {
            BELOW.keySet().forEach(above -> noArrow(ground, above));
        }
    }

    @Test
    void noTwoRoomsKnowEachOther() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
        slices().matching(ROOT + ".network.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** Names and shapes of files know tensors, and nothing of where a checkpoint's parts come from. */
    @Test
    void namesAndShapesKnowWeightsAlone() {
        for (String room : Set.of("names", "shapes")) {
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + ".checkpoint." + room)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            ROOT + ".checkpoint", ROOT + ".checkpoint." + (room.equals("names") ? "shapes" : "names"))
                    .check(CLASSES);
        }
    }

    @Test
    void onlyTheEngineKnowsOnnxRuntime() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".engine")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void onlyTheHubAsksTheNetwork() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".hub")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.net.http..")
                .check(CLASSES);
    }

    @Test
    void theOnnxWriterStandsAlone() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".onnx")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(ROOT + ".onnx", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    private void noArrow(String from, String to) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + from + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "." + to + "..")
                .allowEmptyShould(true)
                .check(CLASSES);
    }
}
