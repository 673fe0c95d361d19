package dev.triptych.diffusion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that torch itself wrote just now, in both of its containers. Skipped where no Python with torch is at hand; the
 * system property {@code triptych.python} names the interpreter, {@code python3} by default.
 */
class PickleCrossCheckTest {

    private static final String PYTHON = System.getProperty("triptych.python", "python3");

    @TempDir
    Path folder;

    @Test
    void readsWhatTorchWrites() throws Exception {
        assumeTrue(runs("-c", "import torch"), PYTHON + " has no torch: -Dtriptych.python=INTERPRETER");
        Path script = folder.resolve("pickles.py");
        try (InputStream in = PickleCrossCheckTest.class.getResourceAsStream("/pickles.py")) {
            Files.copy(in, script);
        }
        assertThat(runs(script.toString(), folder.toString())).isTrue();
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".pt")).toList();
        }

        assertThat(files).hasSize(8).allSatisfy(PickleCrossCheckTest::holdsWhatItsJsonSays);
    }

    private static void holdsWhatItsJsonSays(Path file) throws IOException {
        TensorFile read = TensorFile.open(file);
        JsonNode expected = JsonMapper.builder()
                .build()
                .readTree(Path.of(file.toString().replace(".pt", ".json")).toFile());
        assertThat(read.tensors()).hasSize(expected.size());
        for (Map.Entry<String, JsonNode> tensor : expected.properties()) {
            Weight weight = Objects.requireNonNull(read.tensors().get(tensor.getKey()));
            JsonNode values = tensor.getValue().get("values");
            float[] floats = new float[values.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values.get(i).asDouble();
            }
            assertThat(weight.dims())
                    .hasToString(tensor.getValue().get("shape").toString().replace(",", ", "));
            assertThat(weight.values()).as("%s of %s", tensor.getKey(), file).containsExactly(floats);
        }
        if (file.toString().contains("checkpoint")) {
            assertThat(read.metadata()).containsEntry("global_step", "875000").containsEntry("epoch", "3");
        }
    }

    private static boolean runs(String... arguments) throws InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = PYTHON;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }
}
