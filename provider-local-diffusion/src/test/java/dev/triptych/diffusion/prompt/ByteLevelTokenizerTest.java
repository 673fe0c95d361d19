package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteLevelTokenizerTest {

    private static final String PATTERN =
            "(?i:'s|'t)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}|\\\\s+(?!\\\\S)|\\\\s+";

    @TempDir
    Path folder;

    @Test
    void joinsTheBytesOfWords() throws IOException {
        write("{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}");

        TokenizedPrompt prompt = ByteLevelTokenizer.load(folder).tokenize("<go>", "abab ab é<go>", "b", 100);

        // "ab" is learnt before "abab", which no word of one "ab" has; é is two bytes; the last b is a word of its own.
        int[] bytes = {ofByte(0xc3), ofByte(0xa9)};
        assertThat(prompt.tokenIds())
                .containsExactly(300, 257, ofByte(' '), 256, ofByte(' '), bytes[0], bytes[1], 300, ofByte('b'));
        assertThat(prompt.cutText()).isEmpty();
    }

    @Test
    void tellsWhatIsCutOffTheTextAlone() throws IOException {
        write("{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}");
        ByteLevelTokenizer tokenizer = ByteLevelTokenizer.load(folder);

        assertThat(tokenizer.tokenize("<go>", "ab é", "<go>", 3).cutText()).isEqualTo("é");
        assertThat(tokenizer.tokenize("<go>", "ab é", "<go>", 5).cutText()).isEmpty();
        assertThat(tokenizer.tokenize("<go>", "ab é", "<go>", 5).tokenIds()).hasSize(5);
        assertThat(tokenizer.idOf("<go>")).hasValue(300);
        assertThat(tokenizer.idOf("<stop>")).isEmpty();
    }

    @Test
    void otherKindsAreRefused() throws IOException {
        write("{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}");
        assertThatThrownBy(() -> ByteLevelTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith("tokenizer file must have a pre_tokenizer that ends in ByteLevel without"
                        + " add_prefix_space and use_regex, as Qwen's does, but has ")
                .hasMessageEndingWith(": " + folder.resolve("tokenizer.json"));

        Files.delete(folder.resolve("tokenizer.json"));
        assertThatThrownBy(() -> ByteLevelTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("tokenizer must have tokenizer.json but has none: " + folder);
    }

    /** The id of a byte in the small vocabulary: its place among the characters that spell bytes. */
    private static int ofByte(int value) {
        String spelt = ByteAlphabet.characters().stream()
                .filter(character -> character.equals(spelling(value)))
                .findFirst()
                .orElseThrow();
        return ByteAlphabet.characters().indexOf(spelt);
    }

    private static String spelling(int value) {
        return value == ' ' ? "Ġ" : Character.toString(value);
    }

    private void write(String byteLevel) throws IOException {
        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        ByteAlphabet.characters().forEach(character -> vocabulary.put(character, vocabulary.size()));
        vocabulary.put("ab", 256).put("abab", 257);
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"added_tokens": [{"id": 300, "content": "<go>", "normalized": false}],
                 "normalizer": {"type": "NFC"},
                 "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                   {"type": "Split", "pattern": {"Regex": "%s"}, "behavior": "Isolated", "invert": false}, %s]},
                 "model": {"type": "BPE", "vocab": %s, "merges": [["a", "b"], "ab ab"]}}
                """.formatted(PATTERN, byteLevel, vocabulary));
    }

    @Test
    void everyRecordedTextHasTheReferencesIds() throws IOException {
        JsonNode recorded = new ObjectMapper()
                .readTree(reference("golden/tokenizer-qwen.json").toFile());
        ByteLevelTokenizer tokenizer = ByteLevelTokenizer.load(reference("golden/qwen-tokenizer"));
        List<String> wrong = new ArrayList<>();

        for (String kind : List.of("cases", "chats")) {
            for (JsonNode each : recorded.path(kind)) {
                String text = each.path("text").asText();
                if (!ids(each.path("ids"))
                        .equals(list(tokenizer.tokenize("", text, "", 100).untruncated()))) {
                    wrong.add(kind + ": " + each);
                }
            }
        }

        assertThat(recorded.path("cases").size()).isGreaterThan(40);
        assertThat(recorded.path("chats")).isNotEmpty();
        assertThat(wrong).isEmpty();
    }

    private static List<Integer> ids(JsonNode json) {
        List<Integer> ids = new ArrayList<>();
        json.forEach(id -> ids.add(id.asInt()));
        return ids;
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    private static Path reference(String file) {
        Path path = Path.of(System.getProperty("triptych.reference", "no-such-place"), file);
        assumeTrue(Files.exists(path), "the reference values are not on this machine");
        return path;
    }
}
