package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationEvent;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * Black Forest Labs' own API of FLUX.2: {@code POST BASE/v1/MODEL} accepts a job, its {@code polling_url} says how far
 * it is, and in the end where the picture lies, for ten minutes. There is no way to cancel. What a job costs is told in
 * credits of a cent when it is accepted.
 *
 * <p>Source: docs.bfl.ai, API reference and the page on integration, read 2026-11-30.
 */
final class BflProfile extends JobProfile {

    /** A credit in dollars. */
    private static final BigDecimal CREDIT = new BigDecimal("0.01");

    BflProfile() {
        super("bfl");
    }

    @Override
    public boolean tellsCost() {
        return true;
    }

    @Override
    public Map<String, String> credentials(ServerSettings settings) {
        if (settings.bearerToken().isPresent()) {
            return Credentials.bearer(settings);
        }
        String key = Credentials.secret(settings);
        return key.isEmpty() ? Map.of() : Map.of("x-key", key);
    }

    @Override
    HttpUrl submitUrl(ServerSettings settings) {
        return settings.resolve("/v1/" + ServerSettings.encoded(settings.model()));
    }

    /** Polling goes to the region that took the job, which is another host of theirs. */
    @Override
    public boolean trusts(HttpUrl url, ServerSettings settings) {
        boolean theirs = settings.baseUrl().host().endsWith(".bfl.ai");
        return super.trusts(url, settings)
                || (theirs && url.isHttps() && url.host().endsWith(".bfl.ai"));
    }

    @Override
    public JobTicket ticket(JsonNode answer, ServerSettings settings) {
        String id = required(answer, "id");
        HttpUrl own = settings.resolve("/v1/get_result?id=" + ServerSettings.encoded(id));
        return new JobTicket(
                id,
                address(answer.path("polling_url").asText(""), own, settings),
                "",
                "",
                answer.path("cost").isNumber()
                        ? Optional.of(answer.path("cost").decimalValue().multiply(CREDIT))
                        : Optional.empty());
    }

    @Override
    public JobState state(JsonNode status, JobErrors errors) {
        String word = status.path("status").asText("");
        return switch (word) {
            case "Ready" -> new JobState.Done(Optional.of(status.path("result")));
            case "Request Moderated", "Content Moderated" -> new JobState.Failed(errors.refused(word));
            case "Error", "Failed" -> new JobState.Failed(errors.failed(words(status)));
            case "Task not found" -> new JobState.Failed(errors.gone(word));
            default -> new JobState.Waiting(progress(status.path("progress").asDouble(0)));
        };
    }

    private static String words(JsonNode status) {
        JsonNode details = status.path("details");
        return details.isMissingNode() || details.isNull()
                ? status.path("result").asText("")
                : details.isTextual() ? details.asText() : details.toString();
    }

    private static Optional<GenerationEvent> progress(double fraction) {
        int percent = (int) Math.round(fraction * 100);
        return percent > 0 && percent <= 100
                ? Optional.of(new GenerationEvent.Progress(percent, 100))
                : Optional.empty();
    }

    @Override
    public ImagesAnswer pictures(JsonNode result, JobErrors errors) {
        String sample = result.path("sample").asText("");
        if (sample.isEmpty()) {
            throw errors.empty("names none");
        }
        Long seed = result.path("seed").isIntegralNumber() ? result.path("seed").asLong() : null;
        return new ImagesAnswer(
                List.of(JobPictures.item(sample, new ImagesAnswer.Notes(null, seed), errors)),
                Optional.empty(),
                List.of());
    }

    @Override
    public String cancelMethod() {
        return "POST";
    }
}
