package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WishTest {

    @Test
    void readsWhatARelayAsks() {
        assertThat(Wish.parse("<@5> imagine job=0f40196f9b6754f3 images=1 prompt: a fox --ar 3:2", "5"))
                .hasValue(new Wish("0f40196f9b6754f3", 1, "a fox --ar 3:2", ""));
        assertThat(Wish.parse("<@5> press job=0f40196f9b6754f3 button: U2", "5"))
                .hasValue(new Wish("0f40196f9b6754f3", 4, "", "U2"));
    }

    @Test
    void readsWhatAPersonTypes() {
        assertThat(Wish.parse("<@!5>  Imagine a fox\nin  snow", "5")).hasValue(Wish.imagine("a fox in snow"));
        assertThat(Wish.parse("<@5> v3", "5")).hasValue(Wish.press("V3"));
        assertThat(Wish.parse("<@5> r", "5")).hasValue(Wish.press("🔄"));
    }

    @Test
    void isNotMeantByOthers() {
        assertThat(Wish.parse("<@6> imagine a fox", "5")).isEmpty();
        assertThat(Wish.parse("imagine a fox", "5")).isEmpty();
        assertThat(Wish.parse("<@5> hello", "5")).isEmpty();
    }
}
