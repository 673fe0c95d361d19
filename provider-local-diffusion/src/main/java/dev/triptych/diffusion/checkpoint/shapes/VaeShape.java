package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * The config of an {@code AutoencoderKL} from the shapes of its tensors. What the latents are scaled by is not in them:
 * the autoencoders of Stable Diffusion 1 and XL are alike in every shape. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code create_vae_diffusers_config_from_ldm}.
 */
public final class VaeShape {

    private VaeShape() {}

    /** Reads the shapes, by the names of diffusers. */
    public static NetworkShape of(Map<String, List<Long>> byName) {
        Shapes shapes = new Shapes(byName);
        boolean decodesOnly = !shapes.anyStarts("encoder.down_blocks.");
        String way = decodesOnly ? "decoder.up_blocks." : "encoder.down_blocks.";
        int levels = shapes.count(way);
        ObjectNode config = Shapes.object();
        config.put("_class_name", shapes.has("bn.running_mean") ? "AutoencoderKLFlux2" : "AutoencoderKL");
        config.put("latent_channels", shapes.columns("decoder.conv_in.weight"));
        config.put("out_channels", shapes.rows("decoder.conv_out.weight"));
        config.put("in_channels", decodesOnly ? 3 : shapes.columns("encoder.conv_in.weight"));
        for (int level = 0; level < levels; level++) {
            int block = decodesOnly ? levels - 1 - level : level;
            config.withArray("block_out_channels").add(shapes.rows(way + block + ".resnets.0.conv1.weight"));
            config.withArray("down_block_types").add("DownEncoderBlock2D");
            config.withArray("up_block_types").add("UpDecoderBlock2D");
        }
        config.put("layers_per_block", shapes.count(way + "0.resnets.") - (decodesOnly ? 1 : 0));
        config.put("use_quant_conv", shapes.has("quant_conv.weight"));
        config.put("use_post_quant_conv", shapes.has("post_quant_conv.weight"));
        config.put("mid_block_add_attention", shapes.anyStarts("decoder.mid_block.attentions."));
        ObjectNode usual = Shapes.object();
        usual.put("norm_num_groups", 32);
        return new NetworkShape(config, usual, "latent_channels");
    }
}
