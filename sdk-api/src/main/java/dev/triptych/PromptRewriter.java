package dev.triptych;

/**
 * Changes a prompt before any provider, cache or budget sees it: a house style, a translation, a language model that
 * says more. Thread-safe.
 *
 * <pre>{@code
 * PromptRewriter houseStyle = new PromptRewriter() {
 *     public String name() {
 *         return "house-style";
 *     }
 *
 *     public String rewrite(ImageRequest request, GenerationContext context) {
 *         return request.prompt() + ", flat colours, thick outlines";
 *     }
 * };
 * ImageGenerator generator = Generators.standard(provider, StandardSettings.standard().withRewriter(houseStyle));
 * }</pre>
 *
 * <p>What it gives is the prompt of the request from there on: the cache's key, the effective request and a picture's
 * provenance hold it, {@link GeneratedImage#revisedPrompt()} says it where the provider tells no later one, and the
 * journal says who rewrote. A configuration names one by {@code prompt-rewriter}: a template with {@code {prompt}} in
 * it, or the {@link #name} of one that {@link java.util.ServiceLoader} finds.
 *
 * <p>For one call a program leaves another one in the context: {@code attach(PromptRewriter.class, rewriter)}, or
 * {@link #none()} so that the prompt is taken as it is.
 */
public interface PromptRewriter {

    /** What stands for the prompt in a template. */
    String PLACE = "{prompt}";

    /** Its name in the configuration and the journal, such as {@code "house-style"}. */
    String name();

    /**
     * The prompt in place of {@code request}'s. It is not asked for a request without a prompt.
     *
     * @return the new prompt, not blank; the request's own where nothing is to be changed
     * @throws ImageGenerationException as the caller is to see it, such as {@link ContentRejectedException}; anything
     *     else that is thrown reaches the caller as a {@link ProviderUnavailableException} with
     *     {@link Outcome#NOT_SENT}
     */
    String rewrite(ImageRequest request, GenerationContext context);

    /** Leaves every prompt as it is. */
    static PromptRewriter none() {
        return new TemplateRewriter("none", PLACE);
    }

    /**
     * Puts the prompt into {@code template}, wherever {@value #PLACE} stands in it.
     *
     * @throws IllegalArgumentException if it stands nowhere
     */
    static PromptRewriter template(String template) {
        return new TemplateRewriter("template", template);
    }
}
