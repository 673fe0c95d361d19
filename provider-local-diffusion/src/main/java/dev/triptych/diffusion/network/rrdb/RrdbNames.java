package dev.triptych.diffusion.network.rrdb;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What files call the tensors of an {@code RRDBNet}: BasicSR's names, in a training file below {@code params_ema} or
 * {@code params}, or the numbers of the first ESRGAN. Reference: XPixelGroup/BasicSR,
 * {@code basicsr/archs/rrdbnet_arch.py}; xinntao/ESRGAN, {@code RRDBNet_arch.py}. Stateless.
 */
final class RrdbNames {

    private static final Pattern OLD_BLOCK =
            Pattern.compile("model\\.1\\.sub\\.(\\d{1,4})\\.RDB([123])\\.conv([1-5])\\.0\\.(.+)");
    private static final Pattern OLD_BODY = Pattern.compile("model\\.1\\.sub\\.(\\d{1,4})\\.(weight|bias)");
    private static final Map<String, String> OLD = Map.of(
            "model.0.", "conv_first.",
            "model.3.", "conv_up1.",
            "model.6.", "conv_up2.",
            "model.8.", "conv_hr.",
            "model.10.", "conv_last.");

    private RrdbNames() {}

    /**
     * The weights under BasicSR's names.
     *
     * @throws ModelLoadException if they are no RRDBNet's
     */
    static Weights of(Weights file) {
        String section = file.has("params_ema.conv_first.weight")
                ? "params_ema."
                : file.has("params.conv_first.weight") ? "params." : "";
        Weights named = file.renamed(name -> ours(name.startsWith(section) ? name.substring(section.length()) : name));
        if (named.has("body.0.weight") || file.has("params.body.0.weight")) {
            throw new ModelLoadException(
                    file.source() + " must be an upscaler of the kind RRDBNet (ESRGAN, Real-ESRGAN)"
                            + " but is an SRVGGNetCompact, which is not supported");
        }
        if (!named.has("conv_first.weight") || !named.has("body.0.rdb1.conv1.weight")) {
            throw new ModelLoadException(file.source()
                    + " must be an upscaler of the kind RRDBNet (ESRGAN, Real-ESRGAN)" + " but holds other tensors");
        }
        return named;
    }

    private static String ours(String name) {
        Matcher block = OLD_BLOCK.matcher(name);
        if (block.matches()) {
            return "body." + block.group(1) + ".rdb" + block.group(2) + ".conv" + block.group(3) + "." + block.group(4);
        }
        Matcher body = OLD_BODY.matcher(name);
        if (body.matches()) {
            return "conv_body." + body.group(2);
        }
        for (Map.Entry<String, String> old : OLD.entrySet()) {
            if (name.startsWith(old.getKey())) {
                return old.getValue() + name.substring(old.getKey().length());
            }
        }
        return name;
    }
}
