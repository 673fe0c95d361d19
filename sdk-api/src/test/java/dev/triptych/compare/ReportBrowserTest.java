package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import dev.triptych.compare.BradleyTerry.Rating;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report in a real browser, opened from a file. */
@SuppressWarnings("NullAway.Init") // set before each test
class ReportBrowserTest {

    @TempDir
    static Path folder;

    private static Playwright playwright;
    private static Browser browser;
    private static String address;

    private final List<String> complaints = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void startBrowser() throws IOException {
        Optional<Path> chromium = chromium();
        Assumptions.assumeTrue(
                chromium.isPresent(), "no chromium on the PATH, so the report is not opened in a browser");
        HtmlReport.write(SampleComparison.run(folder), folder.resolve("report.html"));
        address = folder.resolve("report.html").toUri() + "#seed=5";
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium.get())
                        .setArgs(List.of("--no-sandbox", "--disable-gpu")));
    }

    private static Optional<Path> chromium() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of("/usr/bin"), Stream.of(path.split(File.pathSeparator, -1)))
                .flatMap(directory -> Stream.of("chromium", "chromium-browser").map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @AfterAll
    static void stopBrowser() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @BeforeEach
    void openReport() {
        open(1280, ColorScheme.LIGHT);
    }

    private void open(int width, ColorScheme scheme) {
        context = browser.newContext(
                new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme));
        page = context.newPage();
        page.onConsoleMessage(message -> complaints.add(message.type() + ": " + message.text()));
        page.onPageError(complaints::add);
        page.onRequest(request -> requests.add(request.url()));
        page.navigate(address);
    }

    @AfterEach
    void hearsNoComplaintAndSeesNoRequest() {
        if (context != null) {
            context.close();
            assertThat(complaints).isEmpty();
            assertThat(requests)
                    .filteredOn(url -> !url.startsWith("data:") && !url.startsWith("blob:"))
                    .allSatisfy(url -> assertThat(url).startsWith("file:").contains("report.html"));
        }
    }

    @Test
    void showsTableAndPicturesAndReasons() {
        assertThat(page.locator(".glance tbody tr").count()).isEqualTo(3);
        assertThat(page.locator(".glance tbody tr").nth(1).innerText()).contains("offline", "bundled", "here", "free");
        assertThat(page.locator(".cell img").count()).isEqualTo(13);
        assertThat(page.locator(".reason strong").allInnerTexts()).containsExactly("Refused", "Unavailable");
        assertThat(page.locator("#prompt-3").innerText()).contains("</script><img src=x onerror=alert(1)>");
        assertThat(page.evaluate(
                        "[...document.images].filter(i => i.loading !== 'lazy').every(i => i.naturalWidth > 0)"))
                .isEqualTo(true);
    }

    @Test
    void showsTheEffectiveRequestAndItsWarnings() {
        Locator cell = page.locator(".prompt").nth(1).locator(".cell").nth(0);

        cell.locator("summary").click();

        assertThat(cell.locator(".badge").innerText()).isEqualTo("5 warnings");
        assertThat(cell.locator(".warnings li").allInnerTexts()).contains("steps has no effect here");
        assertThat(cell.locator(".changed").allInnerTexts())
                .anySatisfy(text -> assertThat(text).contains("size", "640×512"))
                .anySatisfy(text -> assertThat(text).contains("steps", "20"));
    }

    @Test
    void filtersByPromptGeneratorAndState() {
        page.fill("#filter", "LIGHT fox");
        assertThat(page.locator(".prompt:visible").count()).isEqualTo(1);
        assertThat(page.locator("#count").innerText()).isEqualTo("1 of 5 prompts");

        page.fill("#filter", "");
        page.selectOption("#which", "missing");
        assertThat(page.locator(".prompt:visible").count()).isEqualTo(2);

        page.uncheck("#show-0");
        assertThat(page.locator(".prompt:visible").count()).isEqualTo(1);
        assertThat(page.locator(".cell:visible").count()).isEqualTo(2);
    }

    @Test
    void zoomsWithMouseAndKeys() {
        page.locator(".cell .picture").nth(0).click();
        assertThat(page.locator("#zoom").isVisible()).isTrue();
        assertThat(page.locator(".zoom-label").innerText()).isEqualTo("studio");
        String whole = page.locator(".zoom-percent").innerText();

        page.keyboard().press("+");
        String closer = page.locator(".zoom-percent").innerText();
        assertThat(percent(closer)).isCloseTo(percent(whole) * 1.5, within(2.0));

        page.keyboard().press("ArrowRight");
        assertThat(page.locator(".zoom-label").innerText()).isEqualTo("offline");
        assertThat(page.locator(".zoom-percent").innerText()).isEqualTo(closer);

        page.keyboard().press("ArrowDown");
        assertThat(page.locator(".zoom-prompt").innerText()).startsWith("a lighthouse");
        page.mouse().move(400, 300);
        page.mouse().wheel(0, -400);
        page.waitForCondition(() -> (Boolean) page.evaluate("zoom.scale > 2"));
        page.keyboard().press("0");
        assertThat(page.evaluate("zoom.scale")).isEqualTo(1);

        page.keyboard().press("Escape");
        assertThat(page.locator("#zoom").isVisible()).isFalse();
        assertThat(page.evaluate("document.activeElement.className")).isEqualTo("picture");
    }

    private static double percent(String text) {
        return Double.parseDouble(text.replace("%", "").strip());
    }

    @Test
    void votesBlindlyAndComputesWhatJavaComputes() throws IOException {
        // Eleven pairs: three for each of three prompts, one for each of the two with a missing picture.
        for (int i = 0; i < 11; i++) {
            String stage = page.locator("#duel").innerHTML();
            assertThat(stage.replaceAll("data:[^\"]+", "")).doesNotContain("studio", "offline", "artist");
            page.locator(".duel-view").focus();
            page.keyboard().press(List.of("1", "2", "1", "0").get(i % 4));
        }
        assertThat(page.locator("#duel").innerText()).contains("Every pair has a vote");
        assertThat(page.locator("#results").isVisible()).isFalse();
        page.click("#reveal");

        Download download = page.waitForDownload(() -> page.click("#export"));
        VoteFile exported = VoteFile.read(download.path());

        assertThat(exported.votes()).hasSize(11);
        List<Rating> ratings = BradleyTerry.fit(List.of("studio", "offline", "artist"), exported.votes());
        Locator rows = page.locator("#results tbody tr");
        assertThat(rows.count()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(rows.nth(i).innerText()).contains(ratings.get(i).generator());
            assertThat(Double.parseDouble(rows.nth(i).getAttribute("data-win-rate")))
                    .isCloseTo(ratings.get(i).winRate(), within(1e-9));
        }
    }

    @Test
    void keepsVotesAndTakesThemBack() {
        page.locator(".choice").nth(0).click();
        page.locator(".choice").nth(2).click();
        page.reload();
        assertThat(page.locator(".duel-progress").innerText()).contains("9 pairs left");

        page.locator(".undo").click();

        assertThat(page.locator(".duel-progress").innerText()).contains("10 pairs left");
    }

    @Test
    void addsVotesOfOthers() throws IOException {
        page.locator(".choice").nth(0).click();
        Download download = page.waitForDownload(() -> page.click("#export"));
        Path file = folder.resolve("votes.json");
        download.saveAs(file);

        page.setInputFiles("#import", file);

        page.waitForCondition(() -> page.locator("#results caption").isVisible());
        assertThat(page.locator("#results caption").innerText()).isEqualTo("Win rates after 2 votes");
    }

    @Test
    void canBeUsedByKeysAlone() {
        page.keyboard().press("/");
        assertThat(page.evaluate("document.activeElement.id")).isEqualTo("filter");
        page.keyboard().type("hills");
        assertThat(page.locator(".prompt:visible").count()).isEqualTo(1);
        page.evaluate("document.activeElement.blur()");

        page.keyboard().press("j");
        assertThat(page.evaluate("document.activeElement.dataset.row")).isEqualTo("4");
        page.keyboard().press("v");
        assertThat(page.evaluate("document.activeElement.className")).isEqualTo("duel-view");
        page.keyboard().press("t");
        assertThat(page.locator("#theme").innerText()).isEqualTo("Theme: light");
        page.keyboard().press("?");
        assertThat(page.locator("#keys").isVisible()).isTrue();

        page.uncheck("#keys-on");
        page.keyboard().press("Escape");
        page.keyboard().press("t");
        assertThat(page.locator("#theme").innerText()).isEqualTo("Theme: light");
    }

    @ParameterizedTest
    @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
    void fitsTheScreenWithReadableContrast(int width, ColorScheme scheme) {
        context.close();
        open(width, scheme);
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");

        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
        assertThat((List<?>) page.evaluate(LOW_CONTRAST)).isEmpty();
        assertThat((List<?>) page.evaluate(NAMELESS)).isEmpty();
    }

    /** Texts whose contrast with what lies below is under 4.5 : 1 (WCAG 2.2, 1.4.3), but for disabled buttons. */
    private static final String LOW_CONTRAST = """
            () => {
              const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
              const rgba = (colour) => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
              };
              const ground = (element) => {
                for (let e = element; e; e = e.parentElement) {
                  const colour = rgba(getComputedStyle(e).backgroundColor);
                  if (colour[3] > 200) return colour;
                }
                return [255, 255, 255, 255];
              };
              const light = (colour) => colour.slice(0, 3).map((v) => v / 255)
                .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const low = [];
              for (const element of document.querySelectorAll("main *, header *")) {
                const text = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
                if (!text || element.closest(":disabled") || !element.checkVisibility()) continue;
                const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) low.push(element.className + " " + element.textContent.slice(0, 30) + " " + ratio.toFixed(2));
              }
              return low;
            }
            """;

    /** Buttons, fields and pictures that a screen reader could not name. */
    private static final String NAMELESS = """
            () => [...document.querySelectorAll("button, input, select, img, dialog")]
              .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.alt
                || e.textContent.trim() || (e.labels && [...e.labels].some((l) => l.textContent.trim()))
                || e.querySelector("img[alt]")))
              .map((e) => e.outerHTML.slice(0, 80))
            """;
}
