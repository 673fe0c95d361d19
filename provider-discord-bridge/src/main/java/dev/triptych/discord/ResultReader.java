package dev.triptych.discord;

import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.media.ImageGrid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes a result of a job's last message: its pictures are fetched, a grid is cut into its tiles. Thread-safe. */
final class ResultReader {

    private static final int FETCH_ATTEMPTS = 4;
    private static final long FETCH_PAUSE_MILLIS = 200;

    private final Relay relay;
    private final GeneratorInfo info;
    private final boolean tellsSeeds;
    private final MonotonicTime time;
    private final long mostPauseMillis;

    /**
     * @param tellsSeeds whether the other side uses the seed that it is given
     * @param mostPauseMillis the longest pause between two attempts
     */
    ResultReader(Relay relay, GeneratorInfo info, boolean tellsSeeds, MonotonicTime time, long mostPauseMillis) {
        this.relay = relay;
        this.info = info;
        this.tellsSeeds = tellsSeeds;
        this.time = time;
        this.mostPauseMillis = mostPauseMillis;
    }

    /**
     * The result in {@code finished}.
     *
     * @throws ImageFetcher.FetchFailure if a picture cannot be had by the deadline, however often it is tried
     */
    ImageResult read(ChannelRequest request, JobAwaiter.Finished finished, RelayCall call, long began)
            throws ImageFetcher.FetchFailure {
        Message message = finished.message();
        for (int attempt = 1; ; attempt++) {
            try {
                return result(request, finished, fetch(message, call.scope()), call.context(), began);
            } catch (ImageFetcher.FetchFailure e) {
                checkWanted(call);
                boolean late = time.millis() >= call.deadline();
                if (!e.isWorthRepeating() || attempt == FETCH_ATTEMPTS || late) {
                    throw e;
                }
                pause(FETCH_PAUSE_MILLIS << attempt, call);
                message = fresh(message, call);
            }
        }
    }

    /** A deadline that has passed is no wish to stop: the failure to fetch says more. */
    private static void checkWanted(RelayCall call) {
        if (call.scope().isCancelled() || Thread.currentThread().isInterrupted()) {
            call.context().checkActive(Errors.PROVIDER, Outcome.COMPLETED);
        }
    }

    private void pause(long millis, RelayCall call) {
        try {
            call.scope().sleep(time, Math.min(millis, mostPauseMillis), "fetching");
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.COMPLETED);
        }
    }

    /** The message again: Discord signs its links anew each time it is read. */
    private Message fresh(Message message, RelayCall call) {
        try {
            return relay.message(message.id(), call.scope());
        } catch (RestFailure e) {
            if (e.kind() == RestFailure.Kind.NOT_FOUND) {
                throw new UnexpectedResponseException(
                        "the result must stay on Discord until it is fetched but message " + message.id()
                                + " was deleted",
                        ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED),
                        e);
            }
            checkWanted(call);
            return message;
        }
    }

    private List<byte[]> fetch(Message message, CallScope scope) throws ImageFetcher.FetchFailure {
        List<byte[]> pictures = new ArrayList<>();
        for (Message.Attachment attachment : message.images()) {
            pictures.add(relay.fetcher().fetch(attachment, scope));
        }
        return pictures;
    }

    private ImageResult result(
            ChannelRequest request,
            JobAwaiter.Finished finished,
            List<byte[]> pictures,
            GenerationContext context,
            long began) {
        boolean grid = pictures.size() == 1 && !finished.signal().single() && !request.keepsGrid();
        List<byte[]> parts = grid ? tiles(pictures.get(0), finished) : pictures;
        List<GeneratedImage> images = new ArrayList<>();
        int wanted = request.effective().count();
        for (int i = 0; i < Math.min(wanted, parts.size()); i++) {
            images.add(image(request, finished, parts.get(i), i, parts.size() > 1));
        }
        List<GenerationWarning> warnings = new ArrayList<>(request.warnings());
        for (String ignored : finished.signal().ignored()) {
            warnings.add(GenerationWarning.ignored("prompt", "the image bot could not follow " + ignored));
        }
        return new ImageResult(
                images,
                missing(images.size(), wanted, finished),
                warnings,
                Optional.empty(),
                Optional.empty(),
                ExecutionRecord.of(info, context, request.effective(), Duration.ofMillis(time.millis() - began)));
    }

    private static List<byte[]> tiles(byte[] grid, JobAwaiter.Finished finished) {
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

    private GeneratedImage image(
            ChannelRequest request, JobAwaiter.Finished finished, byte[] bytes, int index, boolean several) {
        PictureId id = new PictureId(finished.message().id(), several ? index + 1 : 0);
        GeneratedImage image = GeneratedImage.of(bytes).withImageId(id.toString());
        OptionalLong seed = finished.job().plan.seed();
        boolean known = tellsSeeds && request.reference().isEmpty() && seed.isPresent();
        return known ? image.withSeed(seed.getAsLong() + index) : image;
    }

    private static List<ImageFailure> missing(int got, int wanted, JobAwaiter.Finished finished) {
        List<ImageFailure> failures = new ArrayList<>();
        for (int i = got; i < wanted; i++) {
            ImageGenerationException reason = new UnexpectedResponseException(
                    "the image bot must make " + wanted + " pictures but made " + got,
                    ErrorOrigin.of(Errors.PROVIDER, Outcome.COMPLETED).withRequestId(finished.job().id));
            failures.add(new ImageFailure(i, reason));
        }
        return failures;
    }
}
