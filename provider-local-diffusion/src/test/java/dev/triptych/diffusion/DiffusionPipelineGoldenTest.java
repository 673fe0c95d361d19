package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The claim "a seed gives diffusers' picture", proven on diffusers' own pictures. */
class DiffusionPipelineGoldenTest {

    @Test
    void paintsDiffusersPicturesFromTheCheckedInReference() throws IOException {
        GoldenFolder golden = GoldenFolder.checkedIn();

        List<String> lines = golden.pipelines("sd1").compareAll();

        assertThat(lines).isNotEmpty().allMatch(line -> line.endsWith("ok"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd1", "sd2", "lcm"})
    void paintsEveryPictureOfTheWholeReference(String family) throws IOException {
        Path shared = Path.of(System.getProperty("triptych.shared", "none"), "golden");
        assumeTrue(Files.isDirectory(shared), "the whole reference set is not on this machine");

        List<String> lines = GoldenFolder.at(shared).pipelines(family).compareAll();

        assertThat(lines).isNotEmpty().allMatch(line -> line.endsWith("ok"));
    }
}
