package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.cli.DocumentedPage.Block;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Java of {@code docs/how-it-works} compiles, runs and prints what the pages say; numbers may differ in their last
 * digit, since other processors round otherwise. With {@code -Pdocs} what it prints is written into the pages.
 */
class HowItWorksTest {

    private static final Path FOLDER = DocumentedPage.ROOT.resolve("docs").resolve("how-it-works");
    private static final Pattern CLASS = Pattern.compile("public class (\\w+)");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+[.]\\d+");
    private static final int MOST_LINES = 20;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files
                    .map(Path::getFileName)
                    .filter(file -> file.toString().endsWith(".md")
                            && !file.toString().contains(".zh-CN.")
                            && !file.toString().equals("README.md"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void printsWhatThePageSays(Path file) throws Exception {
        DocumentedPage page = new DocumentedPage(file, Files.readString(FOLDER.resolve(file)));
        List<Block> blocks = page.blocks();
        int at = 0;
        while (!blocks.get(at).mark().equals("runs")
                || !blocks.get(at).language().equals("java")) {
            at++;
        }
        Block java = blocks.get(at);
        Block prints = blocks.get(at + 1);
        assertThat(prints.mark()).isEqualTo("prints");
        assertThat(java.code()
                        .lines()
                        .filter(line -> !line.startsWith("import "))
                        .filter(line -> !line.isBlank()))
                .hasSizeLessThanOrEqualTo(MOST_LINES);

        String printed = run(java.code());

        if (Boolean.getBoolean("triptych.docs")) {
            write(file, printed);
            write(page.translation(), printed);
        } else {
            assertSame(file, prints.code(), printed);
        }
    }

    /** Equal but for numbers with a point, which may be two of their last digits apart. */
    private static void assertSame(Path page, String documented, String printed) {
        assertThat(NUMBER.matcher(printed).replaceAll("#"))
                .as(page + ": run mvn -Pdocs")
                .isEqualTo(NUMBER.matcher(documented).replaceAll("#"));
        List<MatchResult> expected = NUMBER.matcher(documented).results().toList();
        List<MatchResult> found = NUMBER.matcher(printed).results().toList();
        for (int i = 0; i < expected.size(); i++) {
            String number = expected.get(i).group();
            double digit = Math.pow(10, -(number.length() - number.indexOf('.') - 1));
            assertThat(Math.abs(Double.parseDouble(found.get(i).group()) - Double.parseDouble(number)))
                    .as(page + ": " + number + " is " + found.get(i).group() + " now: run mvn -Pdocs")
                    .isLessThan(2.5 * digit);
        }
    }

    private static void write(Path file, String printed) throws IOException {
        Path page = FOLDER.resolve(file);
        String text = Files.readString(page);
        DocumentedPage read = new DocumentedPage(file, text);
        Block own = read.blocks().stream()
                .filter(block -> block.mark().equals("prints"))
                .findFirst()
                .orElseThrow();
        Files.writeString(
                page,
                text.substring(0, own.start())
                        + printed
                        + text.substring(own.start() + own.code().length()));
    }

    /** What the program prints; its paths are those of the checkout. */
    private String run(String code) throws Exception {
        Matcher name = CLASS.matcher(code);
        assertThat(name.find()).isTrue();
        Path source = Files.writeString(
                folder.resolve(name.group(1) + ".java"),
                code.replace(
                        "Path.of(\"docs/",
                        "Path.of(\"" + DocumentedPage.ROOT.toString().replace('\\', '/') + "/docs/"));
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        errors,
                        "-proc:none",
                        "-d",
                        folder.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString());
        assertThat(status).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (URLClassLoader classes =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, HowItWorksTest.class.getClassLoader())) {
            classes.loadClass(name.group(1)).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
