package dev.triptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The Java on a page of the documentation, compiled on the class path of the test that asks. A block that declares a
 * type is a file; any other one is the body of a method that has the parameters given.
 *
 * @param imports what a block needs that has no imports of its own, such as {@code "dev.triptych.*"}
 * @param parameters what a fragment takes as given, such as {@code "ImageGenerator generator"}
 */
public record DocumentedCode(List<String> imports, String parameters) {

    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern TYPE =
            Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|record|interface|enum) (\\w+)");

    /** Compiles every block of {@code page} into {@code folder}, and says how many there were. */
    public int compile(Path page, Path folder) throws IOException {
        List<String> blocks = BLOCK.matcher(Files.readString(page))
                .results()
                .map(block -> block.group(1))
                .toList();
        for (int i = 0; i < blocks.size(); i++) {
            compile(page + ", block " + (i + 1), blocks.get(i), Files.createDirectories(folder.resolve("block" + i)));
        }
        return blocks.size();
    }

    private void compile(String what, String block, Path folder) throws IOException {
        Matcher type = TYPE.matcher(block);
        boolean isFile = type.find();
        String code =
                isFile ? block : "class Fragment { void run(" + parameters + ") throws Exception {\n" + block + "}}\n";
        Path source = Files.writeString(
                folder.resolve((isFile ? type.group(1) : "Fragment") + ".java"),
                block.contains("import ") ? code : header() + code);
        compile(what, source, folder);
    }

    /** Compiles the file {@code source}, called {@code what} where it does not compile, into {@code folder}. */
    public static void compile(String what, Path source, Path folder) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeTrue(compiler != null, "this Java has no compiler");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = compiler.run(
                null,
                null,
                errors,
                "-proc:none",
                "-d",
                folder.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
        assertThat(status)
                .as(what + ":\n" + errors.toString(StandardCharsets.UTF_8))
                .isZero();
    }

    private String header() {
        StringBuilder header = new StringBuilder();
        imports.forEach(each -> header.append("import ").append(each).append(";\n"));
        return header.toString();
    }
}
