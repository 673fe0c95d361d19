package dev.triptych.diffusion;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageResult;
import dev.triptych.diffusion.DiffusionPipeline.Evaluation;
import dev.triptych.diffusion.Explanation.Noise;
import dev.triptych.diffusion.Explanation.Step;
import dev.triptych.diffusion.Explanation.Token;
import dev.triptych.diffusion.Explanation.Word;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.prompt.ClipTokenizer;
import dev.triptych.diffusion.prompt.TextChunk;
import dev.triptych.diffusion.scheduler.ExpectedSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks on while one picture is painted, and tells afterwards how it came to be. Not thread-safe. */
final class PaintingWatch {

    /** Evaluations that are decoded. */
    private static final int SHOWN_STEPS = 8;

    /** The longer edge of the pictures beside the picture. */
    private static final int EDGE = 192;

    private static final int RGB = 3;
    private static final int PADDING = -1;
    private static final String WORD_END = "</w>";

    private final List<Evaluation> evaluations = new ArrayList<>();
    private @Nullable PictureJob job;
    private @Nullable ClipTokenizer tokenizer;
    private @Nullable Tensor embeddings;
    private float[] attention = {};
    private int looks;

    /**
     * {@code wanted} with a model that tells where it looks.
     *
     * @throws dev.triptych.UnsupportedRequestException if the request is of a kind that is not explained
     */
    PictureJob watched(PictureJob wanted) {
        requireExplained(wanted);
        PictureJob.Stage stage = wanted.stages().get(0);
        Family.Explained explained = stage.family().explained(this::look);
        tokenizer = explained.tokenizer();
        job = new PictureJob(
                wanted.request(),
                wanted.size(),
                wanted.latents(),
                wanted.start(),
                wanted.noise(),
                List.of(new PictureJob.Stage(
                        explained.family(), stage.prompt(), stage.loop(), stage.guidance(), stage.shortcuts())),
                wanted.rendering(),
                wanted.secondPass(),
                wanted.warnings());
        try {
            ExpectedSample.of(stage.loop().config());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported("scheduler of an explained picture " + e.getMessage(), e);
        }
        return job;
    }

    private static void requireExplained(PictureJob job) {
        require(
                job.request().count() == 1,
                "count",
                "1",
                Integer.toString(job.request().count()));
        require(job.request().inputs().isEmpty(), "inputs", "none", "pictures");
        if (job.isCascade()) {
            return; // its family refuses, and says which ones do not
        }
        require(job.stages().size() == 1, "refiner", "none", "one");
        require(job.secondPass().isEmpty(), "second pass", "none", "one");
        require(job.rendering().windows().isEmpty(), "windows", "none", "some");
        require(!job.main().shortcuts().cutsDepth(), "option local.deep-cache", "0", "more");
        require(job.main().prompt().positive().size() == 1, "prompt", "one text", "several with AND between them");
    }

    private static void require(boolean holds, String field, String expected, String found) {
        if (!holds) {
            throw LocalErrors.unsupported(field + " of an explained picture must be " + expected + " but was " + found);
        }
    }

    /** The text was encoded. */
    void encoded(ConditioningPlan text) {
        embeddings = text.at(0).tensors().get("encoder_hidden_states");
    }

    /** Whether each evaluation is made twice, with the words and without. */
    boolean isGuided() {
        return known(job).main().prompt().negative().isPresent();
    }

    /** The denoiser was asked. */
    void evaluated(Evaluation evaluation) {
        evaluations.add(evaluation);
    }

    private void look(Tensor maps) {
        if (attention.length == 0) {
            attention = new float[maps.values().length];
        }
        for (int i = 0; i < attention.length; i++) {
            attention[i] += maps.values()[i];
        }
        looks++;
    }

    /**
     * How {@code result} came to be.
     *
     * @param decoder latents to pixels
     */
    Explanation explanation(ImageResult result, Function<float[], Pixels> decoder) {
        PictureJob painted = known(job);
        List<Token> tokens = tokens();
        ExpectedSample expected = ExpectedSample.of(painted.main().loop().config());
        return new Explanation(
                result,
                Optional.empty(),
                painted.main().guidance().scale(),
                (int) known(embeddings).shape()[1],
                tokens.stream().filter(token -> token.id() != PADDING).toList(),
                noise(),
                evaluations.stream()
                        .map(evaluation -> expected.sigma(evaluation.timestep()))
                        .toList(),
                steps(expected, decoder),
                words(tokens, Pixels.decode(result.image().bytes())));
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a painting must be watched to its end to be explained but was not");
        }
        return value;
    }

    /** A token at each place that the denoiser is told. */
    private List<Token> tokens() {
        ClipTokenizer read = known(tokenizer);
        List<Token> tokens = new ArrayList<>();
        for (TextChunk chunk : known(job)
                .main()
                .prompt()
                .positive()
                .get(0)
                .text()
                .at(0)
                .texts()
                .get(0)) {
            boolean ended = false;
            int[] ids = chunk.ids();
            for (int i = 0; i < ids.length; i++) {
                boolean isMark = i == 0 || ids[i] == read.endId();
                tokens.add(
                        ended
                                ? new Token(PADDING, "", false, true, List.of())
                                : token(ids[i], isMark, embedding(tokens.size())));
                ended |= ids[i] == read.endId();
            }
        }
        return tokens;
    }

    private Token token(int id, boolean isMark, List<Float> embedding) {
        ClipTokenizer read = known(tokenizer);
        return isMark
                ? new Token(id, "", true, true, embedding)
                : new Token(id, read.text(id), read.token(id).endsWith(WORD_END), false, embedding);
    }

    private List<Float> embedding(int place) {
        Tensor all = known(embeddings);
        int width = (int) all.shape()[2];
        List<Float> own = new ArrayList<>();
        for (int i = 0; i < width; i++) {
            own.add(all.values()[place * width + i]);
        }
        return own;
    }

    /** The first three channels, or the only one three times. */
    private Noise noise() {
        PictureJob painted = known(job);
        int channels = painted.latents().channels();
        int points = painted.latents().height() * painted.latents().width();
        float[] input = evaluations.get(0).input();
        byte[] rgb = new byte[points * RGB];
        for (int i = 0; i < points; i++) {
            for (int c = 0; c < RGB; c++) {
                float value = input[Math.min(c, channels - 1) * points + i];
                rgb[i * RGB + c] = grey(0.5 + value / 4);
            }
        }
        int width = painted.latents().width();
        int height = painted.latents().height();
        return new Noise(
                channels,
                height,
                width,
                GeneratedImage.of(Pixels.of(width, height, rgb).toPng()));
    }

    private static byte grey(double brightness) {
        return (byte) Math.round(255 * Math.min(Math.max(brightness, 0), 1));
    }

    private List<Step> steps(ExpectedSample expected, Function<float[], Pixels> decoder) {
        int count = Math.min(SHOWN_STEPS, evaluations.size());
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = count == 1 ? 0 : Math.round(i * (evaluations.size() - 1f) / (count - 1));
            Evaluation seen = evaluations.get(index);
            float[] end = expected.of(seen.input(), seen.prediction(), seen.timestep());
            steps.add(new Step(
                    index + 1,
                    expected.sigma(seen.timestep()),
                    small(decoder.apply(seen.input())),
                    small(decoder.apply(end))));
        }
        return steps;
    }

    private static GeneratedImage small(Pixels picture) {
        return GeneratedImage.of(reduced(picture).toPng());
    }

    private static Pixels reduced(Pixels picture) {
        double factor = (double) EDGE / Math.max(picture.width(), picture.height());
        return factor >= 1
                ? picture
                : picture.resizeLanczos(Math.max(1, (int) Math.round(picture.width() * factor)), Math.max(1, (int)
                        Math.round(picture.height() * factor)));
    }

    /** Words of several tokens get what all of these got. */
    private List<Word> words(List<Token> tokens, Pixels picture) {
        Pixels canvas = reduced(picture);
        List<Word> words = new ArrayList<>();
        int points = known(job).latents().height() * known(job).latents().width();
        List<Integer> ids = new ArrayList<>();
        float[] shares = new float[points];
        for (int place = 0; place < tokens.size(); place++) {
            Token token = tokens.get(place);
            if (token.isMark()) {
                continue;
            }
            ids.add(token.id());
            for (int i = 0; i < points; i++) {
                shares[i] += attention[place * points + i] / Math.max(1, looks);
            }
            if (token.endsWord()) {
                String text = known(tokenizer)
                        .text(ids.stream().mapToInt(Integer::intValue).toArray());
                words.add(word(text, shares, canvas));
                ids.clear();
                shares = new float[points];
            }
        }
        return words;
    }

    private Word word(String text, float[] shares, Pixels canvas) {
        List<Float> all = new ArrayList<>();
        float least = Float.MAX_VALUE;
        float most = 0;
        for (float share : shares) {
            all.add(share);
            least = Math.min(least, share);
            most = Math.max(most, share);
        }
        byte[] light = new byte[shares.length * RGB];
        for (int i = 0; i < light.length; i++) {
            light[i] = grey((shares[i / RGB] - least) / Math.max(most - least, Float.MIN_NORMAL));
        }
        int width = known(job).latents().width();
        int height = known(job).latents().height();
        return new Word(
                text,
                all,
                GeneratedImage.of(lit(canvas, Pixels.of(width, height, light)).toPng()));
    }

    /** {@code canvas} with the brightness of {@code light}, but nowhere quite dark. */
    private static Pixels lit(Pixels canvas, Pixels light) {
        byte[] rgb = canvas.rgb();
        byte[] brightness = light.resizeBicubic(canvas.width(), canvas.height()).rgb();
        for (int i = 0; i < rgb.length; i++) {
            double share = 0.12 + 0.88 * (brightness[i] & 0xff) / 255;
            rgb[i] = (byte) Math.round((rgb[i] & 0xff) * share);
        }
        return Pixels.of(canvas.width(), canvas.height(), rgb);
    }
}
