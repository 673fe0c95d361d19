package dev.triptych.diffusion;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The walls inside the local engine. */
class ArchitectureTest {

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.triptych.diffusion");

    @Test
    void onlyTheRuntimePackageKnowsOnnxRuntime() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.triptych.diffusion.runtime")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(classes);
    }

    @Test
    void checkpointsKnowNothingOfGraphsAndGraphsNothingOfTheRuntime() {
        noClasses()
                .that()
                .resideInAPackage("dev.triptych.diffusion.checkpoint")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.triptych.diffusion.graph", "dev.triptych.diffusion.onnx", "dev.triptych.diffusion.runtime")
                .check(classes);
        noClasses()
                .that()
                .resideInAnyPackage("dev.triptych.diffusion.graph", "dev.triptych.diffusion.onnx")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.triptych.diffusion.runtime")
                .check(classes);
    }

    @Test
    void theOnnxWriterStandsAlone() {
        noClasses()
                .that()
                .resideInAPackage("dev.triptych.diffusion.onnx")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("dev.triptych.diffusion.onnx", "java..", "org.jspecify..")
                .check(classes);
    }
}
