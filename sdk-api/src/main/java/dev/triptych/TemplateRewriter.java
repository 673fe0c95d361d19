package dev.triptych;

/**
 * A text with places for the prompt.
 *
 * @param name what the journal says
 * @param template the text
 */
record TemplateRewriter(String name, String template) implements PromptRewriter {

    TemplateRewriter {
        if (!template.contains(PLACE)) {
            throw new IllegalArgumentException("template must hold " + PLACE + " but was \"" + template + "\"");
        }
    }

    @Override
    public String rewrite(ImageRequest request, GenerationContext context) {
        return template.replace(PLACE, request.prompt());
    }

    @Override
    public String toString() {
        return "PromptRewriter[" + name + "]";
    }
}
