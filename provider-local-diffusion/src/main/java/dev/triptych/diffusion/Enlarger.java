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
    Pixels enlarge(Pixels picture, int width, int height, Cancellation cancellation);

    /** By resampling alone. */
    static Enlarger lanczos() {
        return (picture, width, height, cancellation) -> picture.resizeLanczos(width, height);
    }

    /** By a network, tile by tile, again and again until the picture is large enough, then resampled to the size. */
    static Enlarger network(Rrdb network, Engine engine) {
        return (picture, width, height, cancellation) -> {
            Pixels large = onceThrough(network, engine, picture, cancellation);
            while (network.scale() > 1 && (large.width() < width || large.height() < height)) {
                large = onceThrough(network, engine, large, cancellation);
            }
            return large.resizeLanczos(width, height);
        };
    }

    private static Pixels onceThrough(Rrdb network, Engine engine, Pixels picture, Cancellation cancellation) {
        int fold = network.fold();
        int width = (picture.width() + fold - 1) / fold * fold;
        int height = (picture.height() + fold - 1) / fold * fold;
        float[] pixels = picture.extended(0, 0, width - picture.width(), height - picture.height())
                .toTensor();
        Tiling folded = Tiling.of(height / fold, width / fold, TILE / fold, OVERLAP / fold);
        Tiling from = folded.times(fold);
        Tiling to = from.times(network.scale());
        Tiling.Mosaic mosaic = to.mosaic(3);
        for (Tiling.Tile tile : folded.tiles()) {
            float[] cut = from.cut(pixels, tile.times(fold));
            for (int i = 0; i < cut.length; i++) {
                cut[i] = cut[i] * 0.5f + 0.5f;
            }
            Tensor input = new Tensor(new long[] {1, 3, from.tileHeight(), from.tileWidth()}, cut);
            float[] made = network.enlarge(engine, input, cancellation);
            for (int i = 0; i < made.length; i++) {
                made[i] = made[i] * 2 - 1;
            }
            mosaic.add(tile.times(fold * network.scale()), made);
        }
        Pixels large = Pixels.fromTensor(mosaic.finish(), to.width(), to.height());
        return large.cut(0, 0, picture.width() * network.scale(), picture.height() * network.scale());
    }
}
