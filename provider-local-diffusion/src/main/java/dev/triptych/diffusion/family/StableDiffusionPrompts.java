package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ImageSize;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Family.PromptWish;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.unet.GuidanceEmbedding;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.prompt.PromptParts;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How Stable Diffusion reads a prompt and encodes it. With one text encoder: its last hidden state, normalised. XL: the
 * last but one hidden states of both encoders beside each other, the projection of the second one's pooled text, and
 * numbers (original size, crop, target size; for the refiner an aesthetic score). Reference: diffusers 0.36,
 * {@code encode_prompt} and {@code _get_add_time_ids} of each pipeline.
 */
final class StableDiffusionPrompts implements PromptEncoder {

    static final String CLIP_SKIP = "local.clip-skip";
    private static final String PROMPT_2 = "local.prompt-2";
    private static final String NEGATIVE_PROMPT_2 = "local.negative-prompt-2";
    private static final String ORIGINAL_SIZE = "local.original-size";
    private static final String CROP_TOP_LEFT = "local.crop-top-left";
    private static final String TARGET_SIZE = "local.target-size";
    private static final String AESTHETIC_SCORE = "local.aesthetic-score";
    private static final String NEGATIVE_AESTHETIC_SCORE = "local.negative-aesthetic-score";

    static final Set<String> OPTIONS = Set.of(CLIP_SKIP);
    static final Set<String> TWO_PROMPTS = Set.of(PROMPT_2, NEGATIVE_PROMPT_2);
    static final Set<String> XL_OPTIONS = Set.of(ORIGINAL_SIZE, CROP_TOP_LEFT, TARGET_SIZE);
    static final Set<String> REFINER_OPTIONS = Set.of(AESTHETIC_SCORE, NEGATIVE_AESTHETIC_SCORE);

    /** diffusers skips layers for the prompt alone ({@code encode_prompt}), so we do. */
    private static final int NO_CLIP_SKIP = 0;

    private static final double AESTHETIC = 6.0;
    private static final double NEGATIVE_AESTHETIC = 2.5;

    private final Engine engine;
    private final StableDiffusionParts parts;
    private final int numbers;
    private final boolean zerosForEmpty;

    /**
     * @param numbers how many numbers stand beside a pooled text: 6, 5 for the refiner, 0 without
     * @param zerosForEmpty whether no negative prompt is zeros instead of the encoded empty text
     */
    StableDiffusionPrompts(Engine engine, StableDiffusionParts parts, int numbers, boolean zerosForEmpty) {
        this.engine = engine;
        this.parts = parts;
        this.numbers = numbers;
        this.zerosForEmpty = zerosForEmpty;
    }

    /** The same over other parts of the same sizes. */
    StableDiffusionPrompts over(StableDiffusionParts other) {
        return new StableDiffusionPrompts(engine, other, numbers, zerosForEmpty);
    }

    PromptPlan plan(PromptWish wish, boolean guides, boolean distilled, Options options, Notices notices) {
        PromptTexts texts = new PromptTexts(tokenizers(), wish.evaluations(), options, notices);
        List<PromptParts.Part> together = texts.parts(wish.request().prompt());
        if (!guides) {
            requireUnguided(together, notices);
        }
        List<Float> numbers = parts.labels()
                .map(labels -> labels.numbers(options))
                .orElseGet(() -> numbers(wish.size(), options, AESTHETIC_SCORE, AESTHETIC, true));
        List<PromptPlan.Part> positive = together.stream()
                .map(part -> new PromptPlan.Part(
                        part.weight(),
                        texts.read(part.text(), "prompt", PROMPT_2)
                                .map(text -> new PromptPlan.Side(text, numbers, false))))
                .toList();
        int clipSkip = options.wholeNumber(CLIP_SKIP, 0, mostSkipped()).orElse(0);
        PromptPlan plan = new PromptPlan(
                positive,
                negative(wish, guides, texts, options, notices),
                clipSkip,
                distilled ? OptionalDouble.of(wish.guidanceScale()) : OptionalDouble.empty());
        int chunks = plan.sides().mapToInt(PromptPlan.Side::chunks).max().orElse(1);
        return plan.map(side -> texts.filled(side, chunks));
    }

    /** What is painted of the prompt at some time, without the signs of its syntax. */
    List<String> shown(PromptWish wish, Options options, Notices notices) {
        return new PromptTexts(tokenizers(), wish.evaluations(), options, notices)
                .shown(wish.request().prompt());
    }

    private static void requireUnguided(List<PromptParts.Part> together, Notices notices) {
        if (together.size() > 1) {
            throw LocalErrors.unsupported(
                    "prompt must be one text without classifier-free guidance but was " + together.size()
                            + " with AND between them: guidanceScale above 1 guides, where a model can be guided");
        }
        if (together.get(0).weight() != 1) {
            notices.ignored("prompt", "the prompt's weight has no effect without classifier-free guidance");
        }
    }

    private Optional<Timeline<PromptPlan.Side>> negative(
            PromptWish wish, boolean guides, PromptTexts texts, Options options, Notices notices) {
        String text = wish.request().negativePrompt();
        if (!guides) {
            if (!text.isEmpty()) {
                notices.ignored("negativePrompt", "negativePrompt has no effect without classifier-free guidance");
            }
            return Optional.empty();
        }
        // Two encoders and no negative prompt: zeros, whatever the second negative prompt says.
        boolean zeros = parts.isXl() && zerosForEmpty && text.isEmpty();
        if (zeros && options.has(NEGATIVE_PROMPT_2)) {
            notices.ignored(
                    "options." + NEGATIVE_PROMPT_2, NEGATIVE_PROMPT_2 + " has no effect without a negative prompt");
        }
        List<Float> numbers = numbers(wish.size(), options, NEGATIVE_AESTHETIC_SCORE, NEGATIVE_AESTHETIC, false);
        return Optional.of(texts.read(text, "negativePrompt", NEGATIVE_PROMPT_2)
                .map(read -> new PromptPlan.Side(read, numbers, zeros)));
    }

    private List<ClipTokenizer> tokenizers() {
        return parts.texts().stream().map(StableDiffusionParts.Text::tokenizer).toList();
    }

    /** At least one layer is left; XL leaves out the last one anyway. */
    private int mostSkipped() {
        int layers = parts.texts().stream()
                .mapToInt(text -> text.encoder().config().layers())
                .min()
                .orElse(0);
        return parts.isXl() ? layers - 1 : layers;
    }

    /**
     * Original height and width, crop from the top and the left, target height and width; or, for the refiner, the
     * score instead of the target. The refiner's negative side knows no crop, as in diffusers.
     */
    private List<Float> numbers(ImageSize size, Options options, String scoreKey, double score, boolean positive) {
        if (numbers == 0) {
            return List.of();
        }
        boolean scored = numbers == 5;
        ImageSize original = options.size(ORIGINAL_SIZE).orElse(size);
        int[] crop =
                options.pair(CROP_TOP_LEFT).filter(given -> positive || !scored).orElse(new int[] {0, 0});
        List<Float> ids = new ArrayList<>(
                List.of((float) original.height(), (float) original.width(), (float) crop[0], (float) crop[1]));
        if (scored) {
            ids.add((float) options.number(scoreKey, 0, 10).orElse(score));
        } else {
            ImageSize target = options.size(TARGET_SIZE).orElse(size);
            ids.add((float) target.height());
            ids.add((float) target.width());
        }
        return ids;
    }

    /** The networks that encode {@code prompt}. */
    List<Load> loads(PromptPlan prompt) {
        List<Load> loads = new ArrayList<>();
        PromptPlan.Side first = prompt.positive().get(0).text().at(0);
        for (int i = 0; i < parts.texts().size(); i++) {
            int[] tokenIds = first.texts().get(i).get(0).ids();
            int skip = parts.isXl() ? prompt.clipSkip() + 1 : prompt.clipSkip();
            loads.add(new Load(
                    parts.texts().get(i).encoder().reader(tokenIds), ClipTextEncoder.shape(tokenIds.length, skip)));
        }
        return loads;
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        Map<String, Tensor> picture = new HashMap<>();
        parts.labels()
                .ifPresent(labels ->
                        prompt.pictures().forEach(given -> picture.putAll(labels.encode(engine, given, cancellation))));
        List<Timeline<Conditioning>> positive = new ArrayList<>();
        for (PromptPlan.Part part : prompt.positive()) {
            positive.add(part.text().map(side -> {
                Map<String, Tensor> tensors = encode(side, prompt.clipSkip(), cancellation);
                tensors.putAll(picture);
                parts.labels().ifPresent(labels -> tensors.putAll(labels.level(side.numbers())));
                prompt.embeddedGuidance().ifPresent(scale -> {
                    int width = parts.unet().config().time().conditionChannels().orElseThrow();
                    tensors.put("timestep_cond", GuidanceEmbedding.of((float) (scale - 1), width));
                });
                return Conditioning.of(tensors).withWeight(part.weight());
            }));
        }
        return new ConditioningPlan(
                positive,
                prompt.negative()
                        .map(text -> text.map(side -> Conditioning.of(encode(side, NO_CLIP_SKIP, cancellation)))));
    }

    private Map<String, Tensor> encode(PromptPlan.Side side, int clipSkip, Cancellation cancellation) {
        EncodedTexts.Encoded encoded = new EncodedTexts(engine, parts, clipSkip, cancellation).encode(side);
        Map<String, Tensor> tensors = new HashMap<>();
        tensors.put("encoder_hidden_states", besideEachOther(encoded.states()));
        encoded.pooled().ifPresent(pooled -> {
            float[] ids = new float[side.numbers().size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = side.numbers().get(i);
            }
            tensors.put("time_ids", new Tensor(new long[] {1, ids.length}, ids));
            tensors.put("text_embeds", pooled);
        });
        return tensors;
    }

    /** Embeddings of as many tokens each, [1, tokens, width], as [1, tokens, sum of the widths]. */
    private static Tensor besideEachOther(List<Tensor> states) {
        int tokens = (int) states.get(0).shape()[1];
        int width = states.stream().mapToInt(state -> (int) state.shape()[2]).sum();
        float[] all = new float[tokens * width];
        int offset = 0;
        for (Tensor state : states) {
            int own = (int) state.shape()[2];
            for (int token = 0; token < tokens; token++) {
                System.arraycopy(state.values(), token * own, all, token * width + offset, own);
            }
            offset += own;
        }
        return new Tensor(new long[] {1, tokens, width}, all);
    }
}
