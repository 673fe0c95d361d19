package dev.triptych;

/**
 * Makes pictures from text: a hosted API, the local engine or a Discord relay, all behind this one interface.
 *
 * <pre>{@code
 * try (GeneratorRegistry registry = GeneratorRegistry.load(Path.of("triptych.yaml"))) {
 *     ImageResult result = registry.defaultGenerator().generate("a red fox in the snow");
 *     Files.write(Path.of("fox.png"), result.image().bytes());
 * }
 * }</pre>
 *
 * <p>Implementations are immutable and safe for use by several threads. A provider writes
 * {@link #generate(ImageRequest, GenerationContext)}, {@link #capabilities()} and {@link #info()}; everything else is
 * here.
 */
public interface ImageGenerator extends AutoCloseable {

    /**
     * Makes the pictures of {@code request} and returns when they are there. Interrupting the calling thread, or
     * cancelling {@code context}, ends the work wherever it is. The context's listener hears of the work on the way;
     * its end is what this method returns or throws.
     *
     * @throws UnsupportedRequestException if this provider cannot do what is asked, before any work or money is spent
     * @throws AuthenticationException if the key is missing or wrong, or the account has no credit
     * @throws RateLimitedException if the provider says to come back later
     * @throws ContentRejectedException if every picture of the request was refused
     * @throws ProviderUnavailableException if the provider cannot be reached, fails or does not answer in time
     * @throws UnexpectedResponseException if the provider's answer cannot be read
     * @throws ImageFetchException if the pictures were made but could not be fetched
     * @throws ModelLoadException if a model file is missing, damaged or of an unknown shape
     * @throws GenerationCancelledException if the thread was interrupted or the context cancelled
     */
    ImageResult generate(ImageRequest request, GenerationContext context);

    /**
     * What this generator honours, its limits and its cost class. Answers at once: it loads nothing, asks no network
     * and waits for no running call. What only loading can tell is stated as {@link Capabilities#provisional()
     * provisional} until then.
     */
    Capabilities capabilities();

    /**
     * Who this generator is: its name, provider, model and revision. Answers at once, as {@link #capabilities()} does;
     * the revision is empty until it is known.
     */
    GeneratorInfo info();

    /**
     * Does everything now that a first call would do before its own work: downloads, loads, warms up. Cancelling
     * {@code context} or interrupting the thread ends it. The listener hears {@link GenerationEvent.Downloading} and
     * {@link GenerationEvent.Loading}. Does nothing where nothing is to prepare; a failure is forgotten, so that the
     * next call tries again.
     *
     * @throws ModelLoadException if a model file is missing, damaged or of an unknown shape
     * @throws ProviderUnavailableException if the generator is closed, or what it needs cannot be fetched
     * @throws GenerationCancelledException if the thread was interrupted or the context cancelled
     */
    default void prepare(GenerationContext context) {}

    /**
     * {@code request} with the contents of the files that it names: a generator whose settings give names to files,
     * such as LoRAs, adds what tells their contents apart, so that equal requests mean equal pictures. It is the key of
     * a cache, and can be sent in the place of the request. Where a request names nothing, it is returned as it is.
     *
     * @throws UnsupportedRequestException if it names what this generator does not have
     * @throws ModelLoadException if a file cannot be read
     */
    default ImageRequest pinned(ImageRequest request) {
        return request;
    }

    /** Makes the pictures of {@code request} without a deadline, listener or outside cancellation. */
    default ImageResult generate(ImageRequest request) {
        return generate(request, GenerationContext.create());
    }

    /** Makes one picture of {@code prompt} with the provider's default settings. */
    default ImageResult generate(String prompt) {
        return generate(ImageRequest.of(prompt));
    }

    /** Starts {@code request} in the background; the handle waits for it or cancels it. */
    default GenerationHandle submit(ImageRequest request, GenerationListener listener) {
        return GenerationHandle.start(
                this, request, GenerationContext.builder().listener(listener).build());
    }

    /**
     * This generator, or one that it wraps, as {@code type}; for what only one provider can do.
     *
     * @throws IllegalArgumentException if no generator in the chain is a {@code type}
     */
    default <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new IllegalArgumentException("unwrap expected a " + type.getName() + " but found "
                + getClass().getName());
    }

    /**
     * Ends what runs and releases sessions, connections and threads. Once it has begun, new calls fail at once and
     * calls that wait (in a queue, for a rate limit, for their next attempt) end at once, with a
     * {@link ProviderUnavailableException} and {@link Outcome#NOT_SENT}; running work that costs nothing is cancelled
     * ({@link GenerationCancelledException}, NOT_SENT); a call that may have been billed is let finish, for as long as
     * its deadline allows, else for {@linkplain RunningCalls#GRACE two minutes}.
     *
     * <p>Returns when nothing runs any more; a second call waits for the first. Called from a listener of a running
     * call it only begins. {@link RunningCalls} does all of this for an implementation.
     */
    @Override
    void close();
}
