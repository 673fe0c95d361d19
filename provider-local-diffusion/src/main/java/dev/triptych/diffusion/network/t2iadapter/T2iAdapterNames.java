package dev.triptych.diffusion.network.t2iadapter;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.network.t2iadapter.T2iAdapterConfig.Kind;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that holds a T2I-Adapter without a config, in diffusers' names or in those of its authors (TencentARC's
 * {@code ldm/modules/encoders/adapter.py}): {@code body.5.block1} for residual blocks that are counted through all
 * blocks, {@code body.2.body.1.block1} in a light one.
 */
final class T2iAdapterNames {

    private static final String PREFIX = "adapter.";
    private static final String FIRST = "conv_in.weight";

    /** A full adapter in its authors' names has four blocks. */
    private static final int BLOCKS = 4;

    private static final Pattern COUNTED = Pattern.compile("body\\.(\\d+)\\.(block[12]|in_conv)\\.(weight|bias)");
    private static final Pattern LIGHT = Pattern.compile("body\\.(\\d+)\\.body\\.(\\d+)\\.(.*)");
    private static final Pattern RESIDUAL =
            Pattern.compile(PREFIX + "body\\.(\\d+)\\.resnets\\.(\\d+)\\.block1\\.weight");

    private T2iAdapterNames() {}

    /** The weights under diffusers' names, which all begin with {@code adapter.}. */
    static Weights diffusers(Weights weights) {
        boolean counted =
                weights.names().stream().anyMatch(name -> COUNTED.matcher(name).matches() && name.contains(".block1."));
        int perBlock = counted ? countedBlocks(weights) / BLOCKS : 1;
        return weights.renamed(name -> name.startsWith(PREFIX) ? name : PREFIX + own(name, counted, perBlock));
    }

    private static int countedBlocks(Weights weights) {
        return (int) weights.names().stream()
                .filter(name -> name.matches("body\\.\\d+\\.block1\\.weight"))
                .count();
    }

    private static String own(String name, boolean counted, int perBlock) {
        Matcher light = LIGHT.matcher(name);
        if (light.matches()) {
            return "body." + light.group(1) + ".resnets." + light.group(2) + "." + light.group(3);
        }
        Matcher matcher = COUNTED.matcher(name);
        if (!counted || !matcher.matches()) {
            return name;
        }
        int index = Integer.parseInt(matcher.group(1));
        String leaf = matcher.group(2) + "." + matcher.group(3);
        return "body." + index / perBlock
                + (matcher.group(2).equals("in_conv") ? "." : ".resnets." + index % perBlock + ".") + leaf;
    }

    /**
     * The config that the shapes of {@code weights}, in diffusers' names, tell.
     *
     * @throws ModelLoadException if they are not those of a T2I-Adapter
     */
    static T2iAdapterConfig config(Weights weights) {
        Map<String, List<Long>> shapes = weights.shapes();
        boolean light = shapes.containsKey(PREFIX + "body.0.out_conv.weight");
        List<Long> first = shapes.getOrDefault(PREFIX + (light ? "body.0.in_conv.weight" : FIRST), List.of());
        List<Integer> channels = new ArrayList<>();
        int residualBlocks = 0;
        for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
            Matcher residual = RESIDUAL.matcher(tensor.getKey());
            if (residual.matches()) {
                residualBlocks = Math.max(residualBlocks, Integer.parseInt(residual.group(2)) + 1);
            }
        }
        String width = light ? ".out_conv.weight" : ".resnets.0.block1.weight";
        for (int i = 0; shapes.containsKey(PREFIX + "body." + i + width); i++) {
            channels.add(Math.toIntExact(
                    shapes.getOrDefault(PREFIX + "body." + i + width, List.of()).get(0)));
        }
        if (first.size() < 2 || channels.isEmpty() || residualBlocks == 0) {
            throw new ModelLoadException(
                    weights.source() + " must be a T2I-Adapter but its tensors have other names than those have");
        }
        if (light) {
            channels.remove(channels.size() - 1);
        }
        return shaped(weights.source(), light, first.get(1), channels, residualBlocks);
    }

    /** A square of pixels has as many numbers as the first convolution reads. */
    private static T2iAdapterConfig shaped(
            String source, boolean light, long folded, List<Integer> channels, int residualBlocks) {
        int factor = folded >= 256 ? 16 : 8;
        long inChannels = folded / factor / factor;
        boolean known = inChannels * factor * factor == folded && (inChannels == 1 || inChannels == 3);
        if (!known) {
            throw new ModelLoadException(
                    source + " must be a T2I-Adapter of pictures of 1 or 3 channels in squares of 8"
                            + " or 16 but its first convolution reads " + folded + " numbers");
        }
        Kind kind = light ? Kind.LIGHT : factor == 16 ? Kind.FULL_XL : Kind.FULL;
        return new T2iAdapterConfig(kind, (int) inChannels, channels, residualBlocks, factor);
    }
}
