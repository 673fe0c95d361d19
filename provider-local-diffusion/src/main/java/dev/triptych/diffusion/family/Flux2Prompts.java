package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Family.PromptWish;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.qwen.QwenEncoder;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How FLUX.2 klein reads a prompt and encodes it: three of Qwen's layers beside each other, for the text and for its
 * padding too; and the latents of reference pictures. Reference: diffusers 0.42, {@code encode_prompt} and
 * {@code prepare_image_latents} of pipelines/flux2/pipeline_flux2_klein.py.
 */
final class Flux2Prompts implements PromptEncoder {

    static final Set<String> OPTIONS = Set.of(PromptOptions.MAX_SEQUENCE_LENGTH);

    /** As many by default, as in the reference. */
    private static final int MAX_LENGTH = 512;

    private static final String TEXT = "encoder_hidden_states";
    private static final String REFERENCE = "reference.";

    private final Engine engine;
    private final Flux2Parts parts;
    private final Flux2Codec codec;

    Flux2Prompts(Engine engine, Flux2Parts parts) {
        this.engine = engine;
        this.parts = parts;
        this.codec = new Flux2Codec(engine, parts.vae(), parts.vaePart());
    }

    PromptPlan plan(PromptWish wish, boolean guides, Options options, Notices notices) {
        PlainTexts texts = new PlainTexts(wish.evaluations(), options, notices);
        int length = options.wholeNumber(PromptOptions.MAX_SEQUENCE_LENGTH, 1, MAX_LENGTH)
                .orElse(MAX_LENGTH);
        Timeline<PromptPlan.Side> positive = read(texts, wish.request().prompt(), "prompt", length);
        Optional<Timeline<PromptPlan.Side>> negative = Optional.empty();
        String unwanted = wish.request().negativePrompt();
        if (guides) {
            negative = Optional.of(read(texts, unwanted, "negativePrompt", length));
        } else if (!unwanted.isEmpty()) {
            notices.ignored("negativePrompt", "negativePrompt has no effect without classifier-free guidance");
        }
        if (parts.distilled() && wish.guidanceScale() > 1) {
            notices.ignored(
                    "guidanceScale",
                    "guidanceScale has no effect with this model, which is distilled and has no guidance");
        }
        return new PromptPlan(
                List.of(new PromptPlan.Part(1, positive)),
                negative,
                0,
                OptionalDouble.empty(),
                ReferencePictures.of(wish.request()));
    }

    /** Each text filled up to {@code length}; how many of its tokens are its own is its one number. */
    private Timeline<PromptPlan.Side> read(PlainTexts texts, String text, String field, int length) {
        PlainTexts.Text read = texts.read(text, field);
        return read.text().map(now -> {
            int[] own = texts.qwen(parts.qwen(), now, field, length).ids();
            int[] padded = Arrays.copyOf(own, length);
            Arrays.fill(padded, own.length, length, parts.qwen().paddingId());
            return new PromptPlan.Side(List.of(List.of(TextChunk.of(padded))), List.of((float) own.length), false);
        });
    }

    /** The networks that encode {@code prompt}, its pictures too. */
    List<Load> loads(PromptPlan prompt) {
        List<Load> loads = new ArrayList<>();
        loads.add(new Load(parts.qwen().encoder(), QwenEncoder.shape(prompt.tokens())));
        for (Pixels picture : prompt.pictures()) {
            loads.add(new Load(parts.vae().encoder(), Shape.of(picture.height(), picture.width())));
        }
        return loads;
    }

    /** How many tokens the pictures of {@code prompt} are. */
    int referenceTokens(PromptPlan prompt) {
        int factor = parts.vae().config().scaleFactor() * Flux2Codec.SQUARE;
        return prompt.pictures().stream()
                .mapToInt(picture -> (picture.height() / factor) * (picture.width() / factor))
                .sum();
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        Map<String, Tensor> references = new HashMap<>();
        for (int i = 0; i < prompt.pictures().size(); i++) {
            references.put(REFERENCE + i, codec.reference(prompt.pictures().get(i), cancellation));
        }
        return new ConditioningPlan(
                prompt.positive().stream()
                        .map(part -> part.text().map(side -> encode(side, references, cancellation)))
                        .toList(),
                prompt.negative().map(text -> text.map(side -> encode(side, references, cancellation))));
    }

    private Conditioning encode(PromptPlan.Side side, Map<String, Tensor> references, Cancellation cancellation) {
        Map<String, Tensor> told = new HashMap<>(references);
        int[] ids = side.texts().get(0).get(0).ids();
        int own = Math.round(side.numbers().get(0));
        told.put(TEXT, parts.qwen().encoder().embeddings(engine, ids, own, cancellation));
        return Conditioning.of(told);
    }

    /** The text that {@link #encode} told. */
    static Tensor text(Conditioning conditioning) {
        return Objects.requireNonNull(conditioning.tensors().get(TEXT));
    }

    /** The references that {@link #encode} told, in their order. */
    static List<Tensor> references(Conditioning conditioning) {
        List<Tensor> references = new ArrayList<>();
        Tensor next = conditioning.tensors().get(REFERENCE + 0);
        while (next != null) {
            references.add(next);
            next = conditioning.tensors().get(REFERENCE + references.size());
        }
        return references;
    }
}
