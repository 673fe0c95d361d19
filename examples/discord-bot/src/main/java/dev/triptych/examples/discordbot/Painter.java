package dev.triptych.examples.discordbot;

import dev.triptych.CostClass;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.discord.ImagineCommand;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageGrid;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes what an job asks for: a grid of four, one picture, a variation or an upscale. Not tied to Discord. */
final class Painter {

    private static final int TILES = 4;
    /** How far a variation goes from its picture: far enough to differ, near enough to be of its kind. */
    private static final double VARIATION_STRENGTH = 0.6;

    private static final long SEEDS = 1L << 32;

    private final ImageGenerator generator;
    private final int steps;
    private final RandomGenerator random;

    Painter(ImageGenerator generator, int steps, RandomGenerator random) {
        this.generator = generator;
        this.steps = steps;
        this.random = random;
    }

    /** Hears how far the work is. */
    @FunctionalInterface
    interface Watcher {
        /**
         * Called on the painting thread.
         *
         * @param percent 0 to 99
         * @param finished the tiles that are done
         */
        void onProgress(int percent, List<BufferedImage> finished);
    }

    /**
     * A painted job.
     *
     * @param picture the grid, or the one picture
     * @param single whether it is one picture
     * @param ignored parameters that had no effect
     */
    record Painting(BufferedImage picture, boolean single, List<String> ignored) {
        Painting {
            ignored = List.copyOf(ignored);
        }
    }

    /** Whether a picture may cost something. */
    boolean isBilled() {
        return generator.capabilities().costClass() == CostClass.BILLED;
    }

    Painting paint(ImageJob job, Watcher watcher) throws IOException {
        String button = job.instruction().button();
        ImagineCommand command = ImagineCommand.parse(job.prompt());
        if (button.startsWith("U")) {
            return new Painting(enlarge(start(job)), true, List.of());
        }
        boolean single = job.instruction().images() == 1 || button.equals("Vary");
        ImagineCommand.Translation translation = command.translate(generator.capabilities(), steps);
        ImageRequest.Builder request = translation.request();
        if (job.start().isPresent() && !button.equals(Instruction.REROLL)) {
            startFrom(job, request);
        }
        boolean fresh = job.instruction().isPress() || command.seed().isEmpty();
        long seed = fresh ? random.nextLong(SEEDS) : command.seed().getAsLong();
        List<BufferedImage> tiles = tiles(request, seed, single ? 1 : TILES, job, watcher);
        BufferedImage picture = single ? tiles.get(0) : ImageGrid.compose(tiles, 2);
        return new Painting(picture, single, translation.ignored());
    }

    /** Another picture of the same prompt is the next best where the generator cannot start from one. */
    private void startFrom(ImageJob job, ImageRequest.Builder request) throws IOException {
        if (generator.capabilities().operations().contains(Operation.IMAGE_TO_IMAGE)) {
            request.input(ImageInput.of(ImageDecoder.encodePng(start(job))));
            if (job.instruction().isPress() && generator.capabilities().honours(Parameter.STRENGTH)) {
                request.strength(VARIATION_STRENGTH);
            }
        }
    }

    private List<BufferedImage> tiles(
            ImageRequest.Builder request, long seed, int count, ImageJob job, Watcher watcher) {
        List<BufferedImage> tiles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int done = i;
            GenerationContext context = GenerationContext.builder()
                    .cancellation(job.cancellation())
                    .listener(event -> {
                        if (event instanceof GenerationEvent.Progress progress) {
                            watcher.onProgress(percent(done, count, progress), List.copyOf(tiles));
                        }
                    })
                    .build();
            ImageRequest one = request.count(1).seed(seed + i).build();
            tiles.add(
                    ImageDecoder.decode(generator.generate(one, context).image().bytes()));
            watcher.onProgress(Math.min(99, 100 * (i + 1) / count), List.copyOf(tiles));
        }
        return tiles;
    }

    private static int percent(int done, int count, GenerationEvent.Progress progress) {
        return (int) Math.min(99, 100.0 * (done + (double) progress.step() / progress.total()) / count);
    }

    /** The picture to start from: the whole of it, or the tile that was pressed. */
    private static BufferedImage start(ImageJob job) throws IOException {
        if (job.start().isEmpty()) {
            throw new IOException("a picture must be there to start from but was not");
        }
        BufferedImage whole = ImageDecoder.decode(job.start().get().fetch());
        return job.tile() == 0 ? whole : ImageGrid.split(whole, 2, 2).get(job.tile() - 1);
    }

    /** Twice as wide and high, bicubic. */
    private static BufferedImage enlarge(BufferedImage picture) {
        BufferedImage large =
                new BufferedImage(picture.getWidth() * 2, picture.getHeight() * 2, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(picture, 0, 0, large.getWidth(), large.getHeight(), null);
        graphics.dispose();
        return large;
    }

    /** Whether {@code text} can be painted at all; throws what is wrong with it. */
    static void check(String text) {
        ImagineCommand command = ImagineCommand.parse(text);
        if (command.prompt().isEmpty()) {
            throw new IllegalArgumentException("prompt must have words but had none");
        }
    }
}
