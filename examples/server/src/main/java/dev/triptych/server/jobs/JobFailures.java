package dev.triptych.server.jobs;

import dev.triptych.server.http.HttpFailure;

/** How a job that gave no picture is answered where somebody waits for the picture itself. */
public final class JobFailures {

    private JobFailures() {}

    /**
     * {@code job}, if it has its pictures.
     *
     * @throws HttpFailure that says why not
     */
    public static Job completed(Job job) {
        if (job.status() == JobStatus.COMPLETED) {
            return job;
        }
        Job.Failure failure =
                job.failure().orElse(new Job.Failure("cancelled", "cancelled; nothing was charged", false));
        if (job.status() == JobStatus.UNKNOWN) {
            throw new HttpFailure(
                    502,
                    "may_be_billed",
                    failure.message() + "; it may have been billed, so look at the provider's list of charges before"
                            + " asking again");
        }
        throw new HttpFailure(status(failure.code()), failure.code(), failure.message());
    }

    /** What our provider refused is not the client's fault, and not its key's. */
    private static int status(String code) {
        return switch (code) {
            case "content_rejected", "unsupported", "invalid_request" -> 400;
            case "budget_exceeded", "rate_limited" -> 429;
            case "cancelled" -> 409;
            case "unavailable" -> 503;
            case "authentication", "fetch_failed", "unexpected_response" -> 502;
            default -> 500;
        };
    }
}
