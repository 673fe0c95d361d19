"""Turns an exported checkpoint into the state files of the training, so that the U-Net's training goes on from it.

usage: python -m recipe.warm_start CHECKPOINT --out OUT

Autoencoder and tokenizer are kept as they are (sharpening the decoder stays possible); the optimisers start anew.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file

from .files import written_whole


def weights(file: Path, network: str) -> dict[str, torch.Tensor]:
    """A component's weights in fp32 under network.name."""
    return {f"{network}.{k}": v.float() if v.dtype.is_floating_point else v for k, v in load_file(file).items()}


def write_state(file: Path, model: dict[str, torch.Tensor], spent: float):
    """A state file as the Trainer resumes from it, without optimisers."""
    with written_whole(file) as stream:
        torch.save(dict(model=model, ema=model, step=0, spent=spent), stream)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    arguments = parser.parse_args()
    source, out = arguments.checkpoint, arguments.out
    write_state(
        out / "autoencoder.pt", weights(source / "vae/diffusion_pytorch_model.safetensors", "vae"), spent=math.inf
    )
    text = weights(source / "text_encoder/model.safetensors", "text")
    write_state(out / "unet.pt", weights(source / "unet/diffusion_pytorch_model.safetensors", "unet") | text, spent=0.0)
    with written_whole(out / "scaling.txt") as file:
        file.write(str(json.loads((source / "vae/config.json").read_text())["scaling_factor"]).encode())
    for file in (source / "tokenizer").iterdir():
        with written_whole(out / "tokenizer" / file.name) as copy:
            copy.write(file.read_bytes())


if __name__ == "__main__":
    main()
