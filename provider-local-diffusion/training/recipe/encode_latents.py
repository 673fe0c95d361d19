"""Stage 6, latents: encodes the pictures to latents, with the captions' token ids beside them.

OUT/latents/part-K.npz: z float16 [pictures, 8, side/16, side/16] (not yet scaled) and ids int16 [pictures, 32].
Parts beyond those of stage 2 are drawn here on all cores, encoded and their pixels deleted again: 300 000 pictures of
256x256 would be 59 GB, their latents are 1.2 GB. OUT/scaling.txt: 1 / standard deviation of the first part's latents.
"""

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from .files import written_whole
from .make_data import part_file, read_captions, write_part
from .networks import new_autoencoder
from .pictures import to_tensor
from .settings import Settings, settings_of, stage_arguments
from .train_tokenizer import read_tokenizer, token_ids
from .training import Device, load_averaged


def latents_file(out: Path, part: int) -> Path:
    """Where the latents of a part are."""
    return out / "latents" / f"part-{part}.npz"


class Encoder:
    """The averaged encoder of stage 4."""

    def __init__(self, out: Path, settings: Settings, device: Device):
        self.device = device
        self.autoencoder = new_autoencoder(settings.picture_size).eval()
        load_averaged({"vae": self.autoencoder}, out / "encoder.pt", device)
        # without a backward pass, channels last is faster on a CPU too
        self.autoencoder.to(device.name, memory_format=torch.channels_last)

    @torch.no_grad()
    def latents(self, pixels: np.ndarray) -> np.ndarray:
        """float16 [pictures, 8, h, w], the posterior's means."""
        found, batch = [], 128 if self.device.cuda else 32
        for i in range(0, len(pixels), batch):
            picture = to_tensor(np.array(pixels[i : i + batch]), self.device.name)
            with self.device.half():
                latent = self.autoencoder.encode(picture).latent_dist.mean
            found.append(latent.half().cpu().numpy())
        return np.concatenate(found)


def encode_part(part: int, out: Path, settings: Settings, encoder: Encoder):
    """Encodes a part whose pixels are there; deletes them if the part is not to be kept."""
    latents = encoder.latents(np.load(part_file(out, part), mmap_mode="r"))
    ids = token_ids(read_tokenizer(out), read_captions(out, range(part, part + 1)))
    with written_whole(latents_file(out, part)) as file:
        np.savez(file, z=latents, ids=ids)
    if not (out / "scaling.txt").exists():
        with written_whole(out / "scaling.txt") as file:
            file.write(f"{1 / float(latents.astype(np.float32).std()):.5f}".encode())
    if part >= settings.pixel_parts:
        part_file(out, part).unlink()
    print(f"part {part}: {len(latents)} latents", flush=True)


def main():
    arguments = stage_arguments(__doc__).parse_args()
    out, settings, device = arguments.out, settings_of(arguments), Device()
    missing = [part for part in range(settings.latent_parts) if not latents_file(out, part).exists()]
    encoder, cores = Encoder(out, settings, device), os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as workers:
        drawing: deque = deque()
        waiting = deque(missing)
        while waiting or drawing:
            while waiting and len(drawing) < cores + 1:
                part = waiting.popleft()
                is_there = part_file(out, part).exists()
                drawing.append((part, None if is_there else workers.submit(write_part, part, out, settings)))
            part, drawn = drawing.popleft()
            if drawn is not None:
                drawn.result()
            encode_part(part, out, settings, encoder)


if __name__ == "__main__":
    main()
