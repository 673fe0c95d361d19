#!/usr/bin/env python3
"""A Stable Diffusion XL checkpoint of its true size with RANDOM weights, for measurements of speed and memory.

Writes a diffusers directory in fp16 (6.9 GB). Matrices and convolutions are N(0, 1/sqrt(fan_in)), norms 1 and 0, biases
N(0, 0.01), so that activations stay of order 1. The same seed gives the same bytes. It needs numpy.

usage: make_sdxl.py FOLDER TOKENIZER
  TOKENIZER  a folder with CLIP's vocab.json and merges.txt
"""
import json
import math
import os
import shutil
import sys

import numpy as np

CHUNK = 1 << 24


def resnet(spec, name, channels_in, channels_out, time):
    spec += [(name + ".norm1.weight", (channels_in,)), (name + ".norm1.bias", (channels_in,))]
    conv(spec, name + ".conv1", channels_in, channels_out, 3)
    if time:
        linear(spec, name + ".time_emb_proj", time, channels_out)
    spec += [(name + ".norm2.weight", (channels_out,)), (name + ".norm2.bias", (channels_out,))]
    conv(spec, name + ".conv2", channels_out, channels_out, 3)
    if channels_in != channels_out:
        conv(spec, name + ".conv_shortcut", channels_in, channels_out, 1)


def conv(spec, name, channels_in, channels_out, kernel):
    spec += [(name + ".weight", (channels_out, channels_in, kernel, kernel)), (name + ".bias", (channels_out,))]


def linear(spec, name, width_in, width_out, bias=True):
    spec.append((name + ".weight", (width_out, width_in)))
    if bias:
        spec.append((name + ".bias", (width_out,)))


def norm(spec, name, width):
    spec += [(name + ".weight", (width,)), (name + ".bias", (width,))]


def transformer(spec, name, channels, depth, text):
    norm(spec, name + ".norm", channels)
    linear(spec, name + ".proj_in", channels, channels)
    for i in range(depth):
        block = f"{name}.transformer_blocks.{i}"
        for attention, context in (("attn1", channels), ("attn2", text)):
            linear(spec, f"{block}.{attention}.to_q", channels, channels, False)
            linear(spec, f"{block}.{attention}.to_k", context, channels, False)
            linear(spec, f"{block}.{attention}.to_v", context, channels, False)
            linear(spec, f"{block}.{attention}.to_out.0", channels, channels)
        linear(spec, block + ".ff.net.0.proj", channels, 8 * channels)
        linear(spec, block + ".ff.net.2", 4 * channels, channels)
        for k in (1, 2, 3):
            norm(spec, f"{block}.norm{k}", channels)
    linear(spec, name + ".proj_out", channels, channels)


def unet():
    channels, depths, time, text = [320, 640, 1280], [0, 2, 10], 1280, 2048
    spec = []
    linear(spec, "time_embedding.linear_1", 320, time)
    linear(spec, "time_embedding.linear_2", time, time)
    linear(spec, "add_embedding.linear_1", 2816, time)
    linear(spec, "add_embedding.linear_2", time, time)
    conv(spec, "conv_in", 4, 320, 3)
    skips, width = [320], 320
    for level, out in enumerate(channels):
        for i in range(2):
            resnet(spec, f"down_blocks.{level}.resnets.{i}", width, out, time)
            if depths[level]:
                transformer(spec, f"down_blocks.{level}.attentions.{i}", out, depths[level], text)
            width = out
            skips.append(out)
        if level < 2:
            conv(spec, f"down_blocks.{level}.downsamplers.0.conv", out, out, 3)
            skips.append(out)
    resnet(spec, "mid_block.resnets.0", 1280, 1280, time)
    transformer(spec, "mid_block.attentions.0", 1280, 10, text)
    resnet(spec, "mid_block.resnets.1", 1280, 1280, time)
    for level in range(3):
        out = channels[2 - level]
        for i in range(3):
            resnet(spec, f"up_blocks.{level}.resnets.{i}", width + skips.pop(), out, time)
            if depths[2 - level]:
                transformer(spec, f"up_blocks.{level}.attentions.{i}", out, depths[2 - level], text)
            width = out
        if level < 2:
            conv(spec, f"up_blocks.{level}.upsamplers.0.conv", out, out, 3)
    norm(spec, "conv_norm_out", 320)
    conv(spec, "conv_out", 320, 4, 3)
    return spec


def attention(spec, name, channels):
    norm(spec, name + ".group_norm", channels)
    for part in ("to_q", "to_k", "to_v", "to_out.0"):
        linear(spec, f"{name}.{part}", channels, channels)


def vae():
    channels, spec = [128, 256, 512, 512], []
    conv(spec, "encoder.conv_in", 3, 128, 3)
    width = 128
    for level, out in enumerate(channels):
        for i in range(2):
            resnet(spec, f"encoder.down_blocks.{level}.resnets.{i}", width, out, 0)
            width = out
        if level < 3:
            conv(spec, f"encoder.down_blocks.{level}.downsamplers.0.conv", out, out, 3)
    for half in ("encoder", "decoder"):
        for i in (0, 1):
            resnet(spec, f"{half}.mid_block.resnets.{i}", 512, 512, 0)
        attention(spec, f"{half}.mid_block.attentions.0", 512)
    norm(spec, "encoder.conv_norm_out", 512)
    conv(spec, "encoder.conv_out", 512, 8, 3)
    conv(spec, "quant_conv", 8, 8, 1)
    conv(spec, "post_quant_conv", 4, 4, 1)
    conv(spec, "decoder.conv_in", 4, 512, 3)
    width = 512
    for level, out in enumerate(reversed(channels)):
        for i in range(3):
            resnet(spec, f"decoder.up_blocks.{level}.resnets.{i}", width, out, 0)
            width = out
        if level < 3:
            conv(spec, f"decoder.up_blocks.{level}.upsamplers.0.conv", out, out, 3)
    norm(spec, "decoder.conv_norm_out", 128)
    conv(spec, "decoder.conv_out", 128, 3, 3)
    return spec


def clip(width, layers, inner, projection):
    spec, root = [], "text_model."
    spec.append((root + "embeddings.token_embedding.weight", (49408, width)))
    spec.append((root + "embeddings.position_embedding.weight", (77, width)))
    for i in range(layers):
        layer = f"{root}encoder.layers.{i}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(spec, f"{layer}.self_attn.{part}", width, width)
        norm(spec, layer + ".layer_norm1", width)
        norm(spec, layer + ".layer_norm2", width)
        linear(spec, layer + ".mlp.fc1", width, inner)
        linear(spec, layer + ".mlp.fc2", inner, width)
    norm(spec, root + "final_layer_norm", width)
    if projection:
        spec.append(("text_projection.weight", (projection, width)))
    return spec


def write(path, spec, rng):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    header, offset = {}, 0
    for name, shape in spec:
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in spec:
            for start in range(0, math.prod(shape), CHUNK):
                count = min(CHUNK, math.prod(shape) - start)
                file.write(values(name, shape, count, rng).astype(np.float16).tobytes())
    print(path, offset // 1_000_000, "MB")


def values(name, shape, count, rng):
    if "norm" in name:
        return np.ones(count) if name.endswith("weight") else np.zeros(count)
    scale = 0.01 if len(shape) == 1 else 0.02 if "embedding.weight" in name else 1 / math.sqrt(math.prod(shape[1:]))
    return rng.standard_normal(count, dtype=np.float32) * np.float32(scale)


def config(folder, part, values):
    os.makedirs(os.path.join(folder, part), exist_ok=True)
    with open(os.path.join(folder, part, "config.json"), "w") as file:
        json.dump(values, file, indent=1)


def main():
    folder, tokenizer = sys.argv[1], sys.argv[2]
    rng = np.random.default_rng(0)
    config(folder, "unet", dict(
        _class_name="UNet2DConditionModel", sample_size=128, in_channels=4, out_channels=4, cross_attention_dim=2048,
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816, block_out_channels=[320, 640, 1280], attention_head_dim=[5, 10, 20],
        transformer_layers_per_block=[1, 2, 10],
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]))
    config(folder, "vae", dict(
        _class_name="AutoencoderKL", block_out_channels=[128, 256, 512, 512], layers_per_block=2, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, scaling_factor=0.13025))
    for part, width, layers, inner, act, heads in (
            ("text_encoder", 768, 12, 3072, "quick_gelu", 12), ("text_encoder_2", 1280, 32, 5120, "gelu", 20)):
        config(folder, part, dict(
            model_type="clip_text_model", hidden_size=width, num_hidden_layers=layers, intermediate_size=inner,
            hidden_act=act, num_attention_heads=heads, projection_dim=width, eos_token_id=2))
    os.makedirs(os.path.join(folder, "scheduler"), exist_ok=True)
    with open(os.path.join(folder, "scheduler", "scheduler_config.json"), "w") as file:
        json.dump(dict(_class_name="EulerDiscreteScheduler", beta_start=0.00085, beta_end=0.012,
                       beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1), file)
    for part in ("tokenizer", "tokenizer_2"):
        shutil.copytree(tokenizer, os.path.join(folder, part), dirs_exist_ok=True)
    with open(os.path.join(folder, "model_index.json"), "w") as file:
        json.dump(dict(
            _class_name="StableDiffusionXLPipeline", force_zeros_for_empty_prompt=True,
            scheduler=["diffusers", "EulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModel"],
            text_encoder_2=["transformers", "CLIPTextModelWithProjection"], tokenizer=["transformers", "CLIPTokenizer"],
            tokenizer_2=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"],
            vae=["diffusers", "AutoencoderKL"]), file, indent=1)
    write(os.path.join(folder, "unet", "diffusion_pytorch_model.fp16.safetensors"), unet(), rng)
    write(os.path.join(folder, "vae", "diffusion_pytorch_model.fp16.safetensors"), vae(), rng)
    write(os.path.join(folder, "text_encoder", "model.fp16.safetensors"), clip(768, 12, 3072, 0), rng)
    write(os.path.join(folder, "text_encoder_2", "model.fp16.safetensors"), clip(1280, 32, 5120, 1280), rng)


main()
