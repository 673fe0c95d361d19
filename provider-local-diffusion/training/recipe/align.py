"""Alignment of the U-Net with what CLIP's vision tower sees: an option of stage 8.

Yu et al. 2024, "Representation Alignment for Generation: Training Diffusion Transformers Is Easier Than You Think": the
features of a noisy picture in a layer of the denoiser, through a small network that is thrown away afterwards, must
point where an encoder's features of the clean picture point, place by place.
"""

import numpy as np
import torch
import torch.nn.functional as F

from .make_data import read_pixels
from .train_vision import Clip, pixel_values
from .training import Device, load_averaged

PATCHES = 8
"""Along one side, of the vision tower: 64 / 8; the U-Net's first way up ends at as many places for 256x256."""
CLIP_WIDTH = 192


@torch.no_grad()
def features_of(out, parts: range, device: Device) -> torch.Tensor:
    """float16 [pictures, 64, 192], of length 1: the vision tower's last hidden states of each patch of each picture."""
    clip = device.put(Clip()).eval()
    load_averaged({"clip": clip}, out / "vision.pt", device)
    features = []
    for part in read_pixels(out, parts):
        for start in range(0, len(part), 100):
            pixels = pixel_values(np.array(part[start : start + 100]), device.name)
            patches = clip.vision_model(pixel_values=pixels).last_hidden_state[:, 1:]
            features.append(F.normalize(patches, dim=-1).half())
    return torch.cat(features)


class Aligner(torch.nn.Module):
    """Listens to a U-Net's first way up, [n, width, 8, 8], and maps each place to the vision tower's width."""

    def __init__(self, unet, device: Device):
        super().__init__()
        width = unet.config.block_out_channels[-1]
        self.inner, self.outer = torch.nn.Linear(width, width), torch.nn.Linear(width, CLIP_WIDTH)
        device.put(self)
        self._heard: list[torch.Tensor] = []
        unet.up_blocks[0].register_forward_hook(lambda block, given, made: self._hear(made))

    def _hear(self, made: torch.Tensor):
        self._heard = [made]

    def loss(self, features: torch.Tensor) -> torch.Tensor:
        """Minus the mean cosine between the layer of the last forward pass and `features` [n, 64, 192] of length 1."""
        heard = self._heard.pop().float()
        pooled = F.adaptive_avg_pool2d(heard, PATCHES).flatten(2).transpose(1, 2)
        seen = self.outer(F.silu(self.inner(pooled)))
        return -(F.normalize(seen, dim=-1) * features.float()).sum(-1).mean()
