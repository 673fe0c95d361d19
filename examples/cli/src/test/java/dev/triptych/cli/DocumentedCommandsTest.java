package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Provenance;
import dev.triptych.cli.DocumentedPage.Block;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The commands of the documentation. Every one is a command that there is. One that is marked to run and writes a
 * picture is the one that made it, as {@code docs/pictures/made-by.txt} says, and makes it again. With {@code -Pdocs}
 * pictures and list are written.
 */
class DocumentedCommandsTest {

    private static final Path PICTURES = DocumentedPage.ROOT.resolve("docs").resolve("pictures");
    private static final Path LIST = PICTURES.resolve("made-by.txt");
    private static final Pattern OUTPUT = Pattern.compile(" -o (\\S+[.]png)");
    private static final Pattern ENTRY = Pattern.compile("(?m)^(\\S+) ([0-9a-f]{64}) (.+)$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");
    private static final String STALE = ": run mvn -Pdocs, look at what changed, and commit it";

    /** The mean difference of two pictures, in steps of a byte: other processors round otherwise. */
    private static final double TOLERANCE = 1;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void areCommandsThatThereAre() throws IOException {
        CommandLine parser = Main.commandLine();
        List<String> wrong = new ArrayList<>();
        int commands = 0;
        for (DocumentedPage page : DocumentedPage.all()) {
            for (Block block : page.blocks()) {
                for (String command : block.commands()) {
                    commands++;
                    wrong.addAll(faults(parser, page, command));
                }
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(commands).isGreaterThan(20);
    }

    @Test
    void madeThePicturesThatStandBesideThem() throws IOException {
        assumeTrue(!isWriting(), "the pictures are being written");
        Map<String, String> entries = entries();
        Map<String, String> commands = paintingCommands();

        assertThat(entries.keySet()).as(LIST + STALE).isEqualTo(commands.keySet());
        try (LocalDiffusionGenerator bundled = LocalDiffusionGenerator.bundled()) {
            for (Map.Entry<String, String> command : commands.entrySet()) {
                Path file = PICTURES.resolve(command.getKey());
                byte[] picture = Files.readAllBytes(file);
                assertThat(entries.get(command.getKey()))
                        .as(command.getKey() + STALE)
                        .isEqualTo(sha256(picture) + " " + command.getValue());
                assertThat(Provenance.read(picture).orElseThrow().revision())
                        .as("the checkpoint that painted " + command.getKey() + STALE)
                        .isEqualTo(bundled.info().revision());
            }
        }
    }

    @Test
    void makeThemAgain() throws IOException {
        assumeTrue(!isWriting(), "the pictures are being written");
        for (Map.Entry<String, String> command : paintingCommands().entrySet()) {
            Path again = folder.resolve(command.getKey());
            run(command.getValue().replace("-o " + command.getKey(), "-o " + again));
            assertThat(difference(PICTURES.resolve(command.getKey()), again))
                    .as(command.getKey() + STALE)
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void areTheSameInBothLanguages() throws IOException {
        for (DocumentedPage page : DocumentedPage.all()) {
            Path other = DocumentedPage.ROOT.resolve(page.translation());
            if (Files.exists(other)) {
                assertThat(marked(new DocumentedPage(page.translation(), Files.readString(other))))
                        .as(page.translation().toString())
                        .isEqualTo(marked(page));
            }
        }
    }

    @Test
    void areRunAndWriteTheirPictures() throws IOException {
        assumeTrue(isWriting(), "the pictures are written with -Pdocs");
        ImageIO.write(mask(), "png", PICTURES.resolve("mask.png").toFile());
        StringBuilder list =
                new StringBuilder("# Each picture, its SHA-256, and the command that made it: mvn -Pdocs\n");
        for (Map.Entry<String, String> command : paintingCommands().entrySet()) {
            Path file = PICTURES.resolve(command.getKey());
            run(command.getValue().replace("-o " + command.getKey(), "-o " + file));
            list.append(command.getKey())
                    .append(' ')
                    .append(sha256(Files.readAllBytes(file)))
                    .append(' ')
                    .append(command.getValue())
                    .append('\n');
        }
        Files.writeString(LIST, list);

        assertThat(entries()).isNotEmpty();
    }

    private static boolean isWriting() {
        return Boolean.getBoolean("triptych.docs");
    }

    /** White where the boat is: what the inpainting of the gallery paints anew. */
    private static BufferedImage mask() {
        BufferedImage mask = new BufferedImage(256, 256, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 56; y < 224; y++) {
            for (int x = 32; x < 192; x++) {
                mask.setRGB(x, y, 0xffffff);
            }
        }
        return mask;
    }

    /** What is wrong with the words of a command; nothing is run. */
    private static List<String> faults(CommandLine parser, DocumentedPage page, String command) {
        String[] words = words(command.replaceAll(" [|>].*", ""));
        if (List.of(words).stream().anyMatch(word -> word.contains("…"))) {
            return List.of(); // says itself that something is left out
        }
        try {
            parser.parseArgs(words);
            return List.of();
        } catch (CommandLine.ParameterException e) {
            return List.of(page.path() + ": " + command + ": " + e.getMessage());
        }
    }

    private static List<String> marked(DocumentedPage page) {
        return page.blocks().stream()
                .filter(block -> !block.mark().isEmpty())
                .map(block -> block.mark() + "\n" + block.code())
                .toList();
    }

    /**
     * The commands that are marked to run and write a picture, by its name; the sailboat, which others start from,
     * first.
     */
    private static Map<String, String> paintingCommands() throws IOException {
        Map<String, String> commands = new TreeMap<>((one, other) -> one.equals(other)
                ? 0
                : one.equals("sailboat.png") ? -1 : other.equals("sailboat.png") ? 1 : one.compareTo(other));
        for (DocumentedPage page : DocumentedPage.all()) {
            for (Block block : page.blocks()) {
                if (block.mark().equals("runs")) {
                    for (String command : block.commands()) {
                        Matcher output = OUTPUT.matcher(command);
                        if (output.find()) {
                            String before = commands.put(output.group(1), command);
                            assertThat(before == null || before.equals(command))
                                    .as("two commands make " + output.group(1))
                                    .isTrue();
                        }
                    }
                }
            }
        }
        return commands;
    }

    private static Map<String, String> entries() throws IOException {
        Map<String, String> entries = new TreeMap<>();
        Matcher matcher = ENTRY.matcher(Files.readString(LIST));
        while (matcher.find()) {
            entries.put(matcher.group(1), matcher.group(2) + " " + matcher.group(3));
        }
        return entries;
    }

    /** Runs a command; pictures that it reads are those of the documentation. */
    private static void run(String command) {
        String[] words = words(command);
        for (int i = 1; i < words.length; i++) {
            boolean isRead = List.of("--input", "--mask", "upscale").contains(words[i - 1]);
            if (isRead) {
                words[i] = PICTURES.resolve(words[i]).toString();
            }
        }
        StringWriter told = new StringWriter();
        int code = Main.run(new PrintWriter(told), new PrintWriter(told), words);
        assertThat(code).as(command + "\n" + told).isZero();
    }

    /** The words of a command after {@code ./triptych}. */
    private static String[] words(String command) {
        return WORD.matcher(command)
                .results()
                .skip(1)
                .map(word ->
                        word.group(1) != null ? word.group(1) : word.group(2) != null ? word.group(2) : word.group(3))
                .toArray(String[]::new);
    }

    private static double difference(Path one, Path other) throws IOException {
        BufferedImage first = ImageDecoder.decode(Files.readAllBytes(one));
        BufferedImage second = ImageDecoder.decode(Files.readAllBytes(other));
        assertThat(second.getWidth() + "x" + second.getHeight())
                .as("the size of " + other.getFileName())
                .isEqualTo(first.getWidth() + "x" + first.getHeight());
        long sum = 0;
        for (int y = 0; y < first.getHeight(); y++) {
            for (int x = 0; x < first.getWidth(); x++) {
                for (int shift = 0; shift < 24; shift += 8) {
                    int left = (first.getRGB(x, y) >> shift) & 0xff;
                    sum += Math.abs(left - ((second.getRGB(x, y) >> shift) & 0xff));
                }
            }
        }
        return sum / (3.0 * first.getWidth() * first.getHeight());
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
