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
def report_held_out(autoencoder, pictures: Pictures):
    """Prints the mean ratio of the held-out pictures in dB, also with both sides halved."""
    ratios = []
    for i in range(0, len(pictures.held_out), 20):
        picture = pictures.tensor(pictures.held_out[i : i + 20])
        again = autoencoder.decode(autoencoder.encode(picture).latent_dist.mean).sample.clamp(-1, 1)
        ratios.append(torch.stack([decibels(again, picture), decibels(halved(again), halved(picture))]))
    whole, half = torch.cat(ratios, 1).mean(1).tolist()
    print(f"held out {whole:.2f} dB, at half the size {half:.2f} dB", flush=True)
