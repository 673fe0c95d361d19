package dev.triptych.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * The rules of the architecture, each as a check that a module's {@code ArchitectureTest} calls on its classes.
 *
 * <pre>{@code
 * private static final JavaClasses CLASSES = ArchitectureRules.production("dev.triptych.openai");
 *
 * @Test
 * void keepsTheHouseRules() {
 *     ArchitectureRules.checkHouseRules(CLASSES);
 * }
 * }</pre>
 */
public final class ArchitectureRules {

    private static final List<String> PROVIDERS =
            List.of("dev.triptych.openai", "dev.triptych.diffusion", "dev.triptych.discord");
    private static final List<String> SDK_PACKAGES = List.of(
            "dev.triptych",
            "dev.triptych.media..",
            "dev.triptych.config..",
            "dev.triptych.resilience..",
            "dev.triptych.cache..",
            "dev.triptych.compare..",
            "dev.triptych.ledger..",
            "dev.triptych.storage..",
            "dev.triptych.internal..");

    static {
        // The rules go by names; nothing needs to be known of a library's classes.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    }

    private ArchitectureRules() {}

    /** The classes of {@code packages} and below without tests and without this kit. */
    public static JavaClasses production(String... packages) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar") && !location.contains("/testkit/"))
                .importUrls(roots(packages));
    }

    /** Where the packages lie on the class path. Looking there alone saves reading every library. */
    private static List<URL> roots(String... packages) {
        try {
            List<URL> roots = new ArrayList<>();
            for (String each : packages) {
                roots.addAll(Collections.list(
                        ArchitectureRules.class.getClassLoader().getResources(each.replace('.', '/') + "/")));
            }
            return roots;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What holds in every module: annotated packages, telling names, no cycles, arrows one way. */
    public static void checkHouseRules(JavaClasses classes) {
        everyPackageIsNullMarked(classes);
        noVagueNames(classes);
        noCyclesBetweenPackages(classes);
        arrowsPointOneWay(classes);
        onlyIn(classes, "ai.onnxruntime..", "dev.triptych.diffusion.engine..");
        onlyIn(classes, "dev.triptych.diffusion.*..", "dev.triptych.diffusion..");
        onlyIn(classes, "io.github.resilience4j..", "dev.triptych.resilience..");
    }

    /** Every package says that nothing in it is null unless it says so. */
    public static void everyPackageIsNullMarked(JavaClasses classes) {
        Set<String> unmarked = classes.stream()
                .map(JavaClass::getPackage)
                .filter(each -> !each.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        if (!unmarked.isEmpty()) {
            throw new AssertionError("every package must be @NullMarked in its package-info but these are not: "
                    + String.join(", ", unmarked));
        }
    }

    /** No class is named for being useful. */
    public static void noVagueNames(JavaClasses classes) {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .because("a name says what a thing is")
                .check(classes);
    }

    /** Packages depend on each other in one direction. */
    public static void noCyclesBetweenPackages(JavaClasses classes) {
        slices().matching("dev.(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(classes);
    }

    /** Examples use providers, providers use the SDK, and providers never see each other. */
    public static void arrowsPointOneWay(JavaClasses classes) {
        for (String provider : PROVIDERS) {
            String[] others = PROVIDERS.stream()
                    .filter(other -> !other.equals(provider))
                    .map(other -> other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(provider + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.triptych.cli..")
                    .allowEmptyShould(true)
                    .check(classes);
        }
        noClasses()
                .that()
                .resideInAnyPackage(SDK_PACKAGES.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROVIDERS.stream().map(each -> each + "..").toArray(String[]::new))
                .allowEmptyShould(true)
                .check(classes);
    }

    /** {@code library} is used by {@code packages} alone, so that it stays replaceable. */
    public static void onlyIn(JavaClasses classes, String library, String... packages) {
        noClasses()
                .that()
                .resideOutsideOfPackages(packages)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .allowEmptyShould(true)
                .check(classes);
    }

    /** {@code library} is used by the named classes (and what is nested in them) alone. */
    public static void onlyInClasses(JavaClasses classes, String library, String... simpleNames) {
        Set<String> allowed = Set.of(simpleNames);
        noClasses()
                .that(new DescribedPredicate<>("are none of " + allowed) {
                    @Override
                    public boolean test(JavaClass each) {
                        return !allowed.contains(outermost(each).getSimpleName());
                    }
                })
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .allowEmptyShould(true)
                .check(classes);
    }

    private static JavaClass outermost(JavaClass each) {
        return each.getEnclosingClass().map(ArchitectureRules::outermost).orElse(each);
    }

    /** What callers can see is written in terms of the Java runtime, JSpecify and this project alone. */
    public static void noThirdPartyTypesInPublicSignatures(JavaClasses classes) {
        classes()
                .that()
                .arePublic()
                .should(new ArchCondition<>("show no third-party type in a public signature") {
                    @Override
                    public void check(JavaClass each, ConditionEvents events) {
                        publicTypes(each)
                                .filter(type -> !isOurs(type.getName()))
                                .forEach(type -> events.add(SimpleConditionEvent.violated(
                                        each, each.getName() + " shows " + type.getName())));
                    }
                })
                .check(classes);
    }

    private static Stream<JavaClass> publicTypes(JavaClass each) {
        Stream<JavaType> inherited = Stream.concat(each.getSuperclass().stream(), each.getInterfaces().stream());
        Stream<JavaType> members =
                each.getMembers().stream().filter(ArchitectureRules::isVisible).flatMap(ArchitectureRules::types);
        return Stream.concat(inherited, members).flatMap(type -> type.getAllInvolvedRawTypes().stream());
    }

    private static boolean isVisible(JavaMember member) {
        return !member.getModifiers().contains(JavaModifier.SYNTHETIC)
                && (member.getModifiers().contains(JavaModifier.PUBLIC)
                        || member.getModifiers().contains(JavaModifier.PROTECTED));
    }

    private static Stream<JavaType> types(JavaMember member) {
        if (member instanceof JavaField field) {
            return Stream.of(field.getType());
        }
        JavaCodeUnit unit = (JavaCodeUnit) member;
        return Stream.concat(
                Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream()),
                unit.getThrowsClause().stream().map(each -> each.getRawType()));
    }

    private static boolean isOurs(String type) {
        return !type.contains(".")
                || type.startsWith("[")
                || type.startsWith("java.")
                || type.startsWith("javax.imageio.")
                || type.startsWith("org.jspecify.")
                || type.startsWith("dev.triptych.");
    }
}
