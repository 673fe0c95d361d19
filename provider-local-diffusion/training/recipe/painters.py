"""Who makes the pictures that are measured: diffusers in Python, or the product's own command line."""

import json
import shlex
import subprocess
import tempfile
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import logging
from PIL import Image


class DiffusersPainter:
    """A StableDiffusionPipeline, with settings of one's own or those that an exported checkpoint's triptych.json has.

    Noise comes from torch's CPU generator, as in the product, so the same seed gives the same picture.
    """

    def __init__(
        self,
        pipeline: StableDiffusionPipeline,
        batch: int = 8,
        steps: int = 20,
        guidance: float = 4.0,
        rescale: float = 0.5,
    ):
        self.pipeline, self.batch = pipeline, batch
        self.steps, self.guidance, self.rescale = steps, guidance, rescale
        self.pipeline.set_progress_bar_config(disable=True)

    @classmethod
    def of(cls, checkpoint: Path, batch: int = 8) -> "DiffusersPainter":
        """That of an exported checkpoint."""
        settings = json.loads((checkpoint / "triptych.json").read_text())
        device = "cuda" if torch.cuda.is_available() else "cpu"
        logging.disable_progress_bar()
        pipeline = StableDiffusionPipeline.from_pretrained(checkpoint).to(device, torch.float32)
        return cls(pipeline, batch, settings["steps"], settings["guidance_scale"], settings["guidance_rescale"])

    def paint(self, prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        """A picture a prompt."""
        pictures = []
        for i in range(0, len(prompts), self.batch):
            generators = [torch.Generator().manual_seed(seed) for seed in seeds[i : i + self.batch]]
            pictures += self.pipeline(
                prompts[i : i + self.batch],
                num_inference_steps=self.steps,
                guidance_scale=self.guidance,
                guidance_rescale=self.rescale,
                generator=generators,
            ).images
        return pictures


class CommandLinePainter:
    """`triptych generate PROMPT --model DIR --seed N --json --output FILE`, once a picture: measures the product."""

    def __init__(self, command: str, checkpoint: str):
        self.command, self.checkpoint = shlex.split(command), checkpoint

    def paint(self, prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        """A picture a prompt."""
        with tempfile.TemporaryDirectory() as folder:
            return [
                self._one(prompt, seed, Path(folder) / f"{i}.png")
                for i, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))
            ]

    def _one(self, prompt: str, seed: int, file: Path) -> Image.Image:
        command = [
            *self.command,
            "generate",
            prompt,
            "--model",
            self.checkpoint,
            "--seed",
            str(seed),
            "--json",
            "--output",
            str(file),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(
                f"{self.command[0]} must end with 0 but ended with {done.returncode} for seed {seed}: {done.stderr}"
            )
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        if answer["seed"] != seed:
            raise RuntimeError(f"seed must be {seed} but was {answer['seed']}")
        with Image.open(answer["file"]) as picture:
            return picture.convert("RGB").copy()
