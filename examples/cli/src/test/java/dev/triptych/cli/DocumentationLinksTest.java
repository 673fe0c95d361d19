package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every link between the pages of this checkout leads to a file that is there, and to a heading that is in it. */
class DocumentationLinksTest {

    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)|(?:src|href|srcset)=\"([^\"]+)\"");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+?)\\s*#*$");

    private final Map<Path, Set<String>> anchors = new HashMap<>();

    @Test
    void leadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (DocumentedPage page : DocumentedPage.all()) {
            for (MatchResult link : LINK.matcher(page.prose()).results().toList()) {
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (!target.matches("(?i)(https?:|mailto:|data:).*")) {
                    links++;
                    if (!leadsSomewhere(page, target)) {
                        broken.add(page.path() + ": " + target);
                    }
                }
            }
        }

        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(100);
    }

    @Test
    void anchorsAreThoseOfGitHub() {
        assertThat(anchorsOf(
                        "# What it knows\n## `a` & *b*, c.d\n## A model that is one file\n## Who?\n## Who?\n## 一张 图"))
                .containsExactlyInAnyOrder(
                        "what-it-knows", "a--b-cd", "a-model-that-is-one-file", "who", "who-1", "一张-图");
    }

    private boolean leadsSomewhere(DocumentedPage page, String target) throws IOException {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path place = file.isEmpty()
                ? DocumentedPage.ROOT.resolve(page.path())
                : DocumentedPage.ROOT.resolve(page.path()).resolveSibling(file).normalize();
        if (!Files.exists(place)) {
            return false;
        }
        return hash < 0 || !place.toString().endsWith(".md") || anchors(place).contains(target.substring(hash + 1));
    }

    private Set<String> anchors(Path page) throws IOException {
        Set<String> known = anchors.get(page);
        if (known == null) {
            known = anchorsOf(Files.readString(page));
            anchors.put(page, known);
        }
        return known;
    }

    /** As GitHub makes them: lower case, letters, digits, hyphens; a second one of a name gets a number. */
    private static Set<String> anchorsOf(String page) {
        Set<String> found = new HashSet<>();
        String outside = Pattern.compile("(?ms)^```.*?^```").matcher(page).replaceAll("");
        HEADING.matcher(outside)
                .results()
                .map(heading -> anchor(heading.group(1)))
                .forEach(anchor -> {
                    String unique = anchor;
                    for (int number = 1; !found.add(unique); number++) {
                        unique = anchor + "-" + number;
                    }
                });
        return found;
    }

    private static String anchor(String heading) {
        return heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                .replace(' ', '-');
    }
}
