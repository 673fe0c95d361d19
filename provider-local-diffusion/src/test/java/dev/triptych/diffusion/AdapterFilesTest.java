package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of the configuration that name files of LoRA and textual inversion. */
class AdapterFilesTest {

    @TempDir
    Path folder;

    private static LocalSettings read(Map<String, ?> values) {
        return AdapterFiles.added(
                LocalSettings.bundled(), GeneratorSettings.of("studio", values), "loras", "embeddings");
    }

    private Path file(String name) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        return Files.createFile(folder.resolve(name));
    }

    @Test
    void filesHaveNamesAndStrengths() {
        LocalSettings settings = read(Map.of(
                "loras", Map.of("pixel", "p.safetensors", "ink", Map.of("file", "i.safetensors", "strength", "0.8"))));

        assertThat(settings.loras())
                .containsOnly(
                        Map.entry("pixel", new Lora(Path.of("p.safetensors"), 1)),
                        Map.entry("ink", new Lora(Path.of("i.safetensors"), 0.8)));
    }

    @Test
    void ofAFolderEachFileIsCalledByItsName() throws IOException {
        Path plain = file("pixel.safetensors");
        file("pixel.pt");
        Path odd = file("a,b:c.safetensors");
        file("read.me");
        Path config = file("peft/adapter_config.json");

        LocalSettings settings = read(Map.of("loras", folder.toString()));

        assertThat(settings.loras())
                .containsOnly(
                        Map.entry("pixel", Lora.of(plain)),
                        Map.entry("a_b_c", Lora.of(odd)),
                        Map.entry("peft", Lora.of(Objects.requireNonNull(config.getParent()))));
    }

    @Test
    void embeddingsHaveWordsOrSayTheirOwn() throws IOException {
        Path listed = file("listed.safetensors");

        LocalSettings byWord = read(Map.of("embeddings", Map.of("<it>", "it.pt", "*", List.of("own.pt"))));
        LocalSettings aList = read(Map.of("embeddings", List.of(listed.toString())));

        assertThat(byWord.embeddings())
                .containsExactlyInAnyOrder(
                        new TextualInversion(Path.of("it.pt"), Optional.of("<it>")),
                        new TextualInversion(Path.of("own.pt"), Optional.empty()));
        assertThat(aList.embeddings()).containsExactly(new TextualInversion(listed, Optional.empty()));
    }

    @Test
    void whatCannotBeUsedIsNamed() {
        assertWrong(
                Map.of("loras", Map.of("pixel", Map.of("file", "p", "strength", "much"))),
                "generators.studio.loras.pixel.strength must be a number from -100 to 100 but was \"much\"");
        assertWrong(
                Map.of("loras", Map.of("pixel", Map.of("path", "p"))),
                "generators.studio.loras.pixel must be file and strength but was \"path\"");
        assertWrong(
                Map.of("loras", Map.of("pixel", "")),
                "generators.studio.loras.pixel must be a file or a name on the hub but was \"\"");
        assertWrong(
                Map.of("loras", folder.resolve("nowhere").toString()),
                "generators.studio.loras must be a folder or files that exist but was \"" + folder.resolve("nowhere")
                        + "\"");
        assertWrong(
                Map.of("loras", Map.of("a:b", "p")),
                "generators.studio.loras must be LoRAs by names without commas, colons and spaces around but was \"a:b\"");
    }

    private static void assertWrong(Map<String, ?> values, String message) {
        assertThatThrownBy(() -> read(values))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }
}
