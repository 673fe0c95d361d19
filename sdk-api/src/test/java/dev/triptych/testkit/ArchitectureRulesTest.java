package dev.triptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** Each rule must find what it is there for. */
class ArchitectureRulesTest {

    private static final JavaClasses KIT = new ClassFileImporter().importClasses(ArchitectureRules.class);

    @Test
    void findsAThirdPartyTypeInAPublicSignature() {
        assertThatThrownBy(() -> ArchitectureRules.noThirdPartyTypesInPublicSignatures(KIT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ArchitectureRules shows com.tngtech.archunit.core.domain.JavaClasses");
    }

    @Test
    void findsALibraryOutsideOfItsPlace() {
        assertThatThrownBy(() -> ArchitectureRules.onlyIn(KIT, "com.tngtech..", "dev.triptych.config.."))
                .isInstanceOf(AssertionError.class);
        assertThatCode(() -> ArchitectureRules.onlyIn(KIT, "com.tngtech..", "dev.triptych.testkit.."))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ArchitectureRules.onlyInClasses(KIT, "com.tngtech..", "HttpTransport"))
                .isInstanceOf(AssertionError.class);
        assertThatCode(() -> ArchitectureRules.onlyInClasses(KIT, "com.tngtech..", "ArchitectureRules"))
                .doesNotThrowAnyException();
    }

    @Test
    void findsAVagueName() {
        assertThatThrownBy(
                        () -> ArchitectureRules.noVagueNames(new ClassFileImporter().importClasses(PictureUtil.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("PictureUtil");
    }

    @Test
    void findsAPackageThatIsNotMarked() {
        JavaClasses foreign = new ClassFileImporter().importClasses(Test.class);

        assertThatThrownBy(() -> ArchitectureRules.everyPackageIsNullMarked(foreign))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("org.junit.jupiter.api");
    }

    @Test
    void leavesTheTestsAndThisKitOut() {
        assertThat(ArchitectureRules.production("dev.triptych"))
                .noneMatch(each -> each.getPackageName().endsWith("testkit"))
                .anyMatch(each -> each.getSimpleName().equals("ImageRequest"));
    }

    /** Named for being useful. */
    private static final class PictureUtil {}
}
