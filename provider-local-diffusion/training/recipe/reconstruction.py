"""How well an autoencoder gives pictures back: what is trained on, and what is measured."""

import torch
import torch.nn.functional as F

from .pictures import Pictures, halved


def reconstruction_loss(reconstruction: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """L1, plus L1 of the differences of neighbouring pixels (edges), plus L1 of 4x4 means (colour of areas)."""
    error = reconstruction.float() - picture
    edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + 0.5 * edges + 0.5 * F.avg_pool2d(error, 4).abs().mean()


def decibels(reconstruction: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """Peak signal-to-noise ratio of each picture, [n]; peak 2, as the range is [-1, 1]."""
    return 10 * torch.log10(4 / ((reconstruction - picture) ** 2).mean((1, 2, 3)))


@torch.no_grad()
def held_out_psnr(autoencoder, pictures: Pictures, half_size: bool) -> tuple[float, float]:
    """Mean ratio of the held-out pictures in dB: of what the autoencoder reads, and of both sides halved. With
    `half_size` it reads halved pictures."""
    ratios = []
    for i in range(0, len(pictures.held_out), 20):
        picture = pictures.tensor(pictures.held_out[i : i + 20])
        picture = halved(picture) if half_size else picture
        again = autoencoder.decode(autoencoder.encode(picture).latent_dist.mean).sample.clamp(-1, 1)
        ratios.append(torch.stack([decibels(again, picture), decibels(halved(again), halved(picture))]))
    return tuple(torch.cat(ratios, 1).mean(1).tolist())
