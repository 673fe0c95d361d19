package dev.triptych;

/**
 * A generator that stands around another one: it forwards everything and keeps the close rule, and a subclass says what
 * it does differently. Closing it closes the other one. Thread-safe.
 */
public abstract class ForwardingGenerator implements ImageGenerator {

    private final ImageGenerator next;
    private final RunningCalls calls = new RunningCalls(this::info);

    /** Stands around {@code next}, which is not asked for anything yet. */
    protected ForwardingGenerator(ImageGenerator next) {
        this.next = next;
    }

    /** The generator that this one stands around. */
    protected final ImageGenerator next() {
        return next;
    }

    @Override
    public final ImageResult generate(ImageRequest request, GenerationContext context) {
        return calls.run(context, call -> serve(request, call));
    }

    /** Makes the pictures of {@code request}: forwards it, where a subclass says nothing else. */
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        return forward(request, call);
    }

    /** Passes {@code request} on to the other generator. */
    protected final ImageResult forward(ImageRequest request, RunningCalls.Call call) {
        return next.generate(request, call.passOn());
    }

    @Override
    public final void prepare(GenerationContext context) {
        calls.run(context, call -> {
            prepare(call);
            return true;
        });
    }

    /** Prepares the other generator, where a subclass says nothing else. */
    protected void prepare(RunningCalls.Call call) {
        next.prepare(call.passOn());
    }

    @Override
    public Capabilities capabilities() {
        return next.capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return next.info();
    }

    @Override
    public ImageRequest pinned(ImageRequest request) {
        return next.pinned(request);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : next.unwrap(type);
    }

    /** Closes the other generator, and then what only this one holds. */
    @Override
    public final void close() {
        calls.close(this::closeNext, this::release);
    }

    /** Ends the calls that were passed on. */
    protected void closeNext() {
        next.close();
    }

    /** Lets go of what is this generator's own, after its last call. */
    protected void release() {}

    @Override
    public String toString() {
        return next.toString();
    }
}
