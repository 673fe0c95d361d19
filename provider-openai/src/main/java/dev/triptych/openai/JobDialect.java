package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import okhttp3.HttpUrl;

/** How one kind of server speaks of jobs, behind {@link JobServer}. Stateless. */
interface JobDialect {

    /**
     * The job that the server accepted with {@code answer}.
     *
     * @throws IllegalArgumentException if it names none
     */
    JobTicket ticket(JsonNode answer, ServerSettings settings);

    /** How far the job is by {@code status}. */
    JobState state(JsonNode status, JobErrors errors);

    /** The pictures that {@code result} names. */
    ImagesAnswer pictures(JsonNode result, JobErrors errors);

    /** The method by which a job is told to stop at its cancel URL. */
    String cancelMethod();

    /** Tells the server to stop a job, and whether it says that it does. */
    default boolean stop(JobTicket ticket, ServerSettings settings, SideCalls side) {
        return side.succeeds(
                cancelMethod(), HttpUrl.get(ticket.cancelUrl()), credentials(settings), Json.MAPPER.createObjectNode());
    }

    /** The longest wait between two questions. */
    default Duration longestPause() {
        return Duration.ofSeconds(5);
    }

    /** The headers that hold the key. */
    Map<String, String> credentials(ServerSettings settings);

    /** Whether the key may go to {@code url}, which an answer named: by default to the configured host alone. */
    default boolean trusts(HttpUrl url, ServerSettings settings) {
        HttpUrl base = settings.baseUrl();
        return url.scheme().equals(base.scheme()) && url.host().equals(base.host()) && url.port() == base.port();
    }

    /** {@code given} where the key may go there, else {@code own}, the address by the documentation. */
    default String address(String given, HttpUrl own, ServerSettings settings) {
        HttpUrl parsed = HttpUrl.parse(given);
        return parsed != null && trusts(parsed, settings) ? given : own.toString();
    }
}
