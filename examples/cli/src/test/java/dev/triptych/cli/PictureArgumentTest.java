package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureArgumentTest {

    private static final Set<String> KNOWN = Set.of("strength", "encoder");

    @TempDir
    Path temp;

    @Test
    void modelPictureAndSettingsAreToldApart() {
        PictureArgument argument = parse("a/face.bin=b/me.png,strength=0.5,encoder=c");

        assertThat(argument.model()).isEqualTo("a/face.bin");
        assertThat(argument.image()).isEqualTo(Path.of("b/me.png"));
        assertThat(argument.settings()).isEqualTo(Map.of("strength", "0.5", "encoder", "c"));
    }

    @Test
    void namesMayHoldWhatSeparates() throws IOException {
        Path picture = Files.createFile(temp.resolve("a=b,strong,c.png"));

        PictureArgument argument = parse("x=1.bin=" + picture + ",strength=2");

        assertThat(argument.model()).isEqualTo("x=1.bin");
        assertThat(argument.image()).isEqualTo(picture);
        assertThat(argument.settings()).isEqualTo(Map.of("strength", "2"));
    }

    @Test
    void modelsAreCalledByTheirFilesAndASecondOneGetsANumber() {
        Map<String, List<PictureArgument>> named = PictureArgument.byName(
                List.of(parse("a/face.bin=1.png"), parse("b/face.bin=2.png"), parse("a/face.bin=3.png")));

        assertThat(named.keySet()).containsExactly("face", "face-2");
        assertThat(named.get("face"))
                .extracting(PictureArgument::image)
                .containsExactly(Path.of("1.png"), Path.of("3.png"));
    }

    @Test
    void whatHasAnotherFormSaysWhichOneItShouldHave() {
        assertThatThrownBy(() -> parse("face.bin"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--x must be MODEL=IMAGE, with settings behind commas, but was \"face.bin\"");
        assertThatThrownBy(() -> parse("a=b,strength=1,strength=2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--x: strength must be given once but was given twice");
    }

    private static PictureArgument parse(String text) {
        return PictureArgument.parse("--x", text, KNOWN);
    }
}
