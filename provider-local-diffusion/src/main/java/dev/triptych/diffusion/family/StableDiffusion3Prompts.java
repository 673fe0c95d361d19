package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.Family.Load;
import dev.triptych.diffusion.family.Family.PromptWish;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.network.clip.ClipTextEncoder;
import dev.triptych.diffusion.network.mmdit.Mmdit;
import dev.triptych.diffusion.network.t5.T5Encoder;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * How Stable Diffusion 3 reads a prompt and encodes it: the last but one hidden states of both CLIPs beside each other,
 * filled up with zeros to T5's width, T5's tokens below; and both CLIPs' projections as the pooled text. Without T5,
 * zeros stand in the place of its tokens. Reference: diffusers 0.42, {@code encode_prompt} of
 * pipelines/stable_diffusion_3/pipeline_stable_diffusion_3.py.
 */
final class StableDiffusion3Prompts implements PromptEncoder {

    private static final String CLIP_SKIP = "local.clip-skip";

    /** What the second CLIP and T5 read; the prompt by default. */
    private static final String PROMPT_2 = "local.prompt-2";

    private static final String PROMPT_3 = "local.prompt-3";

    /** Likewise of what to steer away from. */
    private static final String NEGATIVE_PROMPT_2 = "local.negative-prompt-2";

    private static final String NEGATIVE_PROMPT_3 = "local.negative-prompt-3";

    static final Set<String> T5_OPTIONS = Set.of(PROMPT_3, NEGATIVE_PROMPT_3);
    static final Set<String> OPTIONS = options();

    private static final int USUAL_LENGTH = 256;

    /** What the reference allows; T5 was trained on so many. */
    private static final int MAX_LENGTH = 512;

    private final Engine engine;
    private final StableDiffusion3Parts parts;
    private final int usualSteps;

    StableDiffusion3Prompts(Engine engine, StableDiffusion3Parts parts, int usualSteps) {
        this.engine = engine;
        this.parts = parts;
        this.usualSteps = usualSteps;
    }

    private static Set<String> options() {
        Set<String> options = new TreeSet<>(SkippedLayers.OPTIONS);
        options.addAll(Set.of(CLIP_SKIP, PROMPT_2, NEGATIVE_PROMPT_2, PromptOptions.MAX_SEQUENCE_LENGTH));
        return Set.copyOf(options);
    }

    PromptPlan plan(PromptWish wish, boolean guides, Options options, Notices notices) {
        PlainTexts texts = new PlainTexts(wish.evaluations(), options, notices);
        int length = options.wholeNumber(PromptOptions.MAX_SEQUENCE_LENGTH, 2, MAX_LENGTH)
                .orElse(USUAL_LENGTH);
        int steps = wish.request().steps().orElse(usualSteps);
        Optional<SkippedLayers> skipped = SkippedLayers.read(
                parts.transformer().config().layers(), steps, wish.guidanceScale(), options, notices);
        List<Float> numbers = skipped.map(SkippedLayers::numbers).orElse(List.of());
        Timeline<PromptPlan.Side> positive =
                read(texts, wish.request().prompt(), "prompt", PROMPT_2, PROMPT_3, length, numbers);
        Optional<Timeline<PromptPlan.Side>> negative = Optional.empty();
        String unwanted = wish.request().negativePrompt();
        if (guides) {
            negative = Optional.of(
                    read(texts, unwanted, "negativePrompt", NEGATIVE_PROMPT_2, NEGATIVE_PROMPT_3, length, List.of()));
        } else if (!unwanted.isEmpty()) {
            notices.ignored("negativePrompt", "negativePrompt has no effect without classifier-free guidance");
        }
        int clipSkip = options.wholeNumber(CLIP_SKIP, 0, mostSkipped()).orElse(0);
        return new PromptPlan(List.of(new PromptPlan.Part(1, positive)), negative, clipSkip, OptionalDouble.empty());
    }

    private Timeline<PromptPlan.Side> read(
            PlainTexts texts, String text, String field, String second, String third, int length, List<Float> numbers) {
        PlainTexts.Text first = texts.read(text, field);
        PlainTexts.Text ofSecond = texts.readOption(second, first);
        PlainTexts.Text ofThird = texts.readOption(third, first);
        return Timeline.together(List.of(first.text(), ofSecond.text(), ofThird.text()))
                .map(now -> new PromptPlan.Side(
                        List.of(
                                List.of(texts.clip(
                                        parts.clips().get(0).tokenizer(), now.get(0), first.field(), tells(first))),
                                List.of(texts.clip(
                                        parts.clips().get(1).tokenizer(),
                                        now.get(1),
                                        ofSecond.field(),
                                        !ofSecond.equals(first))),
                                List.of(third(texts, now.get(2), ofThird.field(), length))),
                        numbers,
                        false));
    }

    /** Where T5 reads what CLIP cuts off, nothing is lost. */
    private boolean tells(PlainTexts.Text text) {
        return parts.t5().isEmpty() && !text.field().startsWith("options.");
    }

    /** Without T5, as many ids that nobody reads. */
    private TextChunk third(PlainTexts texts, String text, String field, int length) {
        return parts.t5()
                .map(t5 -> texts.t5(t5.tokenizer(), text, field, length))
                .orElseGet(() -> TextChunk.of(new int[length]));
    }

    /** At least one layer is left, and the last one is left out anyway. */
    private int mostSkipped() {
        return parts.clips().stream()
                        .mapToInt(clip -> clip.encoder().config().layers())
                        .min()
                        .orElse(1)
                - 1;
    }

    /** How many tokens the denoiser is told: CLIP's and T5's. */
    static int tokens(PromptPlan prompt) {
        PromptPlan.Side side = prompt.positive().get(0).text().at(0);
        return side.texts().get(0).get(0).length() + side.texts().get(2).get(0).length();
    }

    /** The networks that encode {@code prompt}. */
    List<Load> loads(PromptPlan prompt) {
        List<Load> loads = new ArrayList<>();
        PromptPlan.Side side = prompt.positive().get(0).text().at(0);
        for (int i = 0; i < parts.clips().size(); i++) {
            int[] ids = side.texts().get(i).get(0).ids();
            loads.add(new Load(
                    parts.clips().get(i).encoder().reader(ids),
                    ClipTextEncoder.shape(ids.length, prompt.clipSkip() + 1)));
        }
        parts.t5()
                .ifPresent(t5 -> loads.add(new Load(
                        t5.encoder(), T5Encoder.shape(side.texts().get(2).get(0).length()))));
        return loads;
    }

    @Override
    public ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation) {
        // As in the reference, clip skip is the prompt's alone.
        return new ConditioningPlan(
                prompt.positive().stream()
                        .map(part -> part.text().map(side -> encode(side, prompt.clipSkip(), cancellation)))
                        .toList(),
                prompt.negative().map(text -> text.map(side -> encode(side, 0, cancellation))));
    }

    private Conditioning encode(PromptPlan.Side side, int clipSkip, Cancellation cancellation) {
        List<ClipTextEncoder.Projected> clips = new ArrayList<>();
        for (int i = 0; i < parts.clips().size(); i++) {
            int[] ids = side.texts().get(i).get(0).ids();
            clips.add(parts.clips().get(i).encoder().projected(engine, ids, clipSkip + 1, cancellation));
        }
        int width = parts.transformer().config().textWidth();
        int[] thirdIds = side.texts().get(2).get(0).ids();
        float[] t5 = parts.t5().isPresent()
                ? parts.t5()
                        .get()
                        .encoder()
                        .embeddings(engine, thirdIds, cancellation)
                        .values()
                : new float[thirdIds.length * width];
        Map<String, Tensor> told = new HashMap<>();
        told.put(Mmdit.TEXT, joined(clips, t5, width));
        told.put(Mmdit.POOLED, pooled(clips));
        SkippedLayers.tell(side.numbers(), told);
        return Conditioning.of(told);
    }

    /** CLIP's tokens, both encoders' values beside each other and zeros to the width, then T5's. */
    private static Tensor joined(List<ClipTextEncoder.Projected> clips, float[] t5, int width) {
        int tokens = (int) clips.get(0).hiddenState().shape()[1];
        float[] all = new float[tokens * width + t5.length];
        int offset = 0;
        for (ClipTextEncoder.Projected clip : clips) {
            Tensor state = clip.hiddenState();
            int own = (int) state.shape()[2];
            for (int token = 0; token < tokens; token++) {
                System.arraycopy(state.values(), token * own, all, token * width + offset, own);
            }
            offset += own;
        }
        System.arraycopy(t5, 0, all, tokens * width, t5.length);
        return new Tensor(new long[] {1, all.length / width, width}, all);
    }

    private static Tensor pooled(List<ClipTextEncoder.Projected> clips) {
        float[] first = clips.get(0).textEmbeds().values();
        float[] second = clips.get(1).textEmbeds().values();
        float[] both = new float[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return new Tensor(new long[] {1, both.length}, both);
    }
}
