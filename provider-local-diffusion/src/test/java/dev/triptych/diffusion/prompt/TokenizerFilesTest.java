package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerFilesTest {

    @TempDir
    Path folder;

    @BeforeEach
    void writesASmallTokenizer() throws IOException {
        write("vocab.json", """
                {"c": 0, "a": 1, "t</w>": 2, "ca": 3, "cat</w>": 4, "s</w>": 5, "a</w>": 6,
                 "<|startoftext|>": 7, "<|endoftext|>": 8}""");
        write("merges.txt", "#version: 0.2\nc a\nca t</w>\n");
        write("tokenizer_config.json", "{\"model_max_length\": 6}");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private int[] ids(String text) {
        return ClipTokenizer.load(folder).tokenize(text).untruncated();
    }

    @Test
    void readsAnyVocabularyAndContext() {
        TokenizedPrompt prompt = ClipTokenizer.load(folder).tokenize("Cat cats a x");

        assertThat(prompt.untruncated()).containsExactly(7, 4, 3, 8, 5, 6, 8, 8);
        assertThat(prompt.tokenIds()).containsExactly(7, 4, 3, 8, 5, 8);
        assertThat(prompt.cutText()).isEqualTo("a <|endoftext|>");
    }

    @Test
    void needsOnlyVocabularyAndMerges() throws IOException {
        Files.delete(folder.resolve("tokenizer_config.json"));

        assertThat(ClipTokenizer.load(folder).maxLength()).isEqualTo(77);
    }

    @Test
    void takesAnImpossibleContextForAnUnknownOne() throws IOException {
        write("tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}");

        assertThat(ClipTokenizer.load(folder).maxLength()).isEqualTo(77);
    }

    @Test
    void obeysTheOlderFilesWhereTheConfigListsNoTokens() throws IOException {
        write("special_tokens_map.json", """
                {"pad_token": {"content": "s", "single_word": true}, "additional_special_tokens": ["<toy>"]}""");
        write("added_tokens.json", "{\"<style>\": 9}");

        assertThat(ids("cat<style>cat<toy> s")).containsExactly(7, 4, 9, 4, 11, 10, 8);
        assertThat(ids("cats")).containsExactly(7, 3, 8, 5, 8);
        assertThat(ClipTokenizer.load(folder).tokenize("").tokenIds()).containsExactly(7, 8, 10, 10, 10, 10);
    }

    @Test
    void obeysTheConfigAloneWhereItListsItsTokens() throws IOException {
        write("tokenizer_config.json", """
                {"model_max_length": 6, "pad_token": null, "added_tokens_decoder": {"9": {"content": "<style>"}}}""");
        write("special_tokens_map.json", "{\"pad_token\": \"a\"}");

        assertThat(ids("<style>")).containsExactly(7, 9, 8);
        assertThat(ClipTokenizer.load(folder).tokenize("").tokenIds()).containsExactly(7, 8, 8, 8, 8, 8);
        assertThat(ClipTokenizer.load(folder).token(9)).isEqualTo("<style>");
    }

    @Test
    void takesATokenThatMustStandAloneForTextElsewhere() throws IOException {
        write("tokenizer_config.json", """
                {"added_tokens_decoder": {"9": {"content": "cat", "single_word": true}}}""");

        assertThat(ids("a cat a")).containsExactly(7, 6, 9, 6, 8);
        assertThat(ids("acat")).containsExactly(7, 1, 4, 8);
        assertThat(ids("cats")).containsExactly(7, 3, 8, 5, 8);
    }

    @Test
    void prefersTheLongestAddedToken() throws IOException {
        write("added_tokens.json", "{\"<s\": 9, \"<s2>\": 10}");

        assertThat(ids("<s2><s")).containsExactly(7, 10, 9, 8);
    }

    @Test
    void namesAMissingFolder() {
        Path missing = folder.resolve("tokenizer");

        assertMessage(missing, "tokenizer must be a folder but is missing: " + missing);
    }

    @Test
    void namesWhatAFolderWithoutVocabularyLacks() throws IOException {
        String must = "tokenizer must have vocab.json and merges.txt, or tokenizer.json, but has ";
        Files.delete(folder.resolve("merges.txt"));
        assertMessage(folder, must + "vocab.json alone: " + folder);
        Files.delete(folder.resolve("vocab.json"));
        assertMessage(folder, must + "none: " + folder);
        write("merges.txt", "#version: 0.2\nc a\n");
        assertMessage(folder, must + "merges.txt alone: " + folder);
    }

    private static final String TOKENIZER_JSON = """
            {"version": "1.0", "added_tokens": [
                {"id": 7, "content": "<|startoftext|>", "special": true},
                {"id": 8, "content": "<|endoftext|>", "special": true},
                {"id": 9, "content": "<toy>", "single_word": false}],
             "normalizer": {"type": "NFC"}, "model": {"type": "BPE", "end_of_word_suffix": "</w>",
                "vocab": {"c": 0, "a": 1, "t</w>": 2, "ca": 3, "cat</w>": 4, "s</w>": 5, "a</w>": 6,
                    "<|startoftext|>": 7, "<|endoftext|>": 8},
                "merges": %s}}""";

    @ParameterizedTest
    @ValueSource(strings = {"[\"c a\", \"ca t</w>\"]", "[[\"c\", \"a\"], [\"ca\", \"t</w>\"]]"})
    void readsAllFromTokenizerJsonWhereItIsAlone(String merges) throws IOException {
        Files.delete(folder.resolve("vocab.json"));
        Files.delete(folder.resolve("merges.txt"));
        write("tokenizer.json", TOKENIZER_JSON.formatted(merges));

        assertThat(ids("cat <toy>cats")).containsExactly(7, 4, 9, 3, 8, 5, 8);
        assertThat(ClipTokenizer.load(folder).maxLength()).isEqualTo(6);
        assertThat(ClipTokenizer.load(folder).size()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vocab.json", "merges.txt"})
    void readsAllFromTokenizerJsonWhereOneOfThePairIsMissing(String name) throws IOException {
        Files.delete(folder.resolve(name));
        write("tokenizer.json", TOKENIZER_JSON.formatted("[\"c a\", \"ca t</w>\"]"));

        assertThat(ids("cat<toy>")).containsExactly(7, 4, 9, 8);
    }

    @Test
    void takesTheAddedTokensOfTokenizerJsonBesideThePair() throws IOException {
        write("tokenizer.json", TOKENIZER_JSON.formatted("[\"c a\"]"));
        assertThat(ids("cat<toy>")).containsExactly(7, 4, 9, 8);

        write("tokenizer_config.json", "{\"added_tokens_decoder\": {}}");
        assertThat(ids("cat<toy>")).as("the config's list is the whole truth").doesNotContain(9);
    }

    @Test
    void namesATokenizerJsonOfAnotherKind() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.delete(folder.resolve("vocab.json"));
        write("tokenizer.json", "[]");
        assertMessage(folder, "tokenizer file must be a JSON object but begins otherwise: " + file);
        write("tokenizer.json", "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", -1.5]]}}");
        assertMessage(folder, "tokenizer file must be of CLIP's kind, BPE, but is Unigram: " + file);
        write("tokenizer.json", "{\"version\": \"1.0\"}");
        assertMessage(folder, "tokenizer file must have model.vocab and model.merges but has no model.vocab: " + file);
        write("tokenizer.json", "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}");
        assertMessage(folder, "tokenizer file must have model.vocab and model.merges but has no model.merges: " + file);
        write("tokenizer.json", "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}");
        assertMessage(
                folder,
                "tokenizer file must be of CLIP's kind, whose words end in </w>, but has the end_of_word_suffix null: "
                        + file);
        write("tokenizer.json", TOKENIZER_JSON.formatted("[\"c a\", [\"x\"]]"));
        assertMessage(
                folder,
                "tokenizer file must have pairs of symbols as merges but has another value as number 1: " + file);
        write("tokenizer.json", TOKENIZER_JSON.formatted("[\"c a\", null"));
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith("tokenizer file must ");
        write("tokenizer.json", "{\"model\": {\"vocab\": {\"a\": -4}}}");
        assertMessage(folder, "tokenizer file must give ids from 0 to 10000000 but one is -4: " + file);
    }

    @Test
    void tellsTheIdsThatATextEncoderNeeds() throws IOException {
        write("special_tokens_map.json", "{\"pad_token\": \"c\"}");
        ClipTokenizer tokenizer = ClipTokenizer.load(folder);

        assertThat(tokenizer.size()).isEqualTo(9);
        assertThat(tokenizer.startId()).isEqualTo(7);
        assertThat(tokenizer.endId()).isEqualTo(8);
        assertThat(tokenizer.paddingId()).isZero();
    }

    @Test
    void namesADamagedVocabulary() throws IOException {
        Path file = folder.resolve("vocab.json");
        write("vocab.json", "[]");
        assertMessage(folder, "tokenizer file must be a JSON object of tokens and ids but begins otherwise: " + file);
        write("vocab.json", "{}");
        assertMessage(folder, "tokenizer file must hold at least one token but holds none: " + file);
        write("vocab.json", "{\"a\": 1.5}");
        assertMessage(
                folder, "tokenizer file must give each token a whole number but one has VALUE_NUMBER_FLOAT: " + file);
        write("vocab.json", "{\"a\": -1}");
        assertMessage(folder, "tokenizer file must give ids from 0 to 10000000 but one is -1: " + file);
        write("vocab.json", "{\"a\" 1}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith("tokenizer file must be JSON but is damaged: " + file + ": ");
    }

    @Test
    void namesATruncatedVocabulary() throws IOException {
        write("vocab.json", "{\"a\": 1, \"b\"");

        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(
                        "tokenizer file must be JSON but is damaged: " + folder.resolve("vocab.json") + ": ");
    }

    @Test
    void namesDamagedMerges() throws IOException {
        Path file = folder.resolve("merges.txt");
        write("merges.txt", "#version: 0.2\nc a\nbroken\n");
        assertMessage(folder, "tokenizer file must have two symbols a line but has other text in line 3: " + file);
        write("merges.txt", "");
        assertMessage(folder, "tokenizer file must hold a heading and merges below it but holds none: " + file);
    }

    @Test
    void namesAConfigThatDoesNotFit() throws IOException {
        Path file = folder.resolve("tokenizer_config.json");
        String start = "tokenizer file does not fit: " + file + ": ";
        write("tokenizer_config.json", "{\"model_max_length\": 2}");
        assertMessage(folder, start + "model_max_length must be a whole number from 3 up but was 2");
        write("tokenizer_config.json", "{\"pad_token\": 3}");
        assertMessage(folder, start + "a token must be a string or an object with content but was 3");
        write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": \"<x>\"}}");
        assertMessage(folder, start + "the id of an added token must be 0 to 1000000 but was x");
        write("tokenizer_config.json", "[]");
        assertMessage(folder, "tokenizer file must be a JSON object but begins otherwise: " + file);
    }

    private static void assertMessage(Path folder, String message) {
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(message);
    }
}
