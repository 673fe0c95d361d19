package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.pixels.Tiling;
import java.util.List;

/**
 * An {@code AutoencoderKL} that works tile by tile, so that its memory is bounded whatever the picture's size. Tiles
 * overlap and are faded into each other. All are normalised by the same numbers, taken from a smaller copy of the
 * whole, where diffusers' tiles each go by their own: so tones do not jump from tile to tile. The idea of common
 * statistics: pkuliyi2015/multidiffusion-upscaler-for-automatic1111, {@code scripts/tilevae.py}. Immutable.
 */
final class TiledVaeCodec implements LatentCodec {

    /** Edge of a tile in latent pixels, as diffusers has it for Stable Diffusion: 512 pixels. */
    static final int TILE = 64;

    /** How far tiles lie over each other, in latent pixels: more than a convolution sees of note. */
    static final int OVERLAP = 16;

    private final Engine engine;
    private final Vae vae;
    private final VaeCodec plain;

    TiledVaeCodec(Engine engine, Vae vae, VaeCodec plain) {
        this.engine = engine;
        this.vae = vae;
        this.plain = plain;
    }

    @Override
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        int factor = vae.config().scaleFactor();
        Tiling latents = Tiling.of(height / factor, width / factor, TILE, OVERLAP);
        if (latents.tiles().size() == 1) {
            return plain.encode(pixels, height, width, cancellation);
        }
        Sample copy = Sample.of(new Sample(pixels, height, width), TILE * factor, factor);
        Tensor statistics = vae.encoderStatistics(engine, copy.tensor(), cancellation);
        Tiling.Mosaic mosaic = latents.mosaic(2 * vae.config().latentChannels());
        for (Tiling.Tile tile : latents.tiles()) {
            Tiling own = latents.times(factor);
            float[] cut = own.cut(pixels, tile.times(factor));
            Tensor picture = new Sample(cut, own.tileHeight(), own.tileWidth()).tensor();
            mosaic.add(tile, vae.encodeTile(engine, picture, statistics, cancellation));
        }
        return Vae.distribution(mosaic.finish(), vae.config().latentChannels() * latents.height() * latents.width());
    }

    @Override
    public float[] scale(float[] latents) {
        return plain.scale(latents);
    }

    @Override
    public Pixels decode(float[] latents, LatentSize size, Cancellation cancellation) {
        Tiling tiling = Tiling.of(size.height(), size.width(), TILE, OVERLAP);
        if (tiling.tiles().size() == 1) {
            return plain.decode(latents, size, cancellation);
        }
        int factor = vae.config().scaleFactor();
        float[] unscaled = plain.unscaled(latents);
        Sample copy = Sample.of(new Sample(unscaled, size.height(), size.width()), TILE, 1);
        Tensor statistics = vae.decoderStatistics(engine, copy.tensor(), cancellation);
        Tiling pixels = tiling.times(factor);
        Tiling.Mosaic mosaic = pixels.mosaic(vae.config().outChannels());
        for (Tiling.Tile tile : tiling.tiles()) {
            Tensor cut = new Sample(tiling.cut(unscaled, tile), tiling.tileHeight(), tiling.tileWidth()).tensor();
            mosaic.add(tile.times(factor), vae.decodeTile(engine, cut, statistics, cancellation));
        }
        return Pixels.fromTensor(mosaic.finish(), pixels.width(), pixels.height());
    }

    @Override
    public List<Family.Load> decoderLoads(LatentSize size) {
        Tiling tiling = Tiling.of(size.height(), size.width(), TILE, OVERLAP);
        return tiling.tiles().size() == 1
                ? plain.decoderLoads(size)
                : List.of(new Family.Load(vae.tileDecoder(), Shape.of(tiling.tileHeight(), tiling.tileWidth())));
    }

    /**
     * Values of a picture or of latents.
     *
     * @param values {@code [channels, height, width]}
     */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this file
    private record Sample(float[] values, int height, int width) {

        /** A copy of at most {@code edge} along each side, made of nearest values: averages would be too smooth. */
        static Sample of(Sample whole, int edge, int multiple) {
            double shrink = Math.min(1, Math.min((double) edge / whole.height, (double) edge / whole.width));
            int height = Math.max(multiple, (int) (whole.height * shrink) / multiple * multiple);
            int width = Math.max(multiple, (int) (whole.width * shrink) / multiple * multiple);
            int channels = whole.values.length / (whole.height * whole.width);
            float[] small = new float[channels * height * width];
            int to = 0;
            for (int channel = 0; channel < channels; channel++) {
                for (int y = 0; y < height; y++) {
                    int row = (int) ((y + 0.5) * whole.height / height);
                    for (int x = 0; x < width; x++) {
                        int column = (int) ((x + 0.5) * whole.width / width);
                        small[to++] = whole.values[(channel * whole.height + row) * whole.width + column];
                    }
                }
            }
            return new Sample(small, height, width);
        }

        Tensor tensor() {
            return new Tensor(new long[] {1, values.length / (height * width), height, width}, values);
        }
    }
}
