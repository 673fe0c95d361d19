package dev.triptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.PngText;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The studio in the system's Chromium; where there is none, these tests say so and are skipped. */
class StudioPageTest {

    private static final List<String> CHROMIUM =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

    private static Playwright playwright;
    private static Browser browser;

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = generator("offline");
    private final FaultyGenerator second = generator("second");
    private final List<String> complaints = new ArrayList<>();
    private TestServer server;
    private BrowserContext context;
    private Page page;

    private static FaultyGenerator generator(String name) {
        return FaultyGenerator.of(
                name,
                FaultyGenerator.standardCapabilities()
                        .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                        .honours(Parameter.STRENGTH)
                        .maxInputs(1)
                        .sizes(SizeRule.multiplesOf(8, 8, 512, ImageSize.square(64)))
                        .build());
    }

    @BeforeAll
    static void startBrowser() {
        Path chromium = CHROMIUM.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(chromium != null, "no Chromium on this machine: the studio's page is not tested");
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium)
                        .setArgs(List.of("--no-sandbox")));
    }

    @AfterAll
    static void stopBrowser() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline, second);
        open(1280, ColorScheme.LIGHT);
    }

    private void open(int width, ColorScheme scheme) {
        if (context != null) {
            context.close();
        }
        context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(width, 900)
                .setColorScheme(scheme)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setLocale("en-GB"));
        context.setDefaultTimeout(20_000);
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            String url = request.url();
            boolean own = url.startsWith("http://127.0.0.1:" + server.port() + "/");
            if (!own && !url.startsWith("data:") && !url.startsWith("blob:")) {
                complaints.add("request to " + url);
            }
        });
        page.navigate(server.uri("/").toString());
        page.locator("#make").waitFor();
    }

    @AfterEach
    void stop() {
        offline.release();
        second.release();
        context.close();
        server.close();
        assertThat(complaints).as("what the browser complained of").isEmpty();
    }

    @Test
    void makesAPictureAndOpensIt() {
        make("a red fox");

        Locator picture = page.locator("#frame img");
        PlaywrightAssertions.assertThat(picture).hasAttribute("alt", "a red fox");
        PlaywrightAssertions.assertThat(page.locator("#live")).hasText("Picture ready");
        page.locator("#wall a").first().click();
        PlaywrightAssertions.assertThat(page.locator(".label h1")).hasText("a red fox");
        PlaywrightAssertions.assertThat(page.locator("#code")).containsText(".prompt(\"a red fox\")");
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("curl"))
                .click();
        PlaywrightAssertions.assertThat(page.locator("#code")).containsText("/api/jobs");
        page.locator("[data-doing=again]").click();
        PlaywrightAssertions.assertThat(page.locator("#wall figure")).hasCount(2);
    }

    private void make(String words) {
        page.locator("#prompt").fill(words);
        page.locator("#make").click();
    }

    @Test
    void aReloadInTheMiddleLosesNothingAndCancelWorks() throws Exception {
        offline.block();
        make("a red fox");
        offline.awaitBlocked(1);
        make("a blue cat");
        PlaywrightAssertions.assertThat(page.locator("#queue li")).hasCount(1);

        page.reload();

        PlaywrightAssertions.assertThat(page.locator("#queue li .words")).hasText("a blue cat");
        PlaywrightAssertions.assertThat(page.locator("#queue li .state")).hasText("Next in line");
        page.locator("#queue li button").click();
        PlaywrightAssertions.assertThat(page.locator("#queue li")).hasCount(0);
        page.locator("#cancel").click();
        PlaywrightAssertions.assertThat(page.locator("#frame .hint")).hasText("The picture will be here.");
        assertThat(server.json("/api/jobs?status=cancelled").path("total").asInt())
                .isEqualTo(2);
    }

    @Test
    void aDroppedPictureBringsItsSettingsBack() throws Exception {
        GenerationParameters parameters = new GenerationParameters(
                "a green parrot", "blurry", Map.of("Steps", "12", "CFG scale", "6.5", "Seed", "42", "Odd", "x"));
        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.BLUE), Map.of(GenerationParameters.PNG_KEYWORD, parameters.format()));
        Path file = Files.write(folder.resolve("dropped.png"), png);

        page.locator("#file").setInputFiles(file);

        PlaywrightAssertions.assertThat(page.locator("#prompt")).hasValue("a green parrot");
        PlaywrightAssertions.assertThat(page.locator("#f-seed")).hasValue("42");
        PlaywrightAssertions.assertThat(page.locator("#f-steps")).hasValue("12");
        PlaywrightAssertions.assertThat(page.locator("#composer-note"))
                .hasText("The settings of this picture are back. Without meaning here: Odd.");
        page.locator("#make").click();
        page.locator("#frame img").waitFor();
        assertThat(offline.requests().get(0).seed()).hasValue(42);
        assertThat(offline.requests().get(0).guidanceScale()).hasValue(6.5);
        assertThat(offline.requests().get(0).negativePrompt()).isEqualTo("blurry");
    }

    @Test
    void aPictureIsDroppedAnywhere() throws Exception {
        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.BLUE),
                Map.of(
                        GenerationParameters.PNG_KEYWORD,
                        new GenerationParameters(
                                        "a green parrot", "", Map.of("Steps", "12", "CFG scale", "6.5", "Seed", "42"))
                                .format()));

        page.dispatchEvent("#pictures", "dragenter", carrying(png));
        PlaywrightAssertions.assertThat(page.locator(".veil h2")).hasText("Drop the picture here");
        page.dispatchEvent("#pictures", "drop", carrying(png));

        PlaywrightAssertions.assertThat(page.locator(".veil")).hasCount(0);
        PlaywrightAssertions.assertThat(page.locator("#prompt")).hasValue("a green parrot");
        PlaywrightAssertions.assertThat(page.locator("#f-seed")).hasValue("42");
    }

    /** What an event of dragging has that carries a file of these bytes. */
    private Map<String, JSHandle> carrying(byte[] png) {
        return Map.of(
                "dataTransfer",
                page.evaluateHandle(
                        "base64 => { const carried = new DataTransfer();"
                                + " carried.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))],"
                                + " 'dropped.png', { type: 'image/png' })); return carried; }",
                        Base64.getEncoder().encodeToString(png)));
    }

    @Test
    void aPhoneMakesAPictureToo() {
        open(360, ColorScheme.DARK);
        make("a red fox");

        page.locator("#wall a").first().click();
        PlaywrightAssertions.assertThat(page.locator(".label h1")).hasText("a red fox");
        page.locator("[data-doing=edit]").click();
        page.locator(".sheet canvas").waitFor();
        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(360);
    }

    @Test
    void saysHowManyAreBefore() throws Exception {
        offline.block();
        make("a red fox");
        offline.awaitBlocked(1);
        make("a blue cat");
        make("a green parrot");

        PlaywrightAssertions.assertThat(page.locator("#queue li .state").last()).hasText("Next in line");
        PlaywrightAssertions.assertThat(page.locator(".progress")).containsText("In line, 1 before it");
    }

    @Test
    void aPartIsPaintedOverWithAMask() throws Exception {
        make("a red fox");
        page.locator("#wall a").first().click();
        page.locator("[data-doing=edit]").click();
        PlaywrightAssertions.assertThat(page.locator("#make-edit")).isDisabled();
        Locator sheet = page.locator(".sheet canvas");
        sheet.scrollIntoViewIfNeeded();
        var box = sheet.boundingBox();
        page.mouse().move(box.x + box.width / 2, box.y + box.height / 2);
        page.mouse().down();
        page.mouse().move(box.x + box.width * .6, box.y + box.height / 2);
        page.mouse().up();
        page.locator("#there").fill("a red hat");
        page.locator("#make-edit").click();

        PlaywrightAssertions.assertThat(page.locator("#frame img")).hasAttribute("alt", "a red hat");
        var request = offline.requests().get(1);
        assertThat(request.operation()).isEqualTo(Operation.INPAINTING);
        BufferedImage mask = ImageDecoder.decode(request.mask().orElseThrow().bytes());
        assertThat(mask.getWidth()).isEqualTo(64);
        assertThat(mask.getRGB(34, 32) & 0xff).isEqualTo(255);
        assertThat(mask.getRGB(2, 2) & 0xff).isZero();
    }

    @Test
    void severalGeneratorsAreComparedBlind() throws Exception {
        page.locator("#prompt").fill("a rainbow");
        page.locator(".gen").click();
        page.getByText("Ask several").click();
        page.getByText("Ask 2").click();

        PlaywrightAssertions.assertThat(page.locator(".side figure img")).hasCount(2);
        PlaywrightAssertions.assertThat(page.locator(".side .who b").first())
                .not()
                .isVisible();
        page.keyboard().press("1");
        PlaywrightAssertions.assertThat(page.locator(".side .who b").first()).isVisible();
        PlaywrightAssertions.assertThat(page.locator(".side .chosen")).hasCount(1);
        assertThat(offline.calls() + second.calls()).isEqualTo(2);
    }

    @Test
    void everythingWorksByKeyboard() {
        page.keyboard().press("/");
        page.keyboard().type("a red fox");
        page.keyboard().press("Control+Enter");
        page.locator("#wall a").first().waitFor();
        page.keyboard().press("Escape");
        page.locator("#wall a").first().focus();
        page.keyboard().press("Enter");
        page.locator(".label h1").waitFor();
        page.keyboard().press("e");
        page.locator(".sheet canvas").focus();
        page.keyboard().press("ArrowLeft");
        page.keyboard().down(" ");
        page.keyboard().press("ArrowUp");
        page.keyboard().up(" ");
        PlaywrightAssertions.assertThat(page.locator("#make-edit")).isEnabled();
        page.keyboard().press("Control+z");
        PlaywrightAssertions.assertThat(page.locator("#make-edit")).isDisabled();
        page.keyboard().press("i");
        PlaywrightAssertions.assertThat(page.locator(".legend")).hasText("The whole picture is made new.");
        page.keyboard().press("Escape");
        page.locator("#prompt").waitFor();
        page.keyboard().press("?");
        PlaywrightAssertions.assertThat(page.locator("dialog")).isVisible();
        page.keyboard().press("Escape");
        PlaywrightAssertions.assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void saysWhenTheServerIsGone() throws Exception {
        make("a red fox");
        page.locator("#wall a").first().waitFor();
        server.server().close();

        PlaywrightAssertions.assertThat(page.locator("#gone"))
                .hasText("The studio has stopped. Start it again with ./triptych serve.");
        PlaywrightAssertions.assertThat(page.locator("#prompt")).hasValue("a red fox");
        complaints.removeIf(text -> text.contains("Failed to load resource")
                || text.contains("ERR_CONNECTION_REFUSED")
                || text.contains("ERR_INCOMPLETE_CHUNKED"));
    }

    @Test
    void askedForItsTokenItOpens() throws Exception {
        try (TestServer closed = TestServer.with(
                ServerSettings.standard(folder.resolve("closed")).withPort(0).withToken("a token of enough characters"),
                FaultyGenerator.named("offline"))) {
            Page other = context.newPage();
            other.navigate(closed.uri("/").toString());
            other.locator("#token").fill("a token of enough characters");
            other.keyboard().press("Enter");
            other.locator("#make").waitFor();
            other.locator("#prompt").fill("a red fox");
            other.locator("#make").click();
            PlaywrightAssertions.assertThat(other.locator("#frame img")).hasAttribute("alt", "a red fox");
        }
    }

    @Test
    void nothingIsWrongForAScreenReaderNorTooWideForAPhone() throws Exception {
        String id = server.submit("{\"prompt\": \"a red fox\", \"size\": \"60x60\"}");
        assertThat(server.ended(id).status()).isEqualTo(JobStatus.COMPLETED);
        server.ended(server.submit("{\"prompt\": \"a\", \"options\": {\"faulty.unknown\": \"x\"}}"));
        String comparison = Json.parse(server.post(
                                "/api/comparisons",
                                "{\"prompt\": \"a rainbow\", \"generators\": [\"offline\", \"second\"]}")
                        .body())
                .path("id")
                .asText();
        for (int width : new int[] {1280, 360}) {
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                open(width, scheme);
                Map<String, String> views = Map.of(
                        "#",
                        "#wall a",
                        "#picture=" + id + ".0",
                        ".label h1",
                        "#edit=" + id + ".0",
                        ".sheet canvas",
                        "#compare=" + comparison,
                        ".side figure img");
                for (String address : views.keySet()) {
                    page.navigate(server.uri("/").toString() + address);
                    page.locator(views.get(address)).first().waitFor();
                    if (address.equals("#")) {
                        page.locator("#more-button").click();
                    }
                    assertThat(findings())
                            .as(width + " " + scheme + " " + address)
                            .isEmpty();
                    assertThat(page.evaluate("document.documentElement.scrollWidth"))
                            .as("width of " + address + " at " + width)
                            .isEqualTo(width);
                }
            }
        }
    }

    private List<String> findings() {
        return new AxeBuilder(page)
                        .withTags(List.of("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"))
                        .analyze()
                        .getViolations()
                        .stream()
                        .map(StudioPageTest::told)
                        .toList();
    }

    private static String told(Rule rule) {
        return rule.getId() + ": " + rule.getNodes().get(0).getHtml();
    }

    @Test
    void bothLanguagesHaveTheSameTextsAndEveryTextIsThere() throws IOException {
        Set<String> english = keys("en.js");
        assertThat(keys("zh.js")).isEqualTo(english);
        Path pages = Path.of("src/main/resources/dev/triptych/server/page");
        Pattern used = Pattern.compile("\\bt\\(\"(\\w+)\"[,)]");
        try (Stream<Path> files = Files.list(pages)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".js")).toList()) {
                Matcher matcher = used.matcher(Files.readString(file));
                while (matcher.find()) {
                    assertThat(english).as(file.getFileName().toString()).contains(matcher.group(1));
                }
            }
        }
        page.locator("#language").click();
        PlaywrightAssertions.assertThat(page.locator("#make > span")).hasText("画出来");
        PlaywrightAssertions.assertThat(page.locator("html")).hasAttribute("lang", "zh-Hans");
    }

    private static Set<String> keys(String file) throws IOException {
        try (InputStream in = StudioPageTest.class.getResourceAsStream("page/" + file)) {
            assertThat(in).isNotNull();
            Set<String> keys = new TreeSet<>();
            Matcher matcher = Pattern.compile("^ {2}(\\w+):", Pattern.MULTILINE)
                    .matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            while (matcher.find()) {
                keys.add(matcher.group(1));
            }
            return keys;
        }
    }
}
