package dev.triptych.discord;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.RunningCalls;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Pictures by way of a Discord channel: the relay asks an image bot (or a person) with a message, follows the answer
 * and brings the pictures. Safe for use by several threads; connects on first use.
 *
 * <pre>{@code
 * DiscordSettings settings = DiscordSettings.builder()
 *         .token(System.getenv("DISCORD_TOKEN"))
 *         .channel("1234")
 *         .trustedAuthors(List.of("5678"))
 *         .build();
 * try (ImageGenerator artist = new DiscordImageGenerator(settings)) {
 *     ImageResult grid = artist.generate(ImageRequest.builder().prompt("a red fox --ar 3:2").count(4).build());
 * }
 * }</pre>
 */
public final class DiscordImageGenerator implements ImageGenerator {

    private final DiscordSettings settings;
    private final MonotonicTime time;
    private final GeneratorInfo info;
    private final Capabilities capabilities;
    private final RequestReader reader;
    private final Dialect dialect;
    private final Relay relay;
    private final ResultReader results;
    private final RunningCalls calls;

    /** A generator that works as {@code settings} say. */
    public DiscordImageGenerator(DiscordSettings settings) {
        this(settings, RelayEnvironment.system());
    }

    DiscordImageGenerator(DiscordSettings settings, RelayEnvironment environment) {
        boolean selfHosted = settings.mode() == DiscordMode.SELF_HOSTED;
        this.settings = settings;
        this.time = environment.time();
        this.info = new GeneratorInfo(
                settings.name(), Errors.PROVIDER, settings.mode().word(), "", false);
        this.capabilities = ChannelCapabilities.of(settings.mode());
        this.reader = new RequestReader(
                ChannelCapabilities.of(settings.mode(), Integer.MAX_VALUE),
                settings.uploadLimit(),
                environment.random());
        this.dialect = selfHosted
                ? new SelfHostedDialect(settings.trustedAuthors().get(0))
                : new HandoffDialect(settings.person());
        this.relay = new Relay(settings, environment);
        this.results = new ResultReader(
                relay, info, selfHosted, time, settings.restTimeout().toMillis());
        this.calls = new RunningCalls(this::info);
    }

    @Override
    public ImageResult generate(ImageRequest wanted, GenerationContext context) {
        long began = time.millis();
        return calls.run(context, running -> {
            ChannelRequest request = reader.read(wanted, context);
            RelayCall call = new RelayCall(context, running, began + waitFor(context));
            running.context().checkActive(Errors.PROVIDER, Outcome.NOT_SENT);
            relay.start(call);
            running.context().emit(new GenerationEvent.Started(info));
            JobAwaiter.Finished finished = request.reference().isEmpty()
                    ? imagine(request, call)
                    : press(request, request.reference().get(), call);
            return fetch(request, finished, call, began);
        });
    }

    /** Connects, and looks whether messages can be posted in the channel. */
    @Override
    public void prepare(GenerationContext context) {
        calls.run(context, running -> {
            running.context().checkActive(Errors.PROVIDER, Outcome.NOT_SENT);
            relay.start(new RelayCall(context, running, time.millis() + waitFor(context)));
            return true;
        });
    }

    private long waitFor(GenerationContext context) {
        long most = settings.timeout().toMillis();
        return context.remaining().map(left -> Math.min(most, left.toMillis())).orElse(most);
    }

    // Asking.

    private JobAwaiter.Finished imagine(ChannelRequest request, RelayCall call) {
        JobPlan plan = plan(request, call, JobPlan.IMAGINE, "", 0, OptionalLong.of(request.seed()));
        int images = request.effective().count() == 1 ? 1 : ChannelCapabilities.TILES;
        // A job that an earlier call left keeps the seed that it had.
        return relay.run(
                plan,
                new JobPoster.Request(
                        job -> dialect.imagine(job, request.seeded(job.plan.seed()), images), request.uploads()),
                call);
    }

    private static JobPlan plan(
            ChannelRequest request, RelayCall call, String action, String parent, int tile, OptionalLong seed) {
        return new JobPlan(
                call.caller().requestId(), JobIds.digest(request.effective()), action, parent, tile, seed, "0");
    }

    private JobAwaiter.Finished press(ChannelRequest request, PictureId reference, RelayCall call) {
        try {
            Message parent = relay.message(reference.message(), call.scope());
            requireTrusted(parent);
            String label = ButtonChoice.label(
                    request,
                    reference,
                    parent,
                    button -> relay.earlierPress(parent.id(), button).isPresent());
            JobPlan plan = plan(request, call, label, parent.id(), reference.tile(), OptionalLong.empty());
            Optional<String> earlier = request.effective().operation() == Operation.UPSCALE
                    ? relay.earlierPress(parent.id(), label)
                    : Optional.empty();
            if (earlier.isPresent()) {
                call.running().begin(CostClass.BILLED);
                Message result = relay.message(earlier.get(), call.scope());
                return new JobAwaiter.Finished(
                        new Job(JobIds.of(plan, 0), plan), result, BotMessageParser.parse(result));
            }
            return relay.run(plan, new JobPoster.Request(job -> dialect.press(job, parent, label), List.of()), call);
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.NOT_SENT);
        }
    }

    private void requireTrusted(Message parent) {
        if (!settings.trustedAuthors().contains(parent.author())) {
            throw Errors.unsupported(
                    "reference must be to a message of a trusted author but message " + parent.id() + " is not");
        }
    }

    // Bringing the pictures.

    private ImageResult fetch(ChannelRequest request, JobAwaiter.Finished finished, RelayCall call, long began) {
        try {
            ImageResult result = results.read(request, finished, call, began);
            relay.delivered(finished.job());
            return result;
        } catch (ImageFetcher.FetchFailure e) {
            throw new ImageFetchException(
                    String.valueOf(e.getMessage()),
                    ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED).withRequestId(finished.job().id),
                    e,
                    again -> fetchAgain(request, finished, again, began));
        }
    }

    private ImageResult fetchAgain(
            ChannelRequest request, JobAwaiter.Finished finished, GenerationContext again, long began) {
        return calls.run(again, running -> {
            running.begin(CostClass.BILLED);
            RelayCall call = new RelayCall(again, running, time.millis() + waitFor(again));
            return fetch(request, finished, call, began);
        });
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    @Override
    public void close() {
        calls.close(relay::close);
    }

    @Override
    public String toString() {
        return "DiscordImageGenerator[" + settings + "]";
    }
}
