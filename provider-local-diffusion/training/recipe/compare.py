"""Compares recipes of stage 8: each trains as long as the others from the same checkpoint, with one change.

usage: python -m recipe.compare --out OUT [--minutes 2.5] [--parts 3] [--at-once 2] [--only RECIPE ...]

Minutes are of the processor, so that a busy machine takes from all alike; the steps that each made are in the table.
All learn from the same pictures. Measured on the averaged weights: the error of v-prediction on the pictures of the
part behind those that were learnt, with the same noise for all; and of the pictures of 100 prompts (with --questions 0
none), what the starting checkpoint's CLIP takes them for (clip_judge.py) and the Fréchet distance of its features from
those of drawn pictures (times 100; the row of drawn pictures shows its floor). Everything is in OUT/compare:
RECIPE/unet.pt, RECIPE.txt (the log), RECIPE.json; what is there is not made again.
"""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline

from .clip_judge import ClipJudge
from .draw import draw
from .evaluate import BATCH, REFERENCES, frechet_distance, paint_all
from .files import written_whole
from .library import IconLibrary
from .networks import new_autoencoder, new_text_encoder, new_unet
from .painters import DiffusersPainter
from .questions import single_questions
from .settings import NOISE_SCHEDULE, settings_of, stage_arguments
from .train_tokenizer import read_tokenizer
from .train_unet import Latents
from .training import Device, load_averaged, load_weights

START = "start"
"""The checkpoint that all recipes start from, measured too."""
RAW = "raw"
"""The first recipe's own weights instead of their average."""
RECIPES = {
    "velocity": [],
    "flow": ["--times", "flow"],
    "min-snr": ["--most-weight", "5"],
    "middle": ["--middle", "0.85"],
    "align": ["--align", "0.5"],
    "late-batch": ["--late-batch", "2"],
}
LEVELS = (100, 300, 500, 700, 900)
"""Timesteps at which the error is measured."""
SHARED = ("data", "latents", "tokenizer", "scaling.txt", "vision.pt")


def train(recipe: str, out: Path, minutes: float, others: list[str]):
    """Trains one recipe in a folder of its own."""
    folder = out / "compare" / recipe
    if (out / "compare" / f"{recipe}.txt").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in SHARED:
        if (out / name).exists():
            (folder / name).symlink_to((out / name).resolve())
    shutil.copy(out / "unet.pt", folder)
    command = [sys.executable, "-m", "recipe.train_unet", "--out", str(folder), "--minutes", str(minutes)]
    done = subprocess.run(
        [*command, "--clock", "processor", "--threads", "1", *RECIPES[recipe], *others], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{recipe} must end with 0 but ended with {done.returncode}: {done.stderr}")
    with written_whole(out / "compare" / f"{recipe}.txt") as file:
        file.write(done.stdout.encode())
    print(f"{recipe}: trained", flush=True)


@torch.no_grad()
def errors(unet, text, latents: Latents, device: Device) -> list[float]:
    """The mean squared error of v-prediction at each level, over all latents, with noise that depends on nothing."""
    alphas_cumprod = DDIMScheduler(**NOISE_SCHEDULE).alphas_cumprod.float().to(device.name)
    noises = torch.Generator().manual_seed(7)
    sums = np.zeros(len(LEVELS))
    for start in range(0, len(latents.latents), 50):
        latent = latents.latents[start : start + 50].float() * latents.scale
        states = text(input_ids=latents.ids[start : start + 50].long()).last_hidden_state
        for i, level in enumerate(LEVELS):
            alpha = alphas_cumprod[level]
            noise = torch.randn(latent.shape, generator=noises).to(device.name)
            noisy = alpha.sqrt() * latent + (1 - alpha).sqrt() * noise
            velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latent
            with device.half():
                predicted = unet(noisy, level, states).sample.float()
            sums[i] += float((predicted - velocity).square().mean((1, 2, 3)).sum())
    return [float(value) for value in sums / len(latents.latents)]


class Measure:
    """What every recipe is measured by: made once."""

    def __init__(self, out: Path, settings, count: int, steps: int):
        self.out, self.settings, self.steps, self.device = out, settings, steps, Device()
        self.questions = []
        self.unseen = Latents(out, range(settings.latent_parts, settings.latent_parts + 1), self.device)
        self.unseen.latents, self.unseen.ids = self.unseen.latents[:200], self.unseen.ids[:200]
        if not count:
            return
        self.library = IconLibrary(out / "icons", settings.vocabulary)
        self.judge = ClipJudge(out, self.library, self.device)
        self.questions = single_questions(self.library, count)
        others = [q for salt in range(1, REFERENCES + 1) for q in single_questions(self.library, count, salt)]
        self.reference = self.judge.features(self._drawn(others))

    def _drawn(self, questions):
        # at half the size: CLIP sees 64 pixels
        return [draw(question.scene, self.library, self.settings.picture_size // 2) for question in questions]

    def pictures(self, name: str, pictures) -> dict:
        """The judge's figures of pictures."""
        features = self.judge.features(pictures)
        object_share, cosine = self.judge.found(features, self.questions)
        distance = 100 * frechet_distance(features, self.reference)
        return {"recipe": name, "object": object_share, "cosine": cosine, "frechet": distance}

    def real(self) -> dict:
        """Those of drawn pictures."""
        return self.pictures("real", self._drawn(self.questions))

    def of(self, name: str, state: dict, weights: dict) -> dict:
        """All figures of a recipe's weights."""
        unet, text = new_unet(self.settings.picture_size).eval(), new_text_encoder().eval()
        load_weights({"unet": self.device.put(unet), "text": self.device.put(text)}, weights)
        figures = {"recipe": name, "steps": state["step"], "seen": state.get("pictures", 0)}
        figures["errors"] = errors(unet, text, self.unseen, self.device)
        if not self.questions:
            return figures
        pictures = paint_all(self._painter(unet, text), self.questions, self.out / "compare" / name / "pictures")
        return figures | self.pictures(name, pictures)

    def _painter(self, unet, text) -> DiffusersPainter:
        autoencoder = new_autoencoder(self.settings.picture_size, float((self.out / "scaling.txt").read_text()))
        trained, started = self.out / "decoder.pt", self.out / "encoder.pt"
        load_averaged({"vae": autoencoder}, trained if trained.exists() else started, self.device)
        pipeline = StableDiffusionPipeline(
            vae=self.device.put(autoencoder.eval()),
            text_encoder=text,
            tokenizer=read_tokenizer(self.out),
            unet=unet,
            scheduler=DDIMScheduler(**NOISE_SCHEDULE),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        return DiffusersPainter(pipeline, BATCH, self.steps)


def row(figures: dict) -> str:
    """A line of the table."""
    cells = [figures["recipe"], str(figures.get("steps", "")), str(figures.get("seen", ""))]
    cells += [f"{error:.4f}" for error in figures.get("errors", ())] or [""] * len(LEVELS)
    cells.append(f"{np.mean(figures['errors']):.4f}" if "errors" in figures else "")
    if "object" in figures:
        cells += [f"{figures['object']:.0%}", f"{figures['cosine']:.3f}", f"{figures['frechet']:.1f}"]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--at-once", type=int, default=1, help="trainings side by side, of one thread each")
    parser.add_argument("--only", nargs="*", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--rate", type=float, default=1.0, help="as for train_unet")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--steps", type=int, default=12, help="of a picture that is judged")
    arguments = parser.parse_args()
    out, settings = arguments.out, settings_of(arguments)
    settings = replace(settings, latent_parts=arguments.parts or settings.latent_parts)
    others = ["--parts", str(settings.latent_parts), "--rate", str(arguments.rate)]
    others += ["--batch", str(arguments.batch)] if arguments.batch else []
    with ThreadPoolExecutor(arguments.at_once) as trainings:
        list(trainings.map(lambda name: train(name, out, arguments.minutes or 2.5, others), arguments.only))
    measure = Measure(out, settings, arguments.questions, arguments.steps)
    heads = [*(f"error at {level}" for level in LEVELS), "mean"]
    heads += ["object", "cosine", "Fréchet"] if arguments.questions else []
    print("| " + " | ".join(["recipe", "steps", "pictures", *heads]) + " |\n" + "|---" * (len(heads) + 3) + "|")
    if arguments.questions:
        print(row(measure.real()), flush=True)
    for name in (START, *arguments.only, RAW):
        file = out / "compare" / f"{name}.json"
        if not file.exists() or arguments.questions and "object" not in json.loads(file.read_text()):
            source = {START: out / "unet.pt", RAW: out / "compare" / arguments.only[0] / "unet.pt"}
            state = torch.load(source.get(name, out / "compare" / name / "unet.pt"), weights_only=True)
            figures = measure.of(name, state, state["model" if name == RAW else "ema"])
            with written_whole(file) as stream:
                stream.write(json.dumps(figures).encode())
        print(row(json.loads(file.read_text())), flush=True)


if __name__ == "__main__":
    main()
