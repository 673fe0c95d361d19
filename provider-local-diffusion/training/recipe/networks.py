"""The networks: diffusers' and transformers' own classes, small, and how they start."""

import math
import re

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel

from .settings import END_TOKEN, LATENT_CHANNELS, LATENT_FACTOR, START_TOKEN, TOKENS, VOCABULARY_SIZE

POSTERIOR_NOISE = 0.15
"""Standard deviation of the autoencoder's posterior, fixed: nothing to learn, and the decoder gets used to noise."""

SMALL_CHANNELS = (24, 48, 96, 128)

TEXT_WIDTH = 256
PROJECTION = 192


def new_small_autoencoder(picture_size: int) -> AutoencoderKL:
    """3.1 M parameters, f = 8, 8 latent channels; for pictures of half the side."""
    return _autoencoder(picture_size // 2, SMALL_CHANNELS)


def new_autoencoder(picture_size: int, scaling_factor: float = 1.0) -> AutoencoderKL:
    """3.1 M parameters, f = 16, 8 latent channels: the small one with one more level around it."""
    return _autoencoder(picture_size, (16, *SMALL_CHANNELS), scaling_factor)


def grow(autoencoder: AutoencoderKL, small: dict[str, torch.Tensor]):
    """Gives the autoencoder the weights of a small one that has no outermost level. What is new, or joins the new level
    to the old, stays as it is: the first and last convolutions, and the blocks whose width changes there."""
    own = autoencoder.state_dict()
    shifted = {
        re.sub(r"(?<=down_blocks\.)\d+", lambda number: str(int(number[0]) + 1), name): weight
        for name, weight in small.items()
    }
    fitting = {name: w for name, w in shifted.items() if name in own and own[name].shape == w.shape}
    autoencoder.load_state_dict(own | fitting)


def _autoencoder(picture_size: int, channels: tuple[int, ...], scaling_factor: float = 1.0) -> AutoencoderKL:
    autoencoder = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=LATENT_CHANNELS,
        sample_size=picture_size,
        down_block_types=["DownEncoderBlock2D"] * len(channels),
        up_block_types=["UpDecoderBlock2D"] * len(channels),
        block_out_channels=list(channels),
        layers_per_block=1,
        norm_num_groups=8,
        act_fn="silu",
        scaling_factor=scaling_factor,
        mid_block_add_attention=False,
    )
    zero_residual_branches(autoencoder, ("conv2.weight",))
    with torch.no_grad():
        autoencoder.quant_conv.weight[LATENT_CHANNELS:] = 0
        autoencoder.quant_conv.bias[LATENT_CHANNELS:] = 2 * math.log(POSTERIOR_NOISE)
    return autoencoder


def new_unet(picture_size: int) -> UNet2DConditionModel:
    """16.2 M parameters: 32.5 MB in fp16, which with the others stays below 48 MB."""
    channels = [96, 160, 224]
    unet = UNet2DConditionModel(
        sample_size=picture_size // LATENT_FACTOR,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        block_out_channels=channels,
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=[c // 32 for c in channels],
        norm_num_groups=16,
        use_linear_projection=True,
    )
    zero_residual_branches(
        unet, ("conv2.weight", "to_out.0.weight", "proj_out.weight", "ff.net.2.weight", "conv_out.weight")
    )
    return unet


def text_config() -> dict:
    return dict(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        hidden_act="quick_gelu",
        projection_dim=PROJECTION,
        bos_token_id=START_TOKEN,
        eos_token_id=END_TOKEN,
        pad_token_id=END_TOKEN,
    )


def new_text_encoder() -> CLIPTextModel:
    """4.2 M parameters."""
    encoder = CLIPTextModel(CLIPTextConfig(**text_config()))
    zero_residual_branches(encoder, ("out_proj.weight", "fc2.weight"))
    return encoder


def new_clip() -> CLIPModel:
    """A CLIP whose text tower has the shape of the text encoder; the vision tower has 1.8 M parameters and sees
    64x64."""
    clip = CLIPModel(
        CLIPConfig(
            projection_dim=PROJECTION,
            text_config=text_config(),
            vision_config=dict(
                hidden_size=192,
                intermediate_size=768,
                num_hidden_layers=4,
                num_attention_heads=3,
                image_size=64,
                patch_size=8,
                hidden_act="quick_gelu",
                projection_dim=PROJECTION,
            ),
        )
    )
    return clip


def zero_residual_branches(network: torch.nn.Module, endings: tuple[str, ...]):
    """Residual branches start at zero, so that the network starts as its skip connections."""
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith(endings):
                weight.zero_()
