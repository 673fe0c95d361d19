package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import okhttp3.HttpUrl;

/**
 * The dialect of one kind of server: how a request is written for it and how its answer is read. One class each, listed
 * in {@link ServerProfiles}. Stateless.
 */
interface ServerProfile {

    /** Its name in the configuration, and the provider's id in results and errors: {@code "azure"}. */
    String id();

    /** Whose rows of the table its models are; OpenAI's where it merely passes them on. */
    default String vendor() {
        return "openai";
    }

    /** Whether the table's prices and days of end are its own. */
    default boolean ownsModels() {
        return !vendor().equals("openai");
    }

    /** Whether a picture's id can be given back in a request. */
    default boolean takesReferences() {
        return false;
    }

    /** Whether an answer says what its call cost. */
    default boolean tellsCost() {
        return false;
    }

    /** Where the server describes the model; empty = our table is all there is. */
    default Optional<HttpUrl> descriptor(ServerSettings settings) {
        return Optional.empty();
    }

    /** What the document at {@link #descriptor} says, as a row of our table. */
    default JsonNode row(JsonNode descriptor) {
        return descriptor;
    }

    /** The option that holds the word for the area, by which a price may go. */
    default String resolutionOption() {
        return ImagesCodec.RESOLUTION;
    }

    /** The base URL where none is configured; {@code ""} = it must be. */
    String defaultBaseUrl();

    /** The model where none is configured; {@code ""} = the server's own default. */
    String defaultModel();

    /** Whether a call without a key is pointless. */
    boolean needsKey();

    /**
     * {@code baseUrl}, which ends without a slash, without what was pasted too much: paths below the base are added by
     * ourselves.
     */
    default String trimmed(String baseUrl) {
        return baseUrl.replaceFirst("/images(/(generations|edits|variations))?$", "");
    }

    /** Says what is missing in {@code settings}, as {@code KEY must be …}; {@code ""} = nothing. */
    default String missing(ServerSettings settings) {
        return "";
    }

    /** What the server honours for the configured model. */
    Capabilities.Builder capabilities(ServerSettings settings);

    /** The request in this server's terms, before it is held against the capabilities. */
    default ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        return request;
    }

    /** The call that asks for {@code request}, which was negotiated before. */
    ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences);

    /** What besides the model decides its pictures, such as a hash of a workflow; {@code ""} = nothing. */
    default String revision() {
        return "";
    }

    /** What is sent before a job of {@code request} is submitted, such as its input pictures. */
    default List<ApiCall> uploads(ImageRequest request, ServerSettings settings, Differences differences) {
        return List.of();
    }

    /** How jobs are spoken of, where a call's answer is a job and no picture. */
    default Optional<JobDialect> jobs() {
        return Optional.empty();
    }

    /** Runs {@code exchange}, which sends {@code call}; a server that can say how far it is is asked meanwhile. */
    default <T> T during(ApiCall call, ServerSettings settings, SideCalls side, Supplier<T> exchange) {
        return exchange.get();
    }

    /**
     * The pictures of an answer with status 200; by default as the images API writes them.
     *
     * @throws IOException if the connection breaks, or the body is not of the form that its type promises
     */
    default ImagesAnswer decode(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        return ImagesAnswerReader.read(answer, maxImageBytes, errors, preview);
    }
}
