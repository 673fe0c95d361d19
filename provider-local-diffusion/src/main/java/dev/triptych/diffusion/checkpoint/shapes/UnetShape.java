package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The config of a {@code UNet2DConditionModel} from the shapes of its tensors. Heads are not in them: where the
 * projections around a transformer are convolutions there are 8, else one for each 64 channels. Reference: diffusers
 * 0.42, {@code loaders/single_file_utils.py}, {@code create_unet_diffusers_config_from_ldm}; ComfyUI,
 * {@code comfy/model_detection.py}.
 */
public final class UnetShape {

    private static final int HEAD = 64;
    private static final int HEADS = 8;

    /** The length of each number's vector of sines and cosines in Stable Diffusion XL. */
    private static final int TIME_CHANNELS = 256;

    /** The text of Stable Diffusion 1, whose projections are convolutions even where a container drops axes of 1. */
    private static final int CLIP_L = 768;

    private final Shapes shapes;
    private final int levels;

    private UnetShape(Shapes shapes) {
        this.shapes = shapes;
        this.levels = shapes.count("down_blocks.");
    }

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> shapes) {
        UnetShape unet = new UnetShape(new Shapes(shapes));
        return new NetworkShape(unet.known(), unet.usual(), "block_out_channels");
    }

    private ObjectNode known() {
        ObjectNode config = Shapes.object();
        config.put("_class_name", "UNet2DConditionModel");
        config.put("in_channels", shapes.columns("conv_in.weight"));
        config.put("out_channels", shapes.rows("conv_out.weight"));
        config.put("conv_in_kernel", Math.max(1, shapes.axis("conv_in.weight", 2)));
        config.put("conv_out_kernel", Math.max(1, shapes.axis("conv_out.weight", 2)));
        List<Integer> layers = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            layers.add(shapes.count("down_blocks." + level + ".resnets."));
            config.withArray("block_out_channels").add(channels(level));
            config.withArray("down_block_types")
                    .add(hasAttention("down_blocks." + level) ? "CrossAttnDownBlock2D" : "DownBlock2D");
            config.withArray("up_block_types")
                    .add(hasAttention("up_blocks." + level) ? "CrossAttnUpBlock2D" : "UpBlock2D");
        }
        putNumberOrList(config, "layers_per_block", layers);
        putDepths(config, layers);
        putMiddle(config);
        config.put("cross_attention_dim", shapes.columnsOfFirst("attn2.to_k.weight"));
        config.put("use_linear_projection", isLinear());
        putAdditions(config);
        return config;
    }

    private int channels(int level) {
        return shapes.rows("down_blocks." + level + ".resnets.0.conv1.weight");
    }

    private boolean hasAttention(String block) {
        return shapes.anyStarts(block + ".attentions.");
    }

    private boolean isLinear() {
        return shapes.byName().keySet().stream()
                        .filter(name -> name.endsWith(".proj_in.weight"))
                        .anyMatch(name -> shapes.axes(name) == 2)
                && shapes.columnsOfFirst("attn2.to_k.weight") != CLIP_L;
    }

    private static void putNumberOrList(ObjectNode config, String key, List<Integer> numbers) {
        if (new HashSet<>(numbers).size() == 1) {
            config.put(key, numbers.get(0));
        } else {
            numbers.forEach(config.withArray(key)::add);
        }
    }

    /** How deep the transformers are: on the way down, and on the way up where that is not the mirror image. */
    private void putDepths(ObjectNode config, List<Integer> layers) {
        ArrayNode down = config.putArray("transformer_layers_per_block");
        ArrayNode up = JsonNodeFactory.instance.arrayNode();
        boolean mirrored = true;
        for (int level = 0; level < levels; level++) {
            List<Integer> depths = depths("down_blocks." + level, layers.get(level));
            boolean isLast = level == levels - 1;
            add(down, isLast && depths.stream().allMatch(depth -> depth == 0) ? List.of(middleDepth()) : depths);
        }
        for (int level = 0; level < levels; level++) {
            int opposite = levels - 1 - level;
            List<Integer> depths = depths("up_blocks." + level, layers.get(opposite) + 1);
            List<Integer> across = depths("down_blocks." + opposite, layers.get(opposite));
            boolean attends = depths.stream().anyMatch(depth -> depth > 0);
            mirrored &= !attends || (new HashSet<>(depths).equals(new HashSet<>(across)) && isUniform(depths));
            up.add(array(depths));
        }
        if (!mirrored) {
            config.set("reverse_transformer_layers_per_block", up);
        }
    }

    private static boolean isUniform(List<Integer> numbers) {
        return new HashSet<>(numbers).size() == 1;
    }

    private List<Integer> depths(String block, int layers) {
        List<Integer> depths = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            depths.add(shapes.count(block + ".attentions." + layer + ".transformer_blocks."));
        }
        return depths;
    }

    private int middleDepth() {
        return Math.max(1, shapes.count("mid_block.attentions.0.transformer_blocks."));
    }

    private static void add(ArrayNode list, List<Integer> depths) {
        if (isUniform(depths)) {
            list.add(Math.max(1, depths.get(0)));
        } else {
            list.add(array(depths));
        }
    }

    private static ArrayNode array(List<Integer> numbers) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        numbers.forEach(array::add);
        return array;
    }

    private void putMiddle(ObjectNode config) {
        if (hasAttention("mid_block")) {
            config.put("mid_block_type", "UNetMidBlock2DCrossAttn");
        } else if (shapes.anyStarts("mid_block.resnets.")) {
            config.put("mid_block_type", "UNetMidBlock2D");
        } else {
            config.putNull("mid_block_type");
        }
    }

    /** What joins the time: pooled text with numbers (XL), an image's embedding (unCLIP), a label, a guidance scale. */
    private void putAdditions(ObjectNode config) {
        if (shapes.has("add_embedding.linear_1.weight")) {
            config.put("addition_embed_type", "text_time");
            config.put("projection_class_embeddings_input_dim", shapes.columns("add_embedding.linear_1.weight"));
        } else if (shapes.has("class_embedding.linear_1.weight")) {
            config.put("class_embed_type", "projection");
            config.put("projection_class_embeddings_input_dim", shapes.columns("class_embedding.linear_1.weight"));
        } else if (shapes.has("class_embedding.weight")) {
            config.put("num_class_embeds", shapes.rows("class_embedding.weight"));
        }
        if (shapes.has("time_embedding.cond_proj.weight")) {
            config.put("time_cond_proj_dim", shapes.columns("time_embedding.cond_proj.weight"));
        }
    }

    private ObjectNode usual() {
        ObjectNode config = Shapes.object();
        if (isLinear()) {
            ArrayNode heads = config.putArray("attention_head_dim"); // which is what diffusers calls the heads
            for (int level = 0; level < levels; level++) {
                heads.add(Math.max(1, channels(level) / HEAD));
            }
        } else {
            config.put("attention_head_dim", HEADS);
        }
        if (shapes.has("add_embedding.linear_1.weight")) {
            config.put("addition_time_embed_dim", TIME_CHANNELS);
        }
        return config;
    }
}
