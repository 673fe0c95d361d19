package dev.triptych.discord;

import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/** Holds a request against what the channel can do, and puts it into its words. Everything after it trusts it. */
final class RequestReader {

    private static final long SEEDS = 1L << 32;

    private final Capabilities capabilities;
    private final long uploadLimit;
    private final RandomGenerator random;

    /**
     * Reads requests.
     *
     * @param capabilities without a limit for the prompt alone: what counts is the command as it is sent
     * @param random where the seed of a request without one comes from
     */
    RequestReader(Capabilities capabilities, long uploadLimit, RandomGenerator random) {
        this.capabilities = capabilities;
        this.uploadLimit = uploadLimit;
        this.random = random;
    }

    /**
     * What {@code wanted} asks of the channel.
     *
     * @throws dev.triptych.UnsupportedRequestException if the channel cannot do that
     */
    ChannelRequest read(ImageRequest wanted, GenerationContext context) {
        List<GenerationWarning> warnings = new ArrayList<>();
        ImageRequest shaped = shapeOnly(wanted, context.negotiation(), warnings);
        Negotiation.Negotiated negotiated =
                Negotiation.negotiate(shaped, capabilities, context.negotiation(), Errors.PROVIDER);
        warnings.addAll(negotiated.warnings());
        ImageRequest effective = negotiated.request();
        Optional<PictureId> reference = effective.reference().map(value -> PictureId.parse(value.imageId()));
        refuseWhatIsIncomplete(effective, reference.isPresent());
        ImagineCommand command = command(effective, reference.isPresent());
        for (String other : command.others()) {
            warnings.add(GenerationWarning.notice(
                    "prompt", "a parameter is not known here and was passed on: --" + firstWord(other)));
        }
        ChannelRequest request = new ChannelRequest(
                effective,
                warnings,
                command,
                command.seed().orElseGet(() -> random.nextLong(SEEDS)),
                uploads(effective.inputs()),
                reference);
        if (reference.isEmpty()) {
            measure(request.seeded(OptionalLong.empty()));
        }
        return request;
    }

    private static void refuseWhatIsIncomplete(ImageRequest effective, boolean refersBack) {
        if (effective.operation() == Operation.VARIATION && !refersBack) {
            throw Errors.unsupported("a variation must name an earlier picture of the channel but named none");
        }
        if (effective.operation() == Operation.UPSCALE && effective.count() > 1) {
            throw Errors.unsupported("count must be 1 for an upscale but was " + effective.count());
        }
        if (effective.options().containsKey(ChannelCapabilities.BUTTON) && !refersBack) {
            throw Errors.unsupported(ChannelCapabilities.BUTTON
                    + " must come with a reference to the picture whose button is meant but came with none");
        }
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

    private static ImagineCommand command(ImageRequest effective, boolean refersBack) {
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

    /** The command goes into one message, and comes back in another: Discord counts both in code points. */
    private static void measure(ImagineCommand command) {
        int length = Dialect.length(command.text());
        if (length > ChannelCapabilities.MOST_CHARACTERS) {
            throw Errors.unsupported("prompt, negative prompt and parameters must be at most "
                    + ChannelCapabilities.MOST_CHARACTERS + " characters together but were " + length);
        }
    }

    private List<Upload> uploads(List<ImageInput> inputs) {
        List<Upload> uploads = new ArrayList<>();
        for (ImageInput input : inputs) {
            byte[] bytes = input.bytes();
            if (bytes.length > uploadLimit) {
                throw Errors.unsupported(
                        "input must be at most " + uploadLimit + " bytes (upload-limit) but was " + bytes.length);
            }
            String name = "input" + uploads.size() + "." + input.header().fileExtension();
            uploads.add(new Upload(name, input.header().mediaType(), bytes));
        }
        return uploads;
    }
}
