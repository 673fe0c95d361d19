"""Turns an exported checkpoint into the state files of the training, so that the training goes on from it.

usage: python -m recipe.warm_start CHECKPOINT --out OUT

Encoder and tokenizer are kept as they are; decoder, U-Net, text encoder and vision tower train on, their optimisers
start anew. A checkpoint whose autoencoder has f = 8 (the bundled one, until November 2026) counts as the small one.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from .files import written_whole
from .networks import SMALL_CHANNELS


def weights(file: Path, network: str) -> dict[str, torch.Tensor]:
    """A component's weights in fp32 under network.name."""
    return {f"{network}.{k}": v.float() if v.dtype.is_floating_point else v for k, v in load_file(file).items()}


def write_state(file: Path, model: dict[str, torch.Tensor]):
    """A state file as the Trainer resumes from it, without optimisers."""
    with written_whole(file) as stream:
        torch.save(dict(model=model, ema=model, step=0, spent=0.0), stream)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    arguments = parser.parse_args()
    source, out = arguments.checkpoint, arguments.out
    vae = json.loads((source / "vae/config.json").read_text())
    is_small = len(vae["block_out_channels"]) == len(SMALL_CHANNELS)
    write_state(
        out / ("small_autoencoder.pt" if is_small else "encoder.pt"),
        weights(source / "vae/diffusion_pytorch_model.safetensors", "vae"),
    )
    text = weights(source / "text_encoder/model.safetensors", "text")
    write_state(out / "unet.pt", weights(source / "unet/diffusion_pytorch_model.safetensors", "unet") | text)
    if (source / "clip").exists():
        clip = weights(source / "clip/model.safetensors", "clip")
        write_state(out / "vision.pt", {k: v for k, v in clip.items() if not k.startswith("clip.text_model.")})
    with written_whole(out / "scaling.txt") as file:
        file.write(str(vae["scaling_factor"]).encode())
    for file in (source / "tokenizer").iterdir():
        with written_whole(out / "tokenizer" / file.name) as copy:
            copy.write(file.read_bytes())
    (out / "done").mkdir(exist_ok=True)
    for stage in ("autoencoder",) if is_small else ("autoencoder", "encoder"):
        (out / "done" / stage).touch()


if __name__ == "__main__":
    main()
