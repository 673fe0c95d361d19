package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.media.ImageHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {

    private static final Pattern ELEMENT_ID = Pattern.compile("\\bid=\"([^\"]+)\"");

    @TempDir
    static Path folder;

    private static String page = "";

    @BeforeAll
    static void writeReport() throws IOException {
        Comparison comparison =
                SampleComparison.runner(folder).title("<Hills> & {{script}}").run();
        HtmlReport.write(comparison, folder.resolve("report.html"));
        page = Files.readString(folder.resolve("report.html"));
    }

    @Test
    void isOneFileThatNamesNoOther() throws IOException {
        String markup = page.replaceAll("data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", "data:");

        assertThat(markup)
                .doesNotContainPattern("(?i)https?://|//[a-z]+\\.|@import|[\\s:]url\\(|<link[^>]+href=\"(?!data:)");
        assertThat(markup)
                .doesNotContainPattern("<script[^>]+src|<img|<iframe|fetch\\(|XMLHttpRequest|WebSocket|import\\(");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("cells.jsonl", "pairs.jsonl", "pictures", "report.html");
        }
    }

    @Test
    void letsNoPromptEndTheDataOrBecomeMarkup() throws IOException {
        String data = between("<script type=\"application/json\" id=\"report-data\">", "</script>");

        assertThat(data).doesNotContain("<", ">", "&", "\u2028");
        JsonNode tree = JsonMapper.builder().build().readTree(data);
        assertThat(tree.at("/rows/3/prompt").textValue()).isEqualTo(SampleComparison.SCRIPT_PROMPT);
        assertThat(tree.at("/title").textValue()).isEqualTo("<Hills> & {{script}}");
        assertThat(page).contains("<title>&lt;Hills&gt; &amp; {{script}}</title>");
        assertThat(page).doesNotContain("onerror=alert(1)>");
    }

    @Test
    void keepsEveryDigitOfASeed() throws IOException {
        String data = between("<script type=\"application/json\" id=\"report-data\">", "</script>");

        JsonNode tree = JsonMapper.builder().build().readTree(data);
        assertThat(tree.at("/rows/1/seed").textValue()).isEqualTo("9007199254740993");
        assertThat(tree.at("/cells/4/picture/seed").textValue()).isEqualTo("9007199254740993");
    }

    @Test
    void runsOnlyItsOwnScriptAndStyle() throws Exception {
        String policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
        String script = between("<script>", "</script>");
        String style = between("<style>", "</style>");

        assertThat(policy)
                .isEqualTo("default-src 'none'; img-src data:; style-src " + hash(style) + "; script-src "
                        + hash(script) + "; base-uri 'none'; form-action 'none'");
    }

    @Test
    void isWellFormedForReadersAndKeys() {
        List<String> ids = new ArrayList<>();
        Matcher matcher = ELEMENT_ID.matcher(page.substring(0, page.indexOf("<script")));
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }

        assertThat(page).startsWith("<!doctype html>\n<html lang=\"en\">").endsWith("</html>\n");
        assertThat(ids).doesNotHaveDuplicates().contains("table", "pictures", "vote", "likeness", "zoom", "keys");
        Matcher labelled =
                Pattern.compile("aria-labelledby=\"([^\"]+)\"").matcher(page.substring(0, page.indexOf("<script")));
        while (labelled.find()) {
            assertThat(ids).contains(labelled.group(1));
        }
        assertThat(page).contains("name=\"viewport\"", "class=\"skip\"", "role=\"status\"", "<main>", "<noscript>");
    }

    @Test
    void showsAMissingPictureAsMissingAndCountsItNowhere() throws IOException {
        JsonNode tree = JsonMapper.builder()
                .build()
                .readTree(between("<script type=\"application/json\" id=\"report-data\">", "</script>"));

        JsonNode refused = tree.at("/cells/6");
        assertThat(refused.has("picture")).isFalse();
        assertThat(refused.at("/reason/kind").textValue()).isEqualTo("REFUSED");
        assertThat(refused.at("/scores")).isEmpty();
        JsonNode studio = tree.at("/generators/0");
        assertThat(studio.at("/pictures").intValue()).isEqualTo(4);
        assertThat(studio.at("/summary/latency/count").intValue()).isEqualTo(4);
        assertThat(studio.at("/spent/0/total").textValue()).isEqualTo("0.168");
        assertThat(studio.at("/spent/0/mean").textValue()).isEqualTo("0.042");
    }

    @Test
    void makesLargePicturesSmaller() {
        ReportPicture.Room room = new ReportPicture.Room(400_000, 300);
        assertThat(ReportPicture.of(new byte[] {1, 2, 3}, "image/png", room))
                .isEqualTo(new ReportPicture("data:image/png;base64,AQID", true));

        ReportPicture large = ReportPicture.of(Samples.noise(900, 700), "image/png", room);

        byte[] jpeg = Base64.getDecoder().decode(large.source().substring("data:image/jpeg;base64,".length()));
        assertThat(ImageHeader.read(jpeg)).isEqualTo(new ImageHeader("image/jpeg", 300, 233));
        assertThat(large.exact()).isFalse();
    }

    @Test
    void givesEachOfManyPicturesLessRoom() {
        assertThat(ReportPicture.Room.forEachOf(6)).isEqualTo(new ReportPicture.Room(400_000, 1536));
        assertThat(ReportPicture.Room.forEachOf(300)).isEqualTo(new ReportPicture.Room(200_000, 768));
        assertThat(ComparisonSheet.edge(15)).isEqualTo(256);
        assertThat(ComparisonSheet.edge(100_000)).isEqualTo(48);
    }

    private static String between(String start, String end) {
        int from = page.indexOf(start) + start.length();
        assertThat(from).isGreaterThan(start.length());
        return page.substring(from, page.indexOf(end, from));
    }

    private static String hash(String text) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }
}
