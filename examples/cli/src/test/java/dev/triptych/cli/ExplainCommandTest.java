package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code explain}: whole in itself, and of the picture that {@code generate} makes. */
class ExplainCommandTest {

    private static final String PROMPT = "a <b>sailboat</b> on the \"sea\" {{seed}}";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @BeforeEach
    void configure() throws IOException {
        Files.writeString(config(), """
                default: offline
                generators:
                  offline: { type: local }
                  paid: { type: openai, api-key: "${env:PATH}" }
                """);
    }

    private Path config() {
        return folder.resolve("triptych.yaml");
    }

    private String page(Path file) throws IOException {
        assertThat(run(
                        "explain",
                        PROMPT,
                        "--seed",
                        "12",
                        "--steps",
                        "4",
                        "--out",
                        file.toString(),
                        "--config",
                        config().toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString().strip()).isEqualTo(file.toString());
        return Files.readString(file);
    }

    @Test
    void showsThePictureThatGenerateMakesAndNeedsNothingBesideIt() throws IOException {
        String page = page(folder.resolve("deep/page.html"));
        Path picture = folder.resolve("picture.png");
        run(
                "generate",
                PROMPT,
                "--seed",
                "12",
                "--steps",
                "4",
                "-o",
                picture.toString(),
                "--config",
                config().toString());

        assertThat(page).contains(Base64.getEncoder().encodeToString(Files.readAllBytes(picture)));
        assertThat(page.replaceAll("base64,[A-Za-z0-9+/=]+", ""))
                .doesNotContain("http:", "https:", "//", "url(", "@import", "<b>sailboat")
                .contains(
                        "<h1>“a &lt;b&gt;sailboat&lt;/b&gt; on the &quot;sea&quot; {{seed}}”</h1>",
                        "Four times, a little noise is taken away",
                        "Seed 12 gives these 16 × 16 points with 8 numbers each",
                        "<figcaption>sailboat</figcaption>",
                        "<b>On, 4</b>",
                        "step 4 of 4",
                        "DALL·E 2",
                        "Midjourney");
        assertThat(Pattern.compile("src=\"([^\"]{0,16})")
                        .matcher(page)
                        .results()
                        .map(found -> found.group(1)))
                .allMatch(start -> start.equals("data:image/png;b"));
        assertThat(Pattern.compile("\\{\\{\\w+}}").matcher(page).results().map(MatchResult::group))
                .containsOnly("{{seed}}");
    }

    @Test
    void emptyWordsWithoutGuidanceHaveAPageToo() throws IOException {
        Path file = folder.resolve("page.html");
        int code = run(
                "explain",
                "",
                "--steps",
                "1",
                "--guidance",
                "1",
                "--out",
                file.toString(),
                "--config",
                config().toString());

        assertThat(code).as(err.toString()).isZero();
        assertThat(Files.readString(file))
                .contains(
                        "start<small>4094</small>",
                        "end<small>4095</small>",
                        "there was no guidance to leave out",
                        "Once,");
    }

    @Test
    void saysThatOthersCannotBeLookedInto() {
        int code = run("explain", "a fox", "--generator", "paid", "--config", config().toString());

        assertThat(code).isEqualTo(Main.FAILED);
        assertThat(err.toString())
                .contains("explain must be asked of the local engine, whose inside can be looked at, but paid is of"
                        + " type openai");
    }
}
