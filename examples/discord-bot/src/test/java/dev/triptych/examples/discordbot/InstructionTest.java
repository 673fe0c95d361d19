package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InstructionTest {

    @Test
    void readsWhatARelayAsks() {
        assertThat(Instruction.parse("<@5> imagine job=0f40196f9b6754f3 images=1 prompt: a fox --ar 3:2", "5"))
                .hasValue(new Instruction("0f40196f9b6754f3", 1, "a fox --ar 3:2", ""));
        assertThat(Instruction.parse("<@5> press job=0f40196f9b6754f3 button: U2", "5"))
                .hasValue(new Instruction("0f40196f9b6754f3", 4, "", "U2"));
    }

    @Test
    void readsWhatAPersonTypes() {
        assertThat(Instruction.parse("<@!5>  Imagine a fox\nin  snow", "5"))
                .hasValue(Instruction.imagine("a fox in snow"));
        assertThat(Instruction.parse("<@5> v3", "5")).hasValue(Instruction.press("V3"));
        assertThat(Instruction.parse("<@5> r", "5")).hasValue(Instruction.press("🔄"));
    }

    @Test
    void isNotMeantByOthers() {
        assertThat(Instruction.parse("<@6> imagine a fox", "5")).isEmpty();
        assertThat(Instruction.parse("imagine a fox", "5")).isEmpty();
        assertThat(Instruction.parse("<@5> hello", "5")).isEmpty();
    }
}
