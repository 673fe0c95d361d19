"""Batches of the drawn pictures, for the stages that look at pixels."""

import numpy as np
import torch
import torch.nn.functional as F

from .training import Device

HELD_OUT = 200
"""Pictures at the end of the last part that are only measured on."""


class Pictures:
    """The pixels of some parts of the data, all halved if so wanted. Read in the training's own thread: torch in a
    second thread fights for the cores."""

    def __init__(self, parts: list[np.ndarray], device: Device, half_size: bool = False):
        self.parts, self.device, self.half_size = parts, device, half_size
        self.side = parts[0].shape[1]
        self.held_out = np.array(parts[-1][-min(HELD_OUT, len(parts[-1]) // 2) :])

    def batch(self, rng: np.random.Generator, size: int, crop: int | None = None) -> torch.Tensor:
        """[size, 3, h, w] in [-1, 1], crops of so many drawn pixels or, without `crop`, whole pictures. All from one
        part, in its order, so that a file is read forwards."""
        part = self.parts[int(rng.integers(len(self.parts)))]
        numbers = rng.integers(len(part) - (len(self.held_out) if part is self.parts[-1] else 0), size=size)
        crop = min(crop or self.side, self.side)
        pixels = np.empty((size, crop, crop, 3), np.uint8)
        for k, number in enumerate(np.sort(numbers)):
            y, x = (int(v) * 4 for v in rng.integers(0, (self.side - crop) // 4 + 1, 2))
            pixels[k] = part[number, y : y + crop, x : x + crop]
        return self.tensor(pixels)

    def tensor(self, pixels: np.ndarray) -> torch.Tensor:
        """What the training sees of these pixels."""
        pictures = to_tensor(pixels, self.device.name).contiguous()
        return halved(pictures) if self.half_size else pictures


def to_tensor(pixels: np.ndarray, device: str) -> torch.Tensor:
    """uint8 [n, h, w, 3] to [n, 3, h, w] in [-1, 1]."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def halved(pictures: torch.Tensor) -> torch.Tensor:
    """Half the side, each pixel the mean of four."""
    return F.avg_pool2d(pictures, 2)
