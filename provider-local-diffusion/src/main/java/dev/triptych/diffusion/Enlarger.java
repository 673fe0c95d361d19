package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.rrdb.Rrdb;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.pixels.Tiling;

/** Makes a picture larger. */
@FunctionalInterface
interface Enlarger {

    /** Edge of a tile in pixels; memory is bounded by it, whatever the picture. */
    int TILE = 160;

    /** How far tiles lie over each other: a network sees a quarter of it beyond what is shown. */
    int OVERLAP = 48;

    /** {@code picture} in another size. */
    Pixels enlarge(Pixels picture, int width, int height, Watch watch);

    /** Hears of finished tiles, and holds the wish to stop. */
    interface Watch {

        /** What stops it. */
        Cancellation cancellation();

        /** One more of {@code total} tiles is done. */
        default void tileDone(int done, int total) {}

        /** One that hears nothing. */
        static Watch of(Cancellation cancellation) {
            return () -> cancellation;
        }
    }

    /** By resampling alone. */
    static Enlarger lanczos() {
        return (picture, width, height, watch) -> picture.resizeLanczos(width, height);
    }

    /** By a network, tile by tile, again and again until the picture is large enough, then resampled to the size. */
    static Enlarger network(Rrdb network, Engine engine) {
        return (picture, width, height, watch) -> {
            TileCount tiles = new TileCount(network, picture, width, height, watch);
            Pixels large = picture;
            for (int pass = 0; pass < tiles.passes(); pass++) {
                large = onceThrough(network, engine, large, tiles);
            }
            return large.resizeLanczos(width, height);
        };
    }

    /** Whole squares of pixels in tiles. */
    private static Tiling folded(Rrdb network, int width, int height) {
        int fold = network.fold();
        return Tiling.of((height + fold - 1) / fold, (width + fold - 1) / fold, TILE / fold, OVERLAP / fold);
    }

    /** How often a picture goes through, and in how many tiles. Not thread-safe. */
    final class TileCount {

        private final Watch watch;
        private int passes;
        private int total;
        private int done;

        private TileCount(Rrdb network, Pixels picture, int width, int height, Watch watch) {
            this.watch = watch;
            int reachedWidth = picture.width();
            int reachedHeight = picture.height();
            do {
                passes++;
                total += folded(network, reachedWidth, reachedHeight).tiles().size();
                reachedWidth *= network.scale();
                reachedHeight *= network.scale();
            } while (network.scale() > 1 && (reachedWidth < width || reachedHeight < height));
        }

        private int passes() {
            return passes;
        }

        private void next() {
            watch.tileDone(++done, total);
        }

        private Cancellation cancellation() {
            return watch.cancellation();
        }
    }

    private static Pixels onceThrough(Rrdb network, Engine engine, Pixels picture, TileCount count) {
        int fold = network.fold();
        Tiling folded = folded(network, picture.width(), picture.height());
        int width = folded.width() * fold;
        int height = folded.height() * fold;
        float[] pixels = picture.extended(0, 0, width - picture.width(), height - picture.height())
                .toTensor();
        Tiling from = folded.times(fold);
        Tiling to = from.times(network.scale());
        Tiling.Mosaic mosaic = to.mosaic(3);
        for (Tiling.Tile tile : folded.tiles()) {
            float[] cut = from.cut(pixels, tile.times(fold));
            for (int i = 0; i < cut.length; i++) {
                cut[i] = cut[i] * 0.5f + 0.5f;
            }
            Tensor input = new Tensor(new long[] {1, 3, from.tileHeight(), from.tileWidth()}, cut);
            float[] made = network.enlarge(engine, input, count.cancellation());
            for (int i = 0; i < made.length; i++) {
                made[i] = made[i] * 2 - 1;
            }
            mosaic.add(tile.times(fold * network.scale()), made);
            count.next();
        }
        Pixels large = Pixels.fromTensor(mosaic.finish(), to.width(), to.height());
        return large.cut(0, 0, picture.width() * network.scale(), picture.height() * network.scale());
    }
}
