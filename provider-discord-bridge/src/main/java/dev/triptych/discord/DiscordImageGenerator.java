package dev.triptych.discord;

import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.media.ImageGrid;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    private static final int TILES = 4;
    /**
     * What is left of Discord's 2000 characters when the message's own words and the bot's repetition are taken off.
     */
    private static final int MOST_PROMPT = 1600;

    private static final long SEEDS = 1L << 32;
    private static final int FETCH_ATTEMPTS = 4;
    private static final long FETCH_PAUSE_MILLIS = 200;
    private static final String BUTTON = "discord.button";
    private static final String WHOLE_GRID = "discord.whole-grid";

    private final DiscordSettings settings;
    private final RelayWorld world;
    private final Relay relay;
    private final Dialect dialect;
    private final Capabilities capabilities;
    private final GeneratorInfo info;

    /** A generator that works as {@code settings} say. */
    public DiscordImageGenerator(DiscordSettings settings) {
        this(settings, RelayWorld.system());
    }

    DiscordImageGenerator(DiscordSettings settings, RelayWorld world) {
        this.settings = settings;
        this.world = world;
        this.relay = new Relay(settings, world);
        this.dialect = settings.mode() == DiscordMode.SELF_HOSTED
                ? new SelfHostedDialect(settings.trustedAuthors().get(0))
                : new HandoffDialect(settings.person());
        this.capabilities = capabilities(settings.mode());
        this.info = new GeneratorInfo(
                settings.name(), Errors.PROVIDER, settings.mode().word(), "", false);
    }

    /**
     * What a channel can do. A call counts as billed, since nobody here knows what stands behind the bot; repeating it
     * is safe all the same, since the job is found again.
     */
    private static Capabilities capabilities(DiscordMode mode) {
        Capabilities.Builder builder = Capabilities.builder()
                .operations(Operation.VARIATION, Operation.UPSCALE)
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.ASPECT_RATIO,
                        Parameter.SEED,
                        Parameter.QUALITY,
                        Parameter.STYLE)
                .maxImagesPerCall(TILES)
                .qualities(Set.of("0.25", "0.5", "1", "2", "4"))
                .styles(Set.of("raw", "cute", "scenic", "expressive", "original"))
                .maxPromptCharacters(MOST_PROMPT)
                .options(
                        "discord",
                        Set.of(
                                "discord.stylize",
                                "discord.chaos",
                                "discord.weird",
                                "discord.niji",
                                "discord.iw",
                                "discord.tile",
                                "discord.v",
                                "discord.raw",
                                "discord.stop",
                                BUTTON,
                                WHOLE_GRID))
                .costClass(CostClass.BILLED)
                .reconcilable(true)
                .previews(true);
        if (mode == DiscordMode.SELF_HOSTED) {
            builder.operations(Operation.IMAGE_TO_IMAGE)
                    .honours(Parameter.STRENGTH)
                    .maxInputs(1);
        }
        return builder.build();
    }

    @Override
    public ImageResult generate(ImageRequest wanted, GenerationContext context) {
        long began = world.time().millis();
        Plan plan = plan(wanted, context);
        long deadline = began + waitFor(context);
        context.checkActive(Errors.PROVIDER, Outcome.NOT_SENT);
        relay.start(context, deadline);
        context.emit(new GenerationEvent.Started(info));
        CallScope scope = new CallScope(deadline, context.cancellation());
        Relay.Finished finished = plan.reference == null
                ? imagine(plan, context, deadline)
                : press(plan, plan.reference, context, deadline, scope);
        ImageResult result = fetch(plan, finished, context, deadline, began);
        relay.delivered(finished.job());
        return result;
    }

    private long waitFor(GenerationContext context) {
        long most = settings.timeout().toMillis();
        return context.remaining().map(left -> Math.min(most, left.toMillis())).orElse(most);
    }

    // What is asked.

    /** A request that was checked and put into the words of the channel. */
    private static final class Plan {
        private final ImageRequest effective;
        private final List<GenerationWarning> warnings;
        private final ImagineCommand command;
        private final List<Upload> uploads;
        private final @Nullable PictureId reference;

        private Plan(
                ImageRequest effective,
                List<GenerationWarning> warnings,
                ImagineCommand command,
                List<Upload> uploads,
                @Nullable PictureId reference) {
            this.effective = effective;
            this.warnings = warnings;
            this.command = command;
            this.uploads = uploads;
            this.reference = reference;
        }
    }

    private Plan plan(ImageRequest wanted, GenerationContext context) {
        List<GenerationWarning> warnings = new ArrayList<>();
        ImageRequest shaped = shapeOnly(wanted, context.negotiation(), warnings);
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(shaped, capabilities, context.negotiation(), Errors.PROVIDER);
        warnings.addAll(negotiated.warnings());
        ImageRequest effective = negotiated.request();
        Optional<ImageReference> reference = effective.reference();
        if (effective.operation() == Operation.VARIATION && reference.isEmpty()) {
            throw Errors.unsupported("a variation must name an earlier picture of the channel but named none");
        }
        if (effective.operation() == Operation.UPSCALE && effective.count() > 1) {
            throw Errors.unsupported("count must be 1 for an upscale but was " + effective.count());
        }
        ImagineCommand command = command(effective, reference.isPresent());
        for (String other : command.others()) {
            warnings.add(GenerationWarning.notice(
                    "prompt", "a parameter is not known here and was passed on: --" + firstWord(other)));
        }
        return new Plan(
                effective,
                warnings,
                command,
                uploads(effective.inputs()),
                reference.map(value -> PictureId.parse(value.imageId())).orElse(null));
    }

    private static String firstWord(String text) {
        return text.split(" ", 2)[0];
    }

    /** A channel knows shapes, not sizes. */
    private static ImageRequest shapeOnly(ImageRequest wanted, NegotiationMode mode, List<GenerationWarning> warnings) {
        if (wanted.size().isEmpty()) {
            return wanted;
        }
        ImageSize size = wanted.size().get();
        int divisor = BigInteger.valueOf(size.width())
                .gcd(BigInteger.valueOf(size.height()))
                .intValue();
        AspectRatio ratio = new AspectRatio(size.width() / divisor, size.height() / divisor);
        String message = "size has no effect here but its shape has; " + ratio + " was taken";
        if (mode == NegotiationMode.STRICT) {
            throw Errors.unsupported(message);
        }
        warnings.add(GenerationWarning.adapted("size", message));
        return wanted.toBuilder().size((ImageSize) null).aspectRatio(ratio).build();
    }

    private ImagineCommand command(ImageRequest effective, boolean refersBack) {
        try {
            ImagineCommand command = ImagineCommand.of(effective);
            if (command.prompt().isEmpty() && !refersBack) {
                throw Errors.unsupported("prompt must have words before its parameters but had none");
            }
            return command;
        } catch (IllegalArgumentException e) {
            throw Errors.unsupported(String.valueOf(e.getMessage()));
        }
    }

    private List<Upload> uploads(List<ImageInput> inputs) {
        List<Upload> uploads = new ArrayList<>();
        for (ImageInput input : inputs) {
            byte[] bytes = input.bytes();
            if (bytes.length > settings.uploadLimit()) {
                throw Errors.unsupported("input must be at most " + settings.uploadLimit()
                        + " bytes (upload-limit) but was " + bytes.length);
            }
            String name = "input" + uploads.size() + "." + input.header().fileExtension();
            uploads.add(new Upload(name, input.header().mediaType(), bytes));
        }
        return uploads;
    }

    // Asking.

    private Relay.Finished imagine(Plan plan, GenerationContext context, long deadline) {
        OptionalLong seed = plan.command.seed();
        long marker = seed.orElseGet(() -> world.random().nextLong(SEEDS));
        JobPlan job = new JobPlan(
                context.requestId(),
                JobIds.digest(plan.effective),
                JobPlan.IMAGINE,
                "",
                0,
                OptionalLong.of(marker),
                "0");
        int images = plan.effective.count() == 1 ? 1 : TILES;
        return relay.run(
                job,
                new Relay.Request(
                        posted -> dialect.imagine(
                                posted,
                                seed.isPresent()
                                        ? plan.command
                                        : plan.command.with(
                                                ImagineParameter.SEED,
                                                Long.toString(posted.plan.seed().orElse(marker))),
                                images),
                        plan.uploads),
                context,
                deadline);
    }

    private Relay.Finished press(
            Plan plan, PictureId reference, GenerationContext context, long deadline, CallScope scope) {
        try {
            Message parent = relay.message(reference.message(), scope);
            String label = label(plan, reference, parent);
            JobPlan job = new JobPlan(
                    context.requestId(),
                    JobIds.digest(plan.effective),
                    label,
                    parent.id(),
                    reference.tile(),
                    OptionalLong.empty(),
                    "0");
            if (plan.effective.operation() == Operation.UPSCALE) {
                Optional<String> earlier = relay.earlierPress(parent.id(), label);
                if (earlier.isPresent()) {
                    Message result = relay.message(earlier.get(), scope);
                    return new Relay.Finished(
                            new Job(JobIds.of(job, 0), job, 0), result, BotMessageParser.parse(result));
                }
            }
            return relay.run(
                    job,
                    new Relay.Request(posted -> dialect.press(posted, parent, label), List.of()),
                    context,
                    deadline);
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.NOT_SENT);
        }
    }

    /** The button for what is asked, among those that the message has. */
    private String label(Plan plan, PictureId reference, Message parent) {
        if (!settings.trustedAuthors().contains(parent.author())) {
            throw Errors.unsupported(
                    "reference must be to a message of a trusted author but message " + parent.id() + " is not");
        }
        Optional<String> named = Optional.ofNullable(plan.effective.options().get(BUTTON));
        List<String> wanted = named.map(List::of).orElseGet(() -> usual(plan.effective.operation(), reference.tile()));
        for (String label : wanted) {
            for (Message.Button button : parent.buttons()) {
                if (button.label().equals(label) && !isSpent(button, parent)) {
                    return label;
                }
            }
        }
        throw Errors.unsupported("picture must offer one of the buttons " + wanted + " but offers "
                + parent.buttons().stream()
                        .filter(button -> !isSpent(button, parent))
                        .map(Message.Button::label)
                        .toList());
    }

    /** A disabled button still stands for the result that it brought, where we know it. */
    private boolean isSpent(Message.Button button, Message parent) {
        return button.disabled()
                && relay.earlierPress(parent.id(), button.label()).isEmpty();
    }

    private static List<String> usual(Operation operation, int tile) {
        if (operation == Operation.UPSCALE) {
            return tile > 0 ? List.of("U" + tile) : List.of("Upscale", "Upscale (Subtle)");
        }
        return tile > 0 ? List.of("V" + tile) : List.of("Vary", "Vary (Strong)", "🔄");
    }

    // Bringing the pictures.

    private ImageResult fetch(
            Plan plan, Relay.Finished finished, GenerationContext context, long deadline, long began) {
        Message message = finished.message();
        for (int attempt = 1; ; attempt++) {
            try {
                CallScope scope = new CallScope(deadline, context.cancellation());
                return result(plan, finished, message, context, scope, began);
            } catch (ImageFetcher.FetchFailure e) {
                if (context.cancellation().isCancelled()
                        || Thread.currentThread().isInterrupted()) {
                    context.checkActive(Errors.PROVIDER, Outcome.COMPLETED);
                }
                boolean late = world.time().millis() >= deadline;
                if (!e.isWorthRepeating() || attempt == FETCH_ATTEMPTS || late) {
                    throw notFetched(plan, finished, e, began);
                }
                pause(FETCH_PAUSE_MILLIS << attempt);
                message = fresh(message, new CallScope(deadline, context.cancellation()));
            }
        }
    }

    private ImageFetchException notFetched(
            Plan plan, Relay.Finished finished, ImageFetcher.FetchFailure cause, long began) {
        return new ImageFetchException(
                String.valueOf(cause.getMessage()),
                ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED).withRequestId(finished.job().id),
                cause,
                again -> {
                    long deadline = world.time().millis() + waitFor(again);
                    ImageResult result = fetch(plan, finished, again, deadline, began);
                    relay.delivered(finished.job());
                    return result;
                });
    }

    /** The message again: Discord signs its links anew each time it is read. */
    private Message fresh(Message message, CallScope scope) {
        try {
            return relay.message(message.id(), scope);
        } catch (RestFailure e) {
            if (e.kind() == RestFailure.Kind.NOT_FOUND) {
                throw new UnexpectedResponseException(
                        "the result must stay on Discord until it is fetched but message " + message.id()
                                + " was deleted",
                        ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED),
                        e);
            }
            return message;
        }
    }

    private void pause(long millis) {
        try {
            world.time().sleep(Math.min(millis, settings.restTimeout().toMillis()));
        } catch (InterruptedException e) {
            throw Errors.interrupted(Outcome.COMPLETED, e);
        }
    }

    private ImageResult result(
            Plan plan, Relay.Finished finished, Message message, GenerationContext context, CallScope scope, long began)
            throws ImageFetcher.FetchFailure {
        List<Message.Attachment> attachments = message.images();
        List<byte[]> pictures = new ArrayList<>();
        for (Message.Attachment attachment : attachments) {
            pictures.add(relay.fetcher().fetch(attachment, scope));
        }
        boolean grid = pictures.size() == 1
                && !finished.signal().single()
                && !"true".equals(plan.effective.options().get(WHOLE_GRID));
        List<byte[]> parts = grid ? tiles(pictures.get(0), finished) : pictures;
        List<GeneratedImage> images = new ArrayList<>();
        int wanted = plan.effective.count();
        for (int i = 0; i < Math.min(wanted, parts.size()); i++) {
            images.add(image(plan, finished, parts.get(i), i, parts.size() > 1));
        }
        List<GenerationWarning> warnings = new ArrayList<>(plan.warnings);
        for (String ignored : finished.signal().ignored()) {
            warnings.add(GenerationWarning.ignored("prompt", "the image bot could not follow " + ignored));
        }
        return new ImageResult(
                images,
                missing(images.size(), wanted, finished),
                warnings,
                Optional.empty(),
                Optional.empty(),
                ExecutionRecord.of(
                        info,
                        context,
                        plan.effective,
                        Duration.ofMillis(world.time().millis() - began)));
    }

    private static List<byte[]> tiles(byte[] grid, Relay.Finished finished) {
        try {
            return ImageGrid.split(grid, 2, 2);
        } catch (IllegalArgumentException e) {
            throw new UnexpectedResponseException(
                    "the grid cannot be split: " + e.getMessage() + " (message "
                            + finished.message().id() + ")",
                    ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED),
                    e);
        }
    }

    private GeneratedImage image(Plan plan, Relay.Finished finished, byte[] bytes, int index, boolean several) {
        PictureId id = new PictureId(finished.message().id(), several ? index + 1 : 0);
        GeneratedImage image = GeneratedImage.of(bytes).withImageId(id.toString());
        OptionalLong seed = finished.job().plan.seed();
        boolean known = settings.mode() == DiscordMode.SELF_HOSTED && plan.reference == null && seed.isPresent();
        return known ? image.withSeed(seed.getAsLong() + index) : image;
    }

    private static List<ImageFailure> missing(int got, int wanted, Relay.Finished finished) {
        List<ImageFailure> failures = new ArrayList<>();
        for (int i = got; i < wanted; i++) {
            ImageGenerationException reason = new UnexpectedResponseException(
                    "the image bot must make " + wanted + " pictures but made " + got,
                    ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED).withRequestId(finished.job().id));
            failures.add(new ImageFailure(i, reason));
        }
        return failures;
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
        relay.close();
    }

    @Override
    public String toString() {
        return "DiscordImageGenerator[" + settings + "]";
    }
}
