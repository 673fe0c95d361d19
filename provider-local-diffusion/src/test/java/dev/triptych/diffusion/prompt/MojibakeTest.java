package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was decoded wrongly is decoded rightly; what is sound stays. */
class MojibakeTest {

    @ParameterizedTest
    @CsvSource({
        "cafÃ©, café",
        "itâ€™s fine, it’s fine",
        "â€œquotedâ€\u009d, “quoted”",
        "ðŸ˜€, 😀",
        "ÃƒÂ©, é",
        "日本 and cafÃ©, 日本 and café",
        "20Â°C, 20°C"
    })
    void decodesAgainWhatWasReadAsWindows1252(String broken, String sound) {
        assertThat(Mojibake.fix(broken)).isEqualTo(sound);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"café", "CAFÉ…", "VOILÀ»", "l’été à São Paulo", "ÅÄÖ", "Привет", "½ × 3°", "“quoted”", "plain"})
    void leavesSoundTextAlone(String sound) {
        assertThat(Mojibake.fix(sound)).isEqualTo(sound);
    }

    @ParameterizedTest
    @CsvSource({"a\u0085b, a…b", "\u0080, €", "\u0081, \u0081"})
    void readsControlCharactersAsBrowsersDo(String text, String named) {
        assertThat(Mojibake.replaceControls(text)).isEqualTo(named);
    }
}
