package dev.triptych.diffusion.family;

import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.weights.IntegerCache;
import dev.triptych.diffusion.weights.IntegerRule;
import dev.triptych.diffusion.weights.IntegerWeight.Use;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which weights become 8-bit integers. What carries the time or the picture itself stays in floats, as NVIDIA's
 * quantiser leaves it (TensorRT Model Optimizer, examples/diffusers/quantization): it is a few hundredths of the work.
 */
enum IntegerRules implements IntegerRule {
    /**
     * A U-Net's: convolutions of residual blocks and all that its transformers multiply by. What comes into a
     * transformer has single channels that are far larger than others, so its first matrix is stored so alone: with the
     * bundled checkpoint that is 4 dB. Smoothing such channels by the normalisation's own scales (SmoothQuant without
     * having seen anything) gained nothing there.
     */
    UNET(
            "(down_blocks|mid_block|up_blocks)\\..*\\.weight",
            ".*(time_emb_proj|conv_shortcut|norm).*",
            ".*\\.proj_in\\.weight",
            "(.*)\\.ff\\.net\\.0\\.proj\\.weight"),
    /**
     * A transformer's: all that its blocks multiply tokens by; what multiplies the time, once an evaluation, is stored
     * so alone.
     */
    TRANSFORMER(
            "(transformer_blocks|single_transformer_blocks|layers|noise_refiner|context_refiner)\\..*\\.weight"
                    + "|.*_stream_modulation.*\\.linear\\.weight",
            "(?!)",
            ".*(norm\\w*\\.linear|adaLN_modulation\\.\\d|_modulation\\w*\\.linear)\\.weight",
            "(?!)"),
    /** A language model's, which reads each prompt once: stored so alone, and computed with in floats. */
    TEXT(
            ".*(q|k|v|o|wi|wi_0|wi_1|wo|q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)\\.weight",
            "(?!)",
            ".*",
            "(?!)");

    /** In a single block of FLUX.2 queries, keys, values and the feed-forward network share a matrix. */
    private static final String SHARED = ".attn.to_qkv_mlp_proj.weight";

    private final Pattern taken;
    private final Pattern left;
    private final Pattern stored;
    private final Pattern halved;

    /**
     * @param taken the names of what becomes integers
     * @param left which of them stay as they are
     * @param stored which are widened before they are used
     * @param halved whose halves are asked for one by one
     */
    IntegerRules(String taken, String left, String stored, String halved) {
        this.taken = Pattern.compile(taken);
        this.left = Pattern.compile(left);
        this.stored = Pattern.compile(stored);
        this.halved = Pattern.compile(halved);
    }

    /** Where weights in integers are kept. */
    static IntegerCache cache(Engine engine) {
        return new IntegerCache(engine.cache().resolve("int8"));
    }

    /** These weights in integers. */
    WeightSource over(WeightSource weights, Engine engine) {
        IntegerCache cache = cache(engine);
        return weights.converted(each -> cache.over(each, this), " int8");
    }

    /** With the number of its version. */
    @Override
    public String id() {
        return name() + " 2";
    }

    @Override
    public Optional<Plan> plan(String name, List<Long> dims) {
        boolean isMatrix = dims.size() == 2 || dims.size() == 4;
        if (!isMatrix || !taken.matcher(name).matches() || left.matcher(name).matches()) {
            return Optional.empty();
        }
        Use use = stored.matcher(name).matches() ? Use.STORED : Use.PRODUCT;
        long rows = dims.get(0);
        if (halved.matcher(name).matches() && rows % 2 == 0) {
            return Optional.of(new Plan(use, List.of(rows / 2, rows / 2)));
        }
        long width = dims.get(1);
        return Optional.of(
                name.endsWith(SHARED) && rows > 3 * width
                        ? new Plan(use, List.of(width, width, width, rows - 3 * width))
                        : Plan.whole(use, dims));
    }
}
