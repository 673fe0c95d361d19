package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {

    @TempDir
    private Path folder;

    @Test
    void doesNotStartForOtherMachinesWithoutAToken() {
        assertThat(run("serve", "--host", "0.0.0.0", "--state", folder.toString()))
                .isEqualTo(
                        "2 triptych: --token must be given where --host can be reached from other machines, but was not,"
                                + " and --host is 0.0.0.0\n");
    }

    @Test
    void refusesATokenThatIsTooShort() {
        assertThat(run("serve", "--port", "0", "--token", "short", "--state", folder.toString()))
                .isEqualTo("2 triptych: --token must have at least 16 characters but has 5\n");
    }

    @Test
    void mcpNamesAFolderThatIsNone() {
        assertThat(run("mcp", "--root", folder.resolve("none").toString()))
                .isEqualTo("2 triptych: --root must be a folder but is not: " + folder.resolve("none") + "\n");
    }

    private static String run(String... arguments) {
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err), arguments);
        return code + " " + err.toString().replace(System.lineSeparator(), "\n");
    }
}
