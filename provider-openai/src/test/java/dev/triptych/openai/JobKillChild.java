package dev.triptych.openai;

import dev.triptych.ImageGenerator;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that makes one picture by a job and keeps it, unless it is killed on the way. */
public final class JobKillChild {

    private JobKillChild() {}

    /** Arguments: dialect, base URL, folder of the jobs, prompt, file to keep the picture in. */
    public static void main(String[] arguments) throws Exception {
        try (ImageGenerator generator = generator(arguments[0], arguments[1], Path.of(arguments[2]))) {
            byte[] picture = generator.generate(arguments[3]).image().bytes();
            Path file = Path.of(arguments[4]);
            Path aside = file.resolveSibling(file.getFileName() + ".part");
            Files.write(aside, picture);
            Files.move(aside, file);
        }
    }

    static OpenAiImageGenerator generator(String dialect, String base, Path jobs) {
        return OpenAiImageGenerator.builder()
                .profile(dialect)
                .baseUrl(base)
                .apiKey("kill-key-0123456789")
                .mark(false)
                .jobs(jobs)
                .sleeper((time, cancellation) -> Thread.sleep(2))
                .build();
    }
}
