package dev.triptych.compare;

import java.util.OptionalDouble;

/**
 * How well a picture shows its prompt: the CLIP cosine, in [−1, 1]. Hessel and others, "CLIPScore", EMNLP 2021, report
 * 2.5 · max(cosine, 0); the bare cosine is given here, as most tools do. Only scores of one model can be compared.
 */
final class PromptSimilarity implements Scorer {

    private final TextImageSimilarity model;

    PromptSimilarity(TextImageSimilarity model) {
        this.model = model;
    }

    @Override
    public Measure measure() {
        return new Measure(
                "clip",
                "Prompt match",
                "",
                Measure.Better.HIGHER,
                "Cosine of the CLIP embeddings of prompt and picture (" + model.model() + "), −1 to 1.");
    }

    @Override
    public OptionalDouble score(Sample sample) {
        String prompt = sample.request().prompt();
        return prompt.isBlank() ? OptionalDouble.empty() : OptionalDouble.of(model.cosine(prompt, sample.pixels()));
    }
}
