package dev.triptych.diffusion.checkpoint.names;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What CompVis and Stability call the modules of a U-Net that has diffusers' names: diffusers counts layers in levels
 * ({@code down_blocks.1.attentions.0}), they number the blocks of each way through ({@code input_blocks.4.1}). How many
 * layers a level has is read off the names, so that pruned U-Nets come out right too. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code convert_ldm_unet_checkpoint}, the other way round.
 */
public final class CompVisUnet {

    private static final Pattern BLOCK = Pattern.compile(
            "(down_blocks|up_blocks)\\.(\\d{1,4})\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d{1,4})(\\..+)?");

    private static final Pattern MIDDLE = Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d{1,4})(\\..+)?");

    private static final Map<String, String> SINGLE = Map.of(
            "conv_in", "input_blocks.0.0",
            "time_embedding.linear_1", "time_embed.0",
            "time_embedding.linear_2", "time_embed.2",
            "add_embedding.linear_1", "label_emb.0.0",
            "add_embedding.linear_2", "label_emb.0.2",
            "conv_norm_out", "out.0",
            "conv_out", "out.2");

    private static final Map<String, String> RESNET = Map.of(
            ".norm1", ".in_layers.0",
            ".conv1", ".in_layers.2",
            ".time_emb_proj", ".emb_layers.1",
            ".norm2", ".out_layers.0",
            ".conv2", ".out_layers.3",
            ".conv_shortcut", ".skip_connection");

    private final SortedMap<Integer, Integer> downLayers = new TreeMap<>();
    private final SortedMap<Integer, Integer> upLayers = new TreeMap<>();
    private final SortedMap<Integer, Boolean> upAttends = new TreeMap<>();

    private CompVisUnet(Collection<String> modules) {
        for (String module : modules) {
            Matcher block = BLOCK.matcher(module);
            if (!block.matches()) {
                continue;
            }
            boolean down = block.group(1).equals("down_blocks");
            int level = Integer.parseInt(block.group(2));
            if (block.group(3).equals("resnets")) {
                (down ? downLayers : upLayers).merge(level, Integer.parseInt(block.group(4)) + 1, Math::max);
            } else if (!down && block.group(3).equals("attentions")) {
                upAttends.put(level, true);
            }
        }
    }

    /** For each of a U-Net's {@code modules} that has one, CompVis's name. All modules must be given at once. */
    public static Map<String, String> names(Collection<String> modules) {
        CompVisUnet unet = new CompVisUnet(modules);
        Map<String, String> names = new LinkedHashMap<>();
        for (String module : modules) {
            String name = unet.name(module);
            if (!name.isEmpty()) {
                names.put(module, name);
            }
        }
        return names;
    }

    private String name(String module) {
        Matcher block = BLOCK.matcher(module);
        if (block.matches()) {
            return block(block);
        }
        Matcher middle = MIDDLE.matcher(module);
        if (middle.matches()) {
            String rest = middle.group(3) == null ? "" : middle.group(3);
            int at = Integer.parseInt(middle.group(2));
            return middle.group(1).equals("resnets")
                    ? "middle_block." + 2 * at + RESNET.getOrDefault(rest, rest)
                    : "middle_block." + (2 * at + 1) + rest;
        }
        return SINGLE.getOrDefault(module, "");
    }

    private String block(Matcher block) {
        boolean down = block.group(1).equals("down_blocks");
        int level = Integer.parseInt(block.group(2));
        int layer = Integer.parseInt(block.group(4));
        String rest = block.group(5) == null ? "" : block.group(5);
        int before = before(down, level);
        return switch (block.group(3)) {
            case "resnets" -> way(down) + (before + layer) + ".0" + RESNET.getOrDefault(rest, rest);
            case "attentions" -> way(down) + (before + layer) + ".1" + rest;
            case "downsamplers" ->
                way(true) + (before + downLayers.getOrDefault(level, 0)) + ".0" + rest.replace(".conv", ".op");
            default ->
                way(false)
                        + (before + upLayers.getOrDefault(level, 1) - 1)
                        + (upAttends.containsKey(level) ? ".2" : ".1")
                        + rest;
        };
    }

    private static String way(boolean down) {
        return down ? "input_blocks." : "output_blocks.";
    }

    /** The number of a level's first block: on the way down {@code conv_in} and each downsampler are blocks too. */
    private int before(boolean down, int level) {
        int layers = (down ? downLayers : upLayers)
                .headMap(level).values().stream().mapToInt(Integer::intValue).sum();
        return down ? 1 + layers + level : layers;
    }
}
