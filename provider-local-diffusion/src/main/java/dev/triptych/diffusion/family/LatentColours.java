package dev.triptych.diffusion.family;

import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Optional;

/**
 * What latents look like, roughly and at once: each latent pixel's colour as a sum of its channels times factors. The
 * factors of Stable Diffusion 1 and XL are those of ComfyUI ({@code comfy/latent_formats.py}), those of FLUX.1 and
 * FLUX.2 those of stable-diffusion.cpp ({@code src/runtime/latent-preview.h}), those of Stable Diffusion 3 Stability's.
 * Immutable.
 *
 * @param factors for each channel of the latents, as the denoiser has them, how much it adds to red, green and blue
 * @param bias what is added to each colour; colours are in [−1, 1]
 */
public record LatentColours(List<Colour> factors, Colour bias) {

    /** How many pixels show one latent pixel, along each axis: enough to look at, and a small file. */
    private static final int PIXELS = 8;

    private static final int COLOURS = 3;

    /**
     * Red, green and blue.
     *
     * @param red red
     * @param green green
     * @param blue blue
     */
    public record Colour(float red, float green, float blue) {}

    /** Stable Diffusion 1 and 2. */
    public static final LatentColours STABLE_DIFFUSION = of(
            new float[] {0, 0, 0},
            .3512f,
            .2297f,
            .3227f,
            .3250f,
            .4974f,
            .2350f,
            -.2829f,
            .1762f,
            .2721f,
            -.2120f,
            -.2616f,
            -.7177f);

    /** Stable Diffusion XL. */
    public static final LatentColours STABLE_DIFFUSION_XL = of(
            new float[] {.1084f, -.0175f, -.0011f},
            .3651f,
            .4232f,
            .4341f,
            -.2533f,
            -.0042f,
            .1068f,
            .1076f,
            .1111f,
            -.0362f,
            -.3165f,
            -.2492f,
            -.2188f);

    /** Stable Diffusion 3. */
    public static final LatentColours STABLE_DIFFUSION_3 = of(
            new float[] {0f, 0f, 0f},
            -.0645f,
            .0177f,
            .1052f,
            .0028f,
            .0312f,
            .0650f,
            .1848f,
            .0762f,
            .0360f,
            .0944f,
            .0360f,
            .0889f,
            .0897f,
            .0506f,
            -.0364f,
            -.0020f,
            .1203f,
            .0284f,
            .0855f,
            .0118f,
            .0283f,
            -.0539f,
            .0658f,
            .1047f,
            -.0057f,
            .0116f,
            .0700f,
            -.0412f,
            .0281f,
            -.0039f,
            .1106f,
            .1171f,
            .1220f,
            -.0248f,
            .0682f,
            -.0481f,
            .0815f,
            .0846f,
            .1207f,
            -.0120f,
            -.0055f,
            -.0867f,
            -.0749f,
            -.0634f,
            -.0456f,
            -.1418f,
            -.1457f,
            -.1259f);

    /** The bundled checkpoint: fitted by least squares to 18 pictures of its own (89 % of the variance). */
    public static final LatentColours BUNDLED = of(
            new float[] {.1208f, .0838f, .0250f},
            -.0234f,
            .2025f,
            .6680f,
            -.1117f,
            .1118f,
            -.2047f,
            .1952f,
            .1783f,
            .5233f,
            .2079f,
            .2955f,
            .8337f,
            .2001f,
            .0521f,
            -.2064f,
            -.3033f,
            .0878f,
            .8546f,
            .0643f,
            -.1985f,
            -.3501f,
            -.0637f,
            -.3846f,
            -1.0663f);

    /** Pixels themselves. */
    public static final LatentColours NOT_LATENT = of(new float[] {0, 0, 0}, 1, 0, 0, 0, 1, 0, 0, 0, 1);

    /** FLUX.1, and all that share its autoencoder, such as Z-Image. */
    public static final LatentColours FLUX = of(
            new float[] {.0246f, -.006937f, -.008089f},
            -.041168f,
            .019917f,
            .097253f,
            .028096f,
            .026730f,
            .129576f,
            .065618f,
            -.067950f,
            -.014651f,
            -.012998f,
            -.014762f,
            .081251f,
            .078567f,
            .059296f,
            -.024687f,
            -.015987f,
            -.003697f,
            .005012f,
            .033605f,
            .138999f,
            .068517f,
            -.024450f,
            -.063567f,
            -.030101f,
            -.040194f,
            -.016710f,
            .127185f,
            .112681f,
            .088764f,
            -.041940f,
            -.023498f,
            .093664f,
            .025543f,
            .082899f,
            .048320f,
            .007491f,
            .075712f,
            .074139f,
            .081965f,
            -.143501f,
            .018263f,
            -.136138f,
            -.025767f,
            -.082035f,
            -.040023f,
            -.111849f,
            -.055589f,
            -.032361f);

    /** FLUX.2, whose latents are unfolded: 32 channels. */
    public static final LatentColours FLUX2 = of(
            new float[] {-.028738f, -.098463f, -.107619f},
            .000736f,
            -.008385f,
            -.019710f,
            -.001352f,
            -.016392f,
            .020693f,
            -.006376f,
            .002428f,
            .036736f,
            .039384f,
            .074167f,
            .119789f,
            .007464f,
            -.005705f,
            -.004734f,
            -.004086f,
            .005287f,
            -.000409f,
            -.032835f,
            .050802f,
            -.028120f,
            -.003158f,
            -.000835f,
            .000406f,
            -.112840f,
            -.084337f,
            -.023083f,
            .001462f,
            -.006656f,
            .000549f,
            -.009980f,
            -.007480f,
            .009702f,
            .032540f,
            .000214f,
            -.061388f,
            .011023f,
            .000694f,
            .007143f,
            -.001468f,
            -.006723f,
            -.001678f,
            -.005921f,
            -.010320f,
            -.003907f,
            -.028434f,
            .027584f,
            .018457f,
            .014349f,
            .011523f,
            .000441f,
            .009874f,
            .003081f,
            .001507f,
            .002218f,
            .005712f,
            .001563f,
            .053010f,
            -.019844f,
            .008683f,
            -.002507f,
            .005384f,
            .000938f,
            -.002177f,
            -.011366f,
            .003559f,
            -.000261f,
            .015121f,
            -.003240f,
            -.003944f,
            -.002083f,
            .005043f,
            -.009138f,
            .011336f,
            .003781f,
            .011429f,
            .003985f,
            -.003855f,
            .010518f,
            -.005586f,
            .010131f,
            .007883f,
            .002912f,
            -.001473f,
            -.003318f,
            -.003160f,
            .003684f,
            -.034560f,
            -.008740f,
            .012996f,
            .000166f,
            .001079f,
            -.012153f,
            .017772f,
            .000937f,
            -.011953f);

    /** Copies the list. */
    public LatentColours {
        factors = List.copyOf(factors);
    }

    /** The colours of a usual autoencoder with so many channels; empty where none is known. */
    public static Optional<LatentColours> usual(int channels) {
        return switch (channels) {
            case COLOURS -> Optional.of(NOT_LATENT);
            case 4 -> Optional.of(STABLE_DIFFUSION);
            case 16 -> Optional.of(FLUX);
            case 32, 4 * 32 -> Optional.of(FLUX2);
            default -> Optional.empty();
        };
    }

    /**
     * The picture that latents roughly stand for, eight pixels for each of theirs.
     *
     * @param latents {@code [channels, height, width]}, as the denoiser has them; or with the four pixels of each
     *     square as channels, row by row, which is unfolded first
     */
    public Pixels shown(float[] latents, LatentSize size) {
        return size.channels() == 4 * factors.size()
                ? ofPixels(Flux2Codec.unfolded(latents, size), Flux2Codec.unfolded(size))
                : ofPixels(latents, size);
    }

    private Pixels ofPixels(float[] latents, LatentSize size) {
        int plane = size.height() * size.width();
        float[] colours = new float[COLOURS * plane];
        for (int i = 0; i < plane; i++) {
            float red = bias.red();
            float green = bias.green();
            float blue = bias.blue();
            for (int channel = 0; channel < factors.size(); channel++) {
                float value = latents[channel * plane + i];
                Colour factor = factors.get(channel);
                red += value * factor.red();
                green += value * factor.green();
                blue += value * factor.blue();
            }
            colours[i] = red;
            colours[plane + i] = green;
            colours[2 * plane + i] = blue;
        }
        return Pixels.fromTensor(colours, size.width(), size.height())
                .resizeBicubic(size.width() * PIXELS, size.height() * PIXELS);
    }

    private static LatentColours of(float[] bias, float... factors) {
        Colour[] colours = new Colour[factors.length / COLOURS];
        for (int i = 0; i < colours.length; i++) {
            colours[i] = new Colour(factors[COLOURS * i], factors[COLOURS * i + 1], factors[COLOURS * i + 2]);
        }
        return new LatentColours(List.of(colours), new Colour(bias[0], bias[1], bias[2]));
    }
}
