package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The names of a U-Net's tensors. CompVis and Stability number the blocks of each way through
 * ({@code input_blocks.4.1}), diffusers has levels with layers ({@code down_blocks.1.attentions.0}). The levels are
 * found by walking the blocks: on the way down the block that halves the size ({@code op}) closes one, on the way up
 * the one that doubles it ({@code conv}); so U-Nets from which blocks were taken away have names too. No tensor is
 * turned. Reference: diffusers 0.42, {@code loaders/single_file_utils.py}, {@code convert_ldm_unet_checkpoint}.
 */
public final class UnetNames {

    /** The first convolution, which every U-Net has. */
    public static final String FIRST = "input_blocks.0.0.weight";

    private static final Map<String, String> RESNET = Map.of(
            "in_layers.0", "norm1",
            "in_layers.2", "conv1",
            "emb_layers.1", "time_emb_proj",
            "out_layers.0", "norm2",
            "out_layers.3", "conv2",
            "skip_connection", "conv_shortcut");

    private static final Map<String, String> SINGLE = Map.of(
            "time_embed.0", "time_embedding.linear_1",
            "time_embed.2", "time_embedding.linear_2",
            "label_emb", "class_embedding",
            "out.0", "conv_norm_out",
            "out.2", "conv_out",
            "input_blocks.0.0", "conv_in");

    /** Lengths of the image embeddings of Stable Diffusion 2.1 unCLIP, which join the time as classes do. */
    private static final Set<Long> UNCLIP_WIDTHS = Set.of(1536L, 2048L);

    private static final long UNCLIP_TEXT_WIDTH = 1024;

    private final Map<String, List<Long>> shapes;
    private final Map<String, Piece> pieces = new LinkedHashMap<>();
    private final SortedMap<Integer, SortedMap<Integer, SortedMap<String, String>>> inputs = new TreeMap<>();
    private final SortedMap<Integer, SortedMap<Integer, SortedMap<String, String>>> outputs = new TreeMap<>();
    private final SortedMap<Integer, SortedMap<String, String>> middle = new TreeMap<>();

    private UnetNames(Map<String, List<Long>> shapes) {
        this.shapes = shapes;
    }

    /**
     * Where the tensors of a U-Net stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the U-Net's names, such as {@code "model.diffusion_model."}, or {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        if (!shapes.containsKey(FIRST)) {
            return Prefixes.unchanged(shapes).behind(prefix);
        }
        UnetNames names = new UnetNames(shapes);
        shapes.keySet().forEach(names::sort);
        names.walkDown();
        names.walkMiddle();
        names.walkUp();
        return new Pieces(names.pieces).behind(prefix);
    }

    /** Puts a name to its block, or maps it where it stands alone. */
    private void sort(String name) {
        String[] path = name.split("\\.", 4);
        if (path.length == 4
                && path[0].equals("input_blocks")
                && isNumber(path[1])
                && isNumber(path[2])
                && !name.startsWith("input_blocks.0.0.")) {
            slot(inputs, path).put(path[3], name);
        } else if (path.length == 4 && path[0].equals("output_blocks") && isNumber(path[1]) && isNumber(path[2])) {
            slot(outputs, path).put(path[3], name);
        } else if (path.length >= 3 && path[0].equals("middle_block") && isNumber(path[1])) {
            String rest = name.substring(path[0].length() + path[1].length() + 2);
            middle.computeIfAbsent(Integer.valueOf(path[1]), key -> new TreeMap<>())
                    .put(rest, name);
        } else {
            addSingle(name);
        }
    }

    private static SortedMap<String, String> slot(
            SortedMap<Integer, SortedMap<Integer, SortedMap<String, String>>> blocks, String[] path) {
        return blocks.computeIfAbsent(Integer.valueOf(path[1]), key -> new TreeMap<>())
                .computeIfAbsent(Integer.valueOf(path[2]), key -> new TreeMap<>());
    }

    private void addSingle(String name) {
        int dot = Math.max(0, name.lastIndexOf('.'));
        String module = name.substring(0, dot);
        String label = isClass() ? "class_embedding" : "add_embedding";
        String to = switch (module) {
            case "label_emb.0.0" -> label + ".linear_1";
            case "label_emb.0.2" -> label + ".linear_2";
            default -> SINGLE.get(module);
        };
        if (to != null) {
            pieces.put(to + name.substring(dot), Piece.whole(name));
        }
    }

    /** Whether what joins the time is an image's embedding instead of a pooled text with numbers. */
    private boolean isClass() {
        List<Long> label = shapes.getOrDefault("label_emb.0.0.weight", List.of());
        return label.size() == 2 && UNCLIP_WIDTHS.contains(label.get(1)) && textWidth() == UNCLIP_TEXT_WIDTH;
    }

    private long textWidth() {
        return shapes.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("attn2.to_k.weight"))
                .mapToLong(
                        entry -> entry.getValue().size() == 2 ? entry.getValue().get(1) : 0)
                .findFirst()
                .orElse(0);
    }

    private void walkDown() {
        int level = 0;
        int layer = 0;
        for (SortedMap<Integer, SortedMap<String, String>> block : inputs.values()) {
            SortedMap<String, String> first = block.getOrDefault(0, new TreeMap<>());
            if (first.keySet().stream().anyMatch(rest -> rest.startsWith("op."))) {
                put(first, "down_blocks." + level + ".downsamplers.0.conv", rest -> rest.substring("op".length()));
                level++;
                layer = 0;
                continue;
            }
            String at = "down_blocks." + level;
            putResnet(first, at + ".resnets." + layer);
            putAttention(block.getOrDefault(1, new TreeMap<>()), at + ".attentions." + layer);
            layer++;
        }
    }

    private void walkMiddle() {
        int resnet = 0;
        int attention = 0;
        for (SortedMap<String, String> slot : middle.values()) {
            if (slot.containsKey("in_layers.0.weight")) {
                putResnet(slot, "mid_block.resnets." + resnet++);
            } else {
                putAttention(slot, "mid_block.attentions." + attention++);
            }
        }
    }

    private void walkUp() {
        int level = 0;
        int layer = 0;
        for (SortedMap<Integer, SortedMap<String, String>> block : outputs.values()) {
            String at = "up_blocks." + level;
            putResnet(block.getOrDefault(0, new TreeMap<>()), at + ".resnets." + layer);
            boolean closes = false;
            for (SortedMap<String, String> slot : block.tailMap(1).values()) {
                if (slot.keySet().stream().anyMatch(rest -> rest.startsWith("conv."))) {
                    put(slot, at + ".upsamplers.0.conv", rest -> rest.substring("conv".length()));
                    closes = true;
                } else {
                    putAttention(slot, at + ".attentions." + layer);
                }
            }
            layer = closes ? 0 : layer + 1;
            level += closes ? 1 : 0;
        }
    }

    private void putResnet(SortedMap<String, String> slot, String at) {
        slot.forEach((rest, name) -> {
            int dot = rest.lastIndexOf('.');
            String to = dot < 0 ? null : RESNET.get(rest.substring(0, dot));
            if (to != null) {
                pieces.put(at + "." + to + rest.substring(dot), Piece.whole(name));
            }
        });
    }

    /** Inside a transformer both call everything alike. */
    private void putAttention(SortedMap<String, String> slot, String at) {
        put(slot, at, rest -> "." + rest);
    }

    private void put(SortedMap<String, String> slot, String at, UnaryOperator<String> tail) {
        slot.forEach((rest, name) -> pieces.put(at + tail.apply(rest), Piece.whole(name)));
    }

    static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() < 6 && text.chars().allMatch(Character::isDigit);
    }
}
