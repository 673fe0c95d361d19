package dev.triptych.openai;

import dev.triptych.Cost;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.Provenance;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.Usage;
import dev.triptych.media.ImageEnd;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.XmpPacket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a result of an answer: fetches what is only linked to, reads each picture's header and holds it against the
 * limits. A picture that fails is a failure beside the others, since those are paid for; an error is thrown only where
 * none is left.
 *
 * @param fetcher where links are followed
 * @param limits how large a picture may be
 * @param info who made the pictures
 * @param request the effective request
 * @param marks whether a picture that says nothing of its source is marked as made by a model
 * @param seeds whether the server honours the seed of the request
 * @param warnings how the call differed from what was asked
 * @param usage what the call used
 * @param cost what it cost
 * @param start when the request came
 * @param delivered what is done once there is a result
 */
record ResultAssembly(
        UrlFetcher fetcher,
        ImagesApi.Limits limits,
        GeneratorInfo info,
        ImageRequest request,
        boolean marks,
        boolean seeds,
        List<GenerationWarning> warnings,
        Optional<Usage> usage,
        Optional<Cost> cost,
        Instant start,
        Runnable delivered) {

    /** The result of {@code items}, which are let go one by one. */
    ImageResult of(List<ImagesAnswer.Item> items, GenerationContext context) {
        List<GeneratedImage> images = new ArrayList<>();
        List<ImageFailure> failures = new ArrayList<>();
        List<ImagesAnswer.Item> unfetched = new ArrayList<>();
        for (int index = 0; !items.isEmpty(); index++) {
            ImagesAnswer.Item item = items.remove(0);
            if (item instanceof ImagesAnswer.Refused refused) {
                failures.add(new ImageFailure(index, refused.error()));
                continue;
            }
            try {
                images.add(picture(item, index, context));
            } catch (GenerationCancelledException e) {
                items.add(0, item);
                throw cancelled(e, items);
            } catch (ImageFetchException e) {
                unfetched.add(item);
                failures.add(new ImageFailure(index, e));
            } catch (UnexpectedResponseException e) {
                failures.add(new ImageFailure(index, e));
            }
        }
        if (images.isEmpty()) {
            throw nothing(failures, unfetched);
        }
        delivered.run();
        Duration total = Duration.between(start, context.clock().instant());
        return new ImageResult(
                images, failures, warnings, usage, cost, ExecutionRecord.of(info, context, request, total));
    }

    private GeneratedImage picture(ImagesAnswer.Item item, int index, GenerationContext context) {
        if (item instanceof ImagesAnswer.Content content) {
            return image(content.bytes(), content.notes(), index);
        }
        ImagesAnswer.Link link = (ImagesAnswer.Link) item;
        byte[] bytes = fetcher.fetch(link.url(), context, limits, again(List.of(link)));
        try {
            return image(bytes, link.notes(), index);
        } catch (UnexpectedResponseException e) {
            if (e.remains().isEmpty()) {
                throw e;
            }
            throw new ImageFetchException(
                    String.valueOf(e.getMessage()),
                    e.origin(),
                    e,
                    again(List.of(link)),
                    List.of(fetcher.absolute(link.url())));
        }
    }

    /** Nobody waits any more, but the pictures are paid for: who wants them after all can fetch what is left. */
    private GenerationCancelledException cancelled(GenerationCancelledException e, List<ImagesAnswer.Item> left) {
        List<URI> links = left.stream()
                .filter(ImagesAnswer.Link.class::isInstance)
                .map(item -> fetcher.absolute(((ImagesAnswer.Link) item).url()))
                .toList();
        ImageFetchException unfetched =
                new ImageFetchException(String.valueOf(e.getMessage()), e.origin(), e, again(left), links);
        return new GenerationCancelledException(String.valueOf(e.getMessage()), e.origin(), unfetched);
    }

    /** The download of {@code missing} alone. */
    private ImageFetchException.Download again(List<ImagesAnswer.Item> missing) {
        return context -> of(new ArrayList<>(missing), context);
    }

    private GeneratedImage image(byte[] bytes, ImagesAnswer.Notes notes, int index) {
        // What a server knows by its own signature must come back to it as it was.
        GeneratedImage image = checked(bytes, marks && notes.imageId() == null);
        if (notes.revisedPrompt() != null) {
            image = image.withRevisedPrompt(notes.revisedPrompt());
        }
        if (notes.imageId() != null) {
            image = image.withImageId(notes.imageId());
        }
        if (notes.seed() != null) {
            return image.withSeed(notes.seed());
        }
        return seeds && request.seed().isPresent()
                ? image.withSeed(request.seed().getAsLong() + index)
                : image;
    }

    /** A picture whose header promises no more pixels than a program may decode. */
    private GeneratedImage checked(byte[] bytes, boolean marked) {
        try {
            ImageHeader header = ImageHeader.read(bytes);
            if (header.pixels() > limits.maxImagePixels()) {
                throw new UnexpectedResponseException(
                        "picture must have at most " + limits.maxImagePixels() + " pixels but its header says "
                                + header.width() + "x" + header.height(),
                        completed());
            }
            if (!ImageEnd.isThere(bytes)) {
                throw new UnexpectedResponseException(
                                "picture must be whole but its end is missing, after " + bytes.length + " bytes of "
                                        + header,
                                completed())
                        .withRemains(bytes);
            }
            return GeneratedImage.of(marked ? XmpPacket.mark(bytes, Provenance.sourceType(request)) : bytes);
        } catch (IllegalArgumentException e) {
            throw new UnexpectedResponseException(
                    "picture must be of a known format but was not: " + e.getMessage(), completed(), e);
        }
    }

    /** One picture's error, or where all that is missing lies behind links, one that can fetch them all again. */
    private ImageGenerationException nothing(List<ImageFailure> failures, List<ImagesAnswer.Item> unfetched) {
        ImageGenerationException first = failures.get(0).error();
        if (unfetched.isEmpty()) {
            return first;
        }
        ImageGenerationException fetch = failures.stream()
                .map(ImageFailure::error)
                .filter(ImageFetchException.class::isInstance)
                .findFirst()
                .orElse(first);
        List<URI> links = failures.stream()
                .map(ImageFailure::error)
                .filter(ImageFetchException.class::isInstance)
                .flatMap(error -> ((ImageFetchException) error).links().stream())
                .toList();
        return new ImageFetchException(
                String.valueOf(fetch.getMessage()), fetch.origin(), fetch, again(unfetched), links);
    }

    private ErrorOrigin completed() {
        return ErrorOrigin.of(info.provider(), Outcome.COMPLETED);
    }

    @Override
    public String toString() {
        return "ResultAssembly[" + info + "]";
    }
}
