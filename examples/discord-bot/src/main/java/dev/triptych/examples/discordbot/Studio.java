package dev.triptych.examples.discordbot;

import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationCancelledException;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageGrid;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Takes orders, paints them one after the other, and answers. Thread-safe; one thread paints. */
final class Studio implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Studio.class.getName());

    /** How many orders are remembered, so that none is taken twice. */
    private static final int MOST_TAKEN = 10_000;

    private final PaintQueue queue;
    private final Painter painter;
    private final Moderation moderation;
    private final Answers answers;
    private final Clock clock;
    private final long editMillis;
    private final Set<String> taken = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_TAKEN;
        }
    }));
    private final Thread thread = new Thread(this::work, "triptych-studio");
    private volatile Optional<Order> current = Optional.empty();

    /** How the bot speaks. Each call returns when Discord has it. */
    interface Answers {

        /** Posts the first message of a job, or uses the one that is there; returns its id. */
        String begin(Order order, String text);

        /** Changes the progress message. A failure here does no harm. */
        void progress(Order order, String text, Optional<byte[]> preview);

        /** Posts the picture and its buttons, then takes the progress message away. */
        void finish(Order order, String text, byte[] picture, List<String> buttons);

        /** Posts a note that there will be no picture. */
        void refuse(Order order, String title, String explanation);
    }

    Studio(PaintQueue queue, Painter painter, Moderation moderation, Answers answers, Clock clock, long editMillis) {
        this.queue = queue;
        this.painter = painter;
        this.moderation = moderation;
        this.answers = answers;
        this.clock = clock;
        this.editMillis = editMillis;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Takes an order: refuses it, or says where it stands. A relay's job is taken once, however often it is asked for.
     *
     * @param adult whether the channel is age-restricted
     */
    void take(Order order, boolean adult) {
        String key =
                order.wish().job().isEmpty() ? order.request() : order.wish().job();
        if (!key.isEmpty() && !taken.add(key)) {
            return;
        }
        try {
            examine(order, adult);
        } catch (RuntimeException e) {
            taken.remove(key);
            throw e;
        }
    }

    private void examine(Order order, boolean adult) {
        Optional<String> refusal = moderation.refuse(order.prompt(), adult);
        if (refusal.isPresent()) {
            answers.refuse(order, refusal.get(), "");
            return;
        }
        try {
            Painter.check(order.prompt());
        } catch (IllegalArgumentException e) {
            answers.refuse(order, "Invalid parameter", String.valueOf(e.getMessage()));
            return;
        }
        enqueue(order);
    }

    private void enqueue(Order order) {
        int ahead = queue.turns().size() + (current.isPresent() ? 1 : 0);
        Order begun = order.withProgress(answers.begin(order, Replies.waiting(order, ahead)));
        if (queue.offer(begun).isEmpty()) {
            answers.refuse(begun, "Queue full", "Wait until one of your jobs is done.");
        }
    }

    /** The message that asked for an order is gone: the order is no longer wanted. */
    void withdraw(String request) {
        queue.remove(order -> order.request().equals(request));
        current.filter(order -> order.request().equals(request))
                .ifPresent(order -> order.cancellation().cancel());
    }

    private void work() {
        try {
            for (Optional<Order> next = queue.take(); next.isPresent(); next = queue.take()) {
                current = next;
                paint(next.get());
                current = Optional.empty();
                moveUp();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the studio was closed", e);
        }
    }

    private void moveUp() {
        List<Order> turns = queue.turns();
        for (int i = 0; i < Math.min(3, turns.size()); i++) {
            answers.progress(turns.get(i), Replies.waiting(turns.get(i), i), Optional.empty());
        }
    }

    private void paint(Order order) {
        try {
            answers.progress(order, Replies.progress(order, 0), Optional.empty());
            Painter.Painting painting = painter.paint(order, new Reporter(order));
            answers.finish(
                    order,
                    Replies.done(order, painting.single(), painting.ignored()),
                    ImageDecoder.encodePng(painting.picture()),
                    painting.single() ? List.of("Vary") : GRID_BUTTONS);
        } catch (GenerationCancelledException e) {
            answers.progress(order, Replies.stopped(order), Optional.empty());
        } catch (ContentRejectedException e) {
            answers.refuse(order, "Request cancelled due to output filters", "");
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an order failed: " + e.getMessage(), e);
            answers.refuse(order, "Generation failed", String.valueOf(e.getMessage()));
        }
    }

    static final List<String> GRID_BUTTONS = List.of("U1", "U2", "U3", "U4", Wish.REROLL, "V1", "V2", "V3", "V4");

    /** Edits the progress message, but not more often than Discord likes. */
    private final class Reporter implements Painter.Watcher {
        private final Order order;
        private long last;
        private int shown;

        Reporter(Order order) {
            this.order = order;
            this.last = clock.millis();
        }

        @Override
        public void onProgress(int percent, List<BufferedImage> finished) {
            if (clock.millis() - last < editMillis) {
                return;
            }
            last = clock.millis();
            Optional<byte[]> preview = finished.size() > shown ? Optional.of(preview(finished)) : Optional.empty();
            shown = finished.size();
            answers.progress(order, Replies.progress(order, percent), preview);
        }
    }

    /** The finished tiles in their places, the others black. */
    private static byte[] preview(List<BufferedImage> finished) {
        List<BufferedImage> tiles = new ArrayList<>(finished);
        while (tiles.size() < 4) {
            BufferedImage first = finished.get(0);
            tiles.add(new BufferedImage(first.getWidth(), first.getHeight(), BufferedImage.TYPE_INT_RGB));
        }
        return ImageDecoder.encodePng(ImageGrid.compose(tiles, 2));
    }

    @Override
    public void close() {
        queue.close();
        current.ifPresent(order -> order.cancellation().cancel());
        thread.interrupt();
    }
}
