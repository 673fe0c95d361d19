"""Spoils drawings the way a weak generator does: the colours of a thing without its shape.

The classifier learns to call these "nothing". A judge that only chooses among things forgives a lump, because colour
and outline are enough to choose.
"""

import torch
import torch.nn.functional as F


def lumps(pictures: torch.Tensor) -> torch.Tensor:
    """Each of [n, 3, side, side] spoilt in one of four ways, chosen by chance."""
    ways = (warped, melted, erased, mixed)
    spoilt = torch.stack([way(pictures) for way in ways])
    return spoilt[torch.randint(len(ways), (len(pictures),)), torch.arange(len(pictures))]


def bent(pictures: torch.Tensor, most: float) -> torch.Tensor:
    """Bent so little that everything can still be told: by up to `most` of half a side."""
    return _moved(pictures, most, 4)


def warped(pictures: torch.Tensor) -> torch.Tensor:
    """Parts pulled far from their places."""
    return _moved(pictures, 0.2, 8)


def melted(pictures: torch.Tensor) -> torch.Tensor:
    """Parts run into each other: blurred, bent, and with edges again."""
    soft = F.avg_pool2d(F.pad(_moved(pictures, 0.12, 6), (4, 4, 4, 4), mode="replicate"), 9, 1)
    levels = 3.0
    return (soft * levels).round().div(levels).lerp(soft, 0.4)


def erased(pictures: torch.Tensor) -> torch.Tensor:
    """Two thirds of the picture in patches, replaced by what is around them."""
    side = pictures.size(-1)
    around = F.interpolate(F.adaptive_avg_pool2d(pictures, 4), (side, side), mode="bilinear", align_corners=False)
    mask = F.interpolate(torch.randn(len(pictures), 1, 7, 7, device=pictures.device), (side, side), mode="bicubic")
    return torch.where(mask > -0.35, around, pictures)


def mixed(pictures: torch.Tensor) -> torch.Tensor:
    """Parts of one thing joined to parts of another."""
    side = pictures.size(-1)
    others = pictures.roll(1, 0)
    mask = F.interpolate(torch.randn(len(pictures), 1, 4, 4, device=pictures.device), (side, side), mode="bicubic")
    return _moved(torch.where(mask > 0, others, pictures), 0.08, 6)


def _moved(pictures: torch.Tensor, most: float, knots: int) -> torch.Tensor:
    """Displaced by a smooth random field; `most` is its standard deviation in halves of a side."""
    count, _, side, _ = pictures.shape
    field = F.interpolate(
        torch.randn(count, 2, knots, knots, device=pictures.device) * most, (side, side), mode="bicubic"
    )
    line = torch.linspace(-1 + 1 / side, 1 - 1 / side, side, device=pictures.device)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1) + field.permute(0, 2, 3, 1)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
