package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClipTokenizerTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path CLIP = GOLDEN.resolve("clip-tokenizer");
    private static final ClipTokenizer TOKENIZER = ClipTokenizer.load(CLIP);

    private static final ClipTokenizer SAVED_BY_TRANSFORMERS_5 = ClipTokenizer.load(GOLDEN.resolve("tokenizer-5"));

    @TempDir
    static Path paddedWithBang;

    private static ClipTokenizer bangTokenizer = TOKENIZER;

    record Golden(JsonNode values) {

        String text() {
            return values.path("text").textValue();
        }

        int[] ids(String key) {
            return StreamSupport.stream(values.path(key).spliterator(), false)
                    .mapToInt(JsonNode::intValue)
                    .toArray();
        }

        @Override
        public String toString() {
            StringBuilder ascii = new StringBuilder();
            text().codePoints().limit(30).forEach(c -> ascii.append(c > 32 && c < 127 ? (char) c : '_'));
            return ascii.toString();
        }
    }

    static Stream<Golden> cases(Path file) throws IOException {
        JsonNode cases = new JsonMapper().readTree(Files.readAllBytes(file)).path("cases");
        return StreamSupport.stream(cases.spliterator(), false).map(Golden::new);
    }

    static Stream<Golden> savedByTransformers5() throws IOException {
        return cases(GOLDEN.resolve("tokenizer-5/cases.json"));
    }

    @ParameterizedTest
    @MethodSource("savedByTransformers5")
    void readsWhatTransformers5Saves(Golden golden) {
        TokenizedPrompt prompt = SAVED_BY_TRANSFORMERS_5.tokenize(golden.text());

        assertThat(prompt.tokenIds()).containsExactly(golden.ids("ids"));
        assertThat(prompt.untruncated()).containsExactly(golden.ids("untruncated"));
    }

    static Stream<Golden> reference() throws IOException {
        return cases(GOLDEN.resolve("tokenizer.json"));
    }

    static Stream<Golden> unicode() throws IOException {
        return cases(GOLDEN.resolve("tokenizer-unicode.json"));
    }

    @BeforeAll
    static void copiesTheTokenizerWithAnotherPadding() throws IOException {
        for (String name : new String[] {"vocab.json", "merges.txt", "tokenizer_config.json"}) {
            Files.copy(CLIP.resolve(name), paddedWithBang.resolve(name));
        }
        Files.writeString(paddedWithBang.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");
        bangTokenizer = ClipTokenizer.load(paddedWithBang);
    }

    @ParameterizedTest
    @MethodSource("reference")
    void givesTheIdsOfTheReference(Golden golden) {
        TokenizedPrompt prompt = TOKENIZER.tokenize(golden.text());

        assertThat(prompt.tokenIds()).containsExactly(golden.ids("ids"));
        assertThat(prompt.untruncated()).containsExactly(golden.ids("untruncated"));
    }

    @ParameterizedTest
    @MethodSource("unicode")
    void followsTheReferenceThroughUnicode(Golden golden) {
        TokenizedPrompt prompt = TOKENIZER.tokenize(golden.text());

        assertThat(prompt.untruncated()).containsExactly(golden.ids("untruncated"));
        assertThat(prompt.cutText()).isEqualTo(golden.values().path("cut").textValue());
    }

    @ParameterizedTest
    @MethodSource("unicode")
    void takesAnExclamationMarkForPaddingWhereTheFilesSaySo(Golden golden) {
        TokenizedPrompt prompt = bangTokenizer.tokenize(golden.text());

        assertThat(prompt.tokenIds()).containsExactly(golden.ids("padded_with_bang"));
        assertThat(prompt.untruncated()).containsExactly(golden.ids("untruncated_bang"));
    }

    @Test
    void givesTheFullSetOfTheReferenceWhereItIs() throws IOException {
        Path file = Path.of(System.getProperty("triptych.reference", "")).resolve("golden/tokenizer.json");
        Assumptions.assumeTrue(Files.exists(file), "the full reference values are not on this machine");

        assertThat(cases(file))
                .isNotEmpty()
                .allSatisfy(golden ->
                        assertThat(TOKENIZER.tokenize(golden.text()).tokenIds()).containsExactly(golden.ids("ids")));
    }

    @Test
    void fillsTheContextForAnEmptyPrompt() {
        TokenizedPrompt prompt = TOKENIZER.tokenize("");

        assertThat(prompt.untruncated()).containsExactly(49406, 49407);
        assertThat(prompt.tokenIds()).hasSize(77).startsWith(49406, 49407).endsWith(49407);
        assertThat(prompt.cutText()).isEmpty();
    }

    @Test
    void saysWhatItCutFromTheEnd() {
        TokenizedPrompt prompt = TOKENIZER.tokenize("cat ".repeat(75) + "and a Dog's bone");

        assertThat(prompt.cutText()).isEqualTo("and a dog 's bone");
        assertThat(prompt.tokenIds()).hasSize(77).endsWith(2368, 49407);
    }

    @Test
    void cutsNothingThatJustFits() {
        TokenizedPrompt prompt = TOKENIZER.tokenize("cat ".repeat(75));

        assertThat(prompt.cutText()).isEmpty();
        assertThat(prompt.tokenIds()).isEqualTo(prompt.untruncated());
    }

    @Test
    void mergesAWordOfTenThousandLettersWithoutDelay() {
        assertThat(TOKENIZER.tokenize("ab".repeat(5_000)).untruncated()).hasSizeGreaterThan(77);
    }

    @Test
    void doesNotDependOnTheMachinesLanguage() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr"));
            assertThat(TOKENIZER.tokenize("TITANIC IN ICE").untruncated())
                    .isEqualTo(TOKENIZER.tokenize("titanic in ice").untruncated());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void namesEveryTokenOfItsVocabulary() {
        assertThat(TOKENIZER.token(2368)).isEqualTo("cat</w>");
        assertThat(IntStream.range(0, 49408).mapToObj(TOKENIZER::token)).doesNotHaveDuplicates();
        assertThatThrownBy(() -> TOKENIZER.token(49408))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token id must be one of the vocabulary's, 0 to 49407, but was 49408");
    }

    @Test
    void keepsThePromptOutOfToString() {
        assertThat(TOKENIZER.tokenize("a secret")).hasToString("TokenizedPrompt[4 of at most 77 ids]");
    }

    @Test
    void handsOutCopies() {
        TokenizedPrompt prompt = TOKENIZER.tokenize("a cat");
        prompt.tokenIds()[0] = 0;
        prompt.untruncated()[0] = 0;

        assertThat(prompt).isEqualTo(TOKENIZER.tokenize("a cat"));
        assertThat(TOKENIZER.maxLength()).isEqualTo(77);
    }

    @Test
    void theStandardTokenizerIsClipsOwn() throws IOException {
        ClipTokenizer standard = ClipTokenizer.standard("<|endoftext|>");
        JsonNode vocabulary = new JsonMapper().readTree(Files.readAllBytes(CLIP.resolve("vocab.json")));

        assertThat(standard.size()).isEqualTo(49408);
        vocabulary
                .properties()
                .forEach(entry ->
                        assertThat(standard.token(entry.getValue().intValue())).isEqualTo(entry.getKey()));
        cases(GOLDEN.resolve("tokenizer.json"))
                .forEach(golden -> assertThat(standard.tokenize(golden.text()).tokenIds())
                        .as(golden.toString())
                        .isEqualTo(TOKENIZER.tokenize(golden.text()).tokenIds()));
        assertThat(ClipTokenizer.standard("!").paddingId()).isZero();
    }
}
