package dev.triptych.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation and its fenced blocks. A block below the line {@code <!-- runs -->} is run by a test; one
 * below {@code <!-- prints -->} is what the block before it prints.
 *
 * @param path from the root of the checkout
 * @param text the page
 */
record DocumentedPage(Path path, String text) {

    /** The root of the checkout. */
    static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

    private static final Pattern BLOCK =
            Pattern.compile("(?ms)^(?:<!-- (runs|prints) -->\\n+)?^( *)```(\\w*)\\n(.*?)^\\2```$");

    /**
     * A fenced block.
     *
     * @param mark {@code "runs"}, {@code "prints"} or {@code ""}
     * @param language what follows the fence, such as {@code "java"}
     * @param code what is between the fences, each line with its end
     * @param start of the code in the page
     */
    record Block(String mark, String language, String code, int start) {

        /** The commands of {@code triptych} in it, each on one line, without what a comment says. */
        List<String> commands() {
            return code.replace("\\\n", " ")
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("./triptych "))
                    .map(line -> line.replaceAll(" +# .*", "").replaceAll(" +", " "))
                    .toList();
        }
    }

    /** Every page of the checkout. */
    static List<DocumentedPage> all() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            List<DocumentedPage> pages = new ArrayList<>();
            for (Path file : files.filter(DocumentedPage::isPage).sorted().toList()) {
                pages.add(new DocumentedPage(ROOT.relativize(file), Files.readString(file)));
            }
            return pages;
        }
    }

    private static boolean isPage(Path file) {
        String path = "/" + ROOT.relativize(file).toString().replace('\\', '/');
        return path.endsWith(".md")
                && !path.contains("/target/")
                && !path.contains("/node_modules/")
                && !path.contains("/.")
                && !path.contains("/shared/");
    }

    /** Its blocks, in order. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            String mark = matcher.group(1) == null ? "" : matcher.group(1);
            blocks.add(new Block(mark, matcher.group(3), matcher.group(4), matcher.start(4)));
        }
        return blocks;
    }

    /** The page without its blocks, which hold no links, and without code in lines. */
    String prose() {
        return BLOCK.matcher(text).replaceAll("").replaceAll("`[^`\n]*`", "`");
    }

    /** The page in the other language, where there is one: {@code NAME.zh-CN.md} for {@code NAME.md}. */
    Path translation() {
        return path.resolveSibling(path.getFileName().toString().replace(".md", ".zh-CN.md"));
    }
}
