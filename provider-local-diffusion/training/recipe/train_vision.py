"""Stage 9, CLIP vision tower: trains it against the frozen text encoder of the U-Net.

The text tower's output at the end token is computed once for all captions; what learns is the vision tower, the two
projections and the temperature, with the symmetric contrastive loss of CLIP (Radford et al. 2021, figure 3). State:
OUT/vision.pt.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from .make_data import picture, read_captions, read_pixels
from .networks import new_clip, new_text_encoder
from .settings import settings_of, stage_arguments
from .train_tokenizer import read_tokenizer, token_ids
from .training import Device, Trainer, load_averaged

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""CLIPImageProcessor's, so that its default settings fit."""
HELD_OUT = 500


def pixel_values(pixels: np.ndarray, device: str, side: int = 64) -> torch.Tensor:
    """uint8 [n, h, w, 3] to what the vision tower reads: [n, 3, 64, 64], bicubic with antialiasing, normalised."""
    image = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float()
    image = F.interpolate(image, (side, side), mode="bicubic", antialias=True).clamp(0, 255) / 255
    mean, std = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (image - mean) / std


@torch.no_grad()
def pooled_texts(out, captions: list[str], device: Device) -> torch.Tensor:
    """[captions, 256]: the averaged text encoder's output at the end token."""
    text = device.put(new_text_encoder()).eval()
    load_averaged({"text": text}, out / "unet.pt", device)
    ids = token_ids(read_tokenizer(out), captions)
    return torch.cat(
        [
            text(input_ids=torch.from_numpy(ids[i : i + 256].astype(np.int64)).to(device.name)).pooler_output
            for i in range(0, len(ids), 256)
        ]
    )


class Clip(torch.nn.Module):
    """The learning half of CLIPModel: everything but its text tower, under CLIPModel's names."""

    def __init__(self):
        super().__init__()
        clip = new_clip()
        self.vision_model, self.visual_projection = clip.vision_model, clip.visual_projection
        self.text_projection, self.logit_scale = clip.text_projection, clip.logit_scale

    def forward(self, pixel_values, pooled_texts) -> torch.Tensor:
        """Scaled cosine similarities [texts, pictures]."""
        pictures = F.normalize(
            self.visual_projection(self.vision_model(pixel_values=pixel_values).pooler_output), dim=-1
        )
        texts = F.normalize(self.text_projection(pooled_texts), dim=-1)
        return self.logit_scale.clamp(max=math.log(100)).exp() * texts @ pictures.T


def contrastive_loss(similarities: torch.Tensor, captions: torch.Tensor) -> torch.Tensor:
    """`captions` numbers equal captions equally: what has the same caption is no wrong answer."""
    same = (captions[:, None] == captions[None]) & ~torch.eye(len(captions), dtype=torch.bool, device=captions.device)
    similarities = similarities.float().masked_fill(same, -1e4)
    right = torch.arange(len(captions), device=captions.device)
    return (F.cross_entropy(similarities, right) + F.cross_entropy(similarities.T, right)) / 2


def main():
    arguments = stage_arguments(__doc__).parse_args()
    out, settings, device = arguments.out, settings_of(arguments), Device()
    parts, captions = read_pixels(out, range(settings.pixel_parts)), read_captions(out, range(settings.pixel_parts))
    pooled = pooled_texts(out, captions, device)
    numbers = torch.from_numpy(np.unique(captions, return_inverse=True)[1].copy()).to(device.name)
    clip = device.put(Clip())
    trainer = Trainer(
        {"clip": clip},
        out / "vision.pt",
        device,
        arguments.minutes or settings.vision_minutes,
        settings.save_seconds,
        muon_rate=1e-3,
        adam_rate=1e-3,
    )
    rng, batch = np.random.default_rng([3, trainer.step]), arguments.batch or settings.vision_batch
    held_out = np.arange(len(captions))[-min(HELD_OUT, len(captions) // 4) :]

    def similarities(chosen: np.ndarray) -> torch.Tensor:
        pixels = np.stack([picture(parts, int(i)) for i in chosen])
        with device.half():
            return clip(pixel_values(pixels, device.name), pooled[torch.from_numpy(chosen).to(device.name)])

    while trainer.goes_on():
        chosen = np.sort(rng.integers(held_out[0], size=batch))
        trainer.learn(contrastive_loss(similarities(chosen), numbers[torch.from_numpy(chosen).to(device.name)]), batch)
    trainer.save()
    with trainer.averaged():
        table = similarities(held_out).float()
    right = torch.arange(len(table), device=table.device)
    print(
        f"of {len(table)} unseen pictures the right caption first: {(table.argmax(0) == right).float().mean():.1%},"
        f" among the first five: {(table.topk(5, 0).indices == right).any(0).float().mean():.1%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
