package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptPartsTest {

    @Test
    void splitsAtTheWordAndReadsWeights() {
        assertThat(PromptParts.parse("a red fox :1.2 AND deep snow :0.7"))
                .containsExactly(new PromptParts.Part("a red fox", 1.2), new PromptParts.Part(" deep snow", 0.7));
        assertThat(PromptParts.parse("SAND and BAND AND x"))
                .extracting(PromptParts.Part::text)
                .containsExactly("SAND and BAND", " x");
    }

    @Test
    void aWeightIsReadWithoutTheWordToo() {
        assertThat(PromptParts.parse("ratio 3:4")).containsExactly(new PromptParts.Part("ratio 3", 4));
        assertThat(PromptParts.parse("a :-.5 ")).containsExactly(new PromptParts.Part("a", -0.5));
        assertThat(PromptParts.parse("(a:1.2)")).containsExactly(new PromptParts.Part("(a:1.2)", 1));
        assertThat(PromptParts.parse("a:")).containsExactly(new PromptParts.Part("a:", 1));
    }
}
