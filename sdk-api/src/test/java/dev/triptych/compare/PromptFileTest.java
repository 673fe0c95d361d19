package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptFileTest {

    @TempDir
    Path folder;

    @Test
    void readsPromptsAndSettingsLineByLine() throws IOException {
        Path file = write(String.join(
                "\r\n",
                "\ufeff# two foxes",
                "",
                "  a red fox, {quoted} ",
                "{\"prompt\": \"snow\", \"size\": \"768x512\", \"seed\": 7, \"options\": {\"local.clip-skip\": 2}}"));

        List<ImageRequest> requests = PromptFile.read(file);

        assertThat(requests)
                .containsExactly(
                        ImageRequest.of("a red fox, {quoted}"),
                        ImageRequest.builder()
                                .prompt("snow")
                                .size(768, 512)
                                .seed(7)
                                .option("local.clip-skip", "2")
                                .build());
    }

    @Test
    void takesInputsFromBesideTheFile() throws IOException {
        byte[] picture = TestPictures.png(8, 8, Color.RED);
        byte[] mask = TestPictures.mask(8, 8);
        Files.write(folder.resolve("start.png"), picture);
        Files.write(folder.resolve("mask.png"), mask);
        Path file = write("{\"prompt\": \"snow\", \"inputs\": [\"start.png\"], \"mask\": \"mask.png\"}");

        ImageRequest request = PromptFile.read(file).get(0);

        assertThat(request.inputs()).containsExactly(ImageInput.of(picture));
        assertThat(request.mask()).contains(ImageInput.of(mask));
    }

    @Test
    void namesTheLineThatCannotBeUsed() throws IOException {
        assertThatThrownBy(() -> PromptFile.read(write("a fox\n{\"prompt\": \"a\", \"sead\": 1}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompts.txt, line 2: request has an unknown field \"sead\"");
        assertThatThrownBy(() -> PromptFile.read(write("{\"prompt\": secret}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "prompts.txt, line 1: line must be one JSON object but could not be read at column")
                .hasMessageNotContaining("secret");
    }

    @Test
    void refusesAFileWithoutPrompts() throws IOException {
        Path file = write("# nothing\n\n");

        assertThatThrownBy(() -> PromptFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompts file must hold at least one prompt but had none: " + file);
    }

    @Test
    void refusesWhatIsNotUtf8() throws IOException {
        Path file = folder.resolve("prompts.txt");
        Files.write(file, "grüner Fuchs".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> PromptFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompts file must be UTF-8 text but is not: " + file);
    }

    @Test
    void saysWhenTheFileIsMissing() {
        assertThatThrownBy(() -> PromptFile.read(folder.resolve("none.txt"))).isInstanceOf(NoSuchFileException.class);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("prompts.txt"), text);
    }
}
