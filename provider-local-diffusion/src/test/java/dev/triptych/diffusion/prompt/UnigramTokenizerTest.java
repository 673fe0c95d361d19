package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnigramTokenizerTest {

    @TempDir
    Path folder;

    @Test
    void takesTheLikeliestPieces() throws IOException {
        write("\"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"},");

        TokenizedPrompt prompt = UnigramTokenizer.load(folder).tokenize("abab  xyba<tag>b", 12);

        // "ab" at -1 beats "a" and "b" at -2 each; x and y are unknown together; "ba" beats "b", "a".
        assertThat(prompt.untruncated()).containsExactly(5, 5, 2, 6, 8, 4, 1);
        assertThat(prompt.tokenIds()).containsExactly(5, 5, 2, 6, 8, 4, 1, 0, 0, 0, 0, 0);
        assertThat(prompt.cutText()).isEmpty();
    }

    @Test
    void cutsTheTextAndKeepsItsEnd() throws IOException {
        write("\"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"},");

        TokenizedPrompt prompt = UnigramTokenizer.load(folder).tokenize("ab ba a b", 3);

        assertThat(prompt.tokenIds()).containsExactly(5, 6, 1);
        assertThat(prompt.cutText()).isEqualTo("ab");
    }

    @Test
    void marksWordsByTheirSpaces() throws IOException {
        write("\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"▁\", \"prepend_scheme\": \"always\"},");

        assertThat(UnigramTokenizer.load(folder).tokenize("a ab", 8).untruncated())
                .containsExactly(7, 7, 4, 1);
    }

    @Test
    void otherKindsAreRefused() throws IOException {
        write("\"pre_tokenizer\": {\"type\": \"ByteLevel\"},");
        assertThatThrownBy(() -> UnigramTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("tokenizer file must have a pre_tokenizer of a known type (WhitespaceSplit, Metaspace,"
                        + " Split, Sequence) but has ByteLevel: " + folder.resolve("tokenizer.json"));

        Files.delete(folder.resolve("tokenizer.json"));
        Files.createFile(folder.resolve("spiece.model"));
        assertThatThrownBy(() -> UnigramTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("tokenizer must have tokenizer.json but has spiece.model alone: " + folder);
    }

    private void write(String more) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"added_tokens": [{"id": 8, "content": "<tag>", "normalized": false}],
                 "normalizer": null, %s
                 "post_processor": {"type": "TemplateProcessing",
                   "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}],
                   "special_tokens": {"</s>": {"ids": [1]}}},
                 "model": {"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0],
                   ["a", -2], ["b", -2], ["ab", -1], ["ba", -1.5], ["▁a", -1], ["<tag>", 0]]}}
                """.formatted(more));
    }

    @Test
    void everyRecordedTextHasTheReferencesIds() throws IOException {
        JsonNode recorded = recorded("golden/tokenizer-t5.json");
        UnigramTokenizer newer = UnigramTokenizer.load(reference("golden/t5-tokenizer"));
        UnigramTokenizer older = UnigramTokenizer.load(reference("golden/t5-tokenizer-strip"));
        List<String> wrong = new ArrayList<>();

        for (JsonNode each : recorded.path("cases")) {
            String text = each.path("text").asText();
            List<Integer> ids = ids(each.path("ids"));
            List<Integer> idsOfOlder = each.has("ids_strip") ? ids(each.path("ids_strip")) : ids;
            if (!ids.equals(list(newer.tokenize(text, 8).untruncated()))) {
                wrong.add("newer form: " + each);
            }
            if (!idsOfOlder.equals(list(older.tokenize(text, 8).untruncated()))) {
                wrong.add("older form: " + each);
            }
        }
        for (JsonNode each : recorded.path("padding")) {
            TokenizedPrompt prompt = newer.tokenize(
                    each.path("text").asText(), each.path("max_length").asInt());
            if (!ids(each.path("ids")).equals(list(prompt.tokenIds()))) {
                wrong.add("padded: " + each);
            }
        }

        assertThat(recorded.path("cases")).hasSize(64);
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

    private static JsonNode recorded(String file) throws IOException {
        return new ObjectMapper().readTree(reference(file).toFile());
    }

    private static Path reference(String file) {
        Path path = Path.of(System.getProperty("triptych.reference", "no-such-place"), file);
        assumeTrue(Files.exists(path), "the reference values are not on this machine");
        return path;
    }
}
