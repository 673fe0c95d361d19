package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.media.ImageHeader;
import dev.triptych.testkit.DocumentedCode;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first hour promises compiles, runs, and has the versions that the build has. */
class FirstHourTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Path PAGE = ROOT.resolve("docs").resolve("first-hour.md");

    @ParameterizedTest
    @ValueSource(strings = {"PlainFox", "ChainFox"})
    void compilesRunsAndMakesAPicture(String name, @TempDir Path folder) throws Exception {
        String code = block("java", "class " + name).replace("Path.of(\"", "Path.of(\"" + folder + "/");
        Path source = Files.writeString(folder.resolve(name + ".java"), code);

        DocumentedCode.compile(PAGE + ", " + name, source, folder);
        try (URLClassLoader classes =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, FirstHourTest.class.getClassLoader())) {
            classes.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }

        assertThat(ImageHeader.read(Files.readAllBytes(folder.resolve("fox.png")))
                        .mediaType())
                .isEqualTo("image/png");
    }

    @Test
    void theDependencyBlockNamesWhatTheBomManages() throws IOException {
        List<String> managed = artifacts(Files.readString(ROOT.resolve("sdk-api/bom/pom.xml")));

        assertThat(artifacts(block("xml", "<dependencyManagement>")))
                .filteredOn(artifact -> !artifact.equals("triptych-bom"))
                .isNotEmpty()
                .isSubsetOf(managed);
    }

    /** The BOM has no parent, so nothing but this keeps it in step. */
    @Test
    void theBomHasTheVersionOfTheBuildAndEveryArtifactThatIsPublished() throws IOException {
        String version = first(Files.readString(ROOT.resolve("pom.xml")), "<version>(.*?)</version>");
        String bom = Files.readString(ROOT.resolve("sdk-api/bom/pom.xml"));

        assertThat(all(bom, "<artifactId>triptych-[a-z0-9-]+</artifactId>\\s*<version>(.*?)</version>"))
                .containsOnly(version);
        assertThat(artifacts(bom)).containsExactlyInAnyOrderElementsOf(published());
        assertThat(block("xml", "<dependencyManagement>")).contains("<version>" + version + "</version>");
    }

    /** Every module that is no example, by its artifact id. */
    private static List<String> published() throws IOException {
        List<String> published = new ArrayList<>();
        for (String module : all(Files.readString(ROOT.resolve("pom.xml")), "<module>(.*?)</module>")) {
            if (!module.startsWith("examples/") && !module.endsWith("/bom")) {
                String pom = Files.readString(ROOT.resolve(module).resolve("pom.xml"));
                published.addAll(all(pom, "</parent>\\s*<artifactId>(.*?)</artifactId>"));
            }
        }
        return published;
    }

    private static List<String> artifacts(String xml) {
        return all(xml, "<dependency>\\s*<groupId>dev.triptych</groupId>\\s*<artifactId>(.+?)</artifactId>");
    }

    private static String first(String text, String regex) {
        return all(text, regex).get(0);
    }

    private static List<String> all(String text, String regex) {
        return Pattern.compile(regex, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static String block(String language, String holding) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult match) -> match.group(1))
                .filter(block -> block.contains(holding))
                .findFirst()
                .orElseThrow();
    }
}
