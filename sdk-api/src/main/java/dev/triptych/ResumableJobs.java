package dev.triptych;

import java.util.List;

/**
 * What a generator can do besides whose calls are jobs at a server: they outlive the process that submitted them, and
 * another one can fetch their pictures without paying again. The same request takes up such a job by itself.
 *
 * <pre>{@code
 * ResumableJobs jobs = generator.unwrap(ResumableJobs.class);
 * for (OpenJob job : jobs.openJobs()) {
 *     ImageResult result = jobs.resume(job, GenerationContext.create());
 * }
 * }</pre>
 */
public interface ResumableJobs {

    /**
     * The jobs of this generator that no process waits for, oldest first.
     *
     * @throws ProviderUnavailableException with {@link Outcome#NOT_SENT} if the record of them cannot be read
     */
    List<OpenJob> openJobs();

    /**
     * Waits for {@code job} and fetches its pictures; nothing is submitted. The prompt is not known any more, so the
     * result's effective request says only which job it was.
     *
     * @throws UnsupportedRequestException if the job is no open one, or another process waits for it
     * @throws ImageGenerationException as {@link ImageGenerator#generate(ImageRequest, GenerationContext)} does
     */
    ImageResult resume(OpenJob job, GenerationContext context);
}
