package dev.triptych.resilience;

import dev.triptych.ErrorOrigin;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.PromptRewriter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RunningCalls;
import java.util.List;
import java.util.Optional;

/**
 * Lets a {@link PromptRewriter} change the prompt before anything else sees it, and says so in the result and on the
 * way to the journal. Thread-safe.
 */
public final class RewritingGenerator extends ForwardingGenerator {

    private final Optional<PromptRewriter> rewriter;

    /** {@code next} behind {@code rewriter}; a context may bring another one. */
    public RewritingGenerator(ImageGenerator next, Optional<PromptRewriter> rewriter) {
        super(next);
        this.rewriter = rewriter;
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        Optional<PromptRewriter> asked =
                call.caller().attachment(PromptRewriter.class).or(() -> rewriter);
        if (asked.isEmpty() || request.prompt().isBlank()) {
            return forward(request, call);
        }
        String prompt = rewritten(asked.get(), request, call.context());
        if (prompt.equals(request.prompt())) {
            return forward(request, call);
        }
        GenerationContext context = call.passOn();
        ImageResult result = next().generate(
                        request.toBuilder().prompt(prompt).build(),
                        ChainScope.of(context).withRewriter(asked.get().name()).in(context));
        return result.withImages(revised(result.images(), prompt));
    }

    /** What a provider made of it in turn says more. */
    private static List<GeneratedImage> revised(List<GeneratedImage> images, String prompt) {
        return images.stream()
                .map(image -> image.revisedPrompt().isPresent() ? image : image.withRevisedPrompt(prompt))
                .toList();
    }

    private String rewritten(PromptRewriter asked, ImageRequest request, GenerationContext context) {
        context.checkActive(info().provider(), Outcome.NOT_SENT);
        String prompt;
        try {
            prompt = asked.rewrite(request, context);
        } catch (ImageGenerationException e) {
            throw e;
        } catch (RuntimeException e) {
            // Its message may quote the prompt, so only its kind is told.
            throw unusable(asked, "failed with " + e.getClass().getSimpleName());
        }
        if (prompt == null || prompt.isBlank()) {
            throw unusable(asked, "gave none");
        }
        return prompt;
    }

    private ProviderUnavailableException unusable(PromptRewriter asked, String found) {
        return new ProviderUnavailableException(
                "prompt-rewriter " + asked.name() + " must give a prompt but " + found,
                ErrorOrigin.of(info().provider(), Outcome.NOT_SENT));
    }

    @Override
    public String toString() {
        return rewriter.map(each -> each.name() + " → ").orElse("") + next();
    }
}
