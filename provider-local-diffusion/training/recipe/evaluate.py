"""Stage 12, evaluate: how often the classifier finds in a generated picture what its prompt asked for.

usage: python -m recipe.evaluate --out OUT [--checkpoint DIR] [--command "./triptych" [--model bundled]]

300 prompts with one thing each, and held-out compositions; beside them the same classifier's accuracy on the drawn
pictures of the same scenes, and on those once through the autoencoder (what a perfect U-Net would reach). The Fréchet
distance compares the classifier's features with those of other drawn pictures of the same kinds; smaller is better,
and the drawn pictures' own distance is its floor. Pictures are kept in OUT/evaluation/NAME, one file a prompt, so a
killed run goes on; figures go to OUT/evaluation/NAME.json.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .draw import draw
from .files import written_whole
from .library import IconLibrary
from .painters import CommandLinePainter, DiffusersPainter
from .pictures import to_tensor
from .questions import (
    COMPOSITION,
    NOTHING,
    SINGLE,
    Question,
    answers,
    composition_questions,
    head_classes,
    single_questions,
)
from .settings import settings_of, stage_arguments
from .sheet import save_sheet
from .train_classifier import Classifier, load_classifier, shrunk
from .training import Device

REFERENCES = 5
"""Drawn reference pictures for the Fréchet distance, as a multiple of the prompts."""
BATCH = 8
CERTAIN = 0.5
"""A thing of which the judge is less certain than this is "nothing": a person too says what it is or does not."""


def paint_all(painter, questions: list[Question], folder: Path) -> list[Image.Image]:
    """The painter's pictures; those of an earlier run are read."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{question.kind}-{question.seed}.png" for question in questions]
    missing = [i for i, file in enumerate(files) if not file.exists()]
    for start in range(0, len(missing), BATCH):
        chunk = missing[start : start + BATCH]
        for i, picture in zip(
            chunk, painter.paint([questions[i].prompt for i in chunk], [questions[i].seed for i in chunk])
        ):
            with written_whole(files[i]) as file:
                picture.save(file, "png")
        print(f"{start + len(chunk)} of {len(missing)} pictures", end="\r", flush=True)
    return [Image.open(file).convert("RGB") for file in files]


@torch.no_grad()
def through_autoencoder(pictures: list[Image.Image], painter: DiffusersPainter) -> list[Image.Image]:
    """The pictures encoded and decoded again."""
    autoencoder, again = painter.pipeline.vae, []
    for i in range(0, len(pictures), 20):
        pixels = np.stack([np.asarray(picture) for picture in pictures[i : i + 20]])
        decoded = autoencoder.decode(
            autoencoder.encode(to_tensor(pixels, autoencoder.device.type)).latent_dist.mean
        ).sample
        decoded = ((decoded.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        again += [Image.fromarray(picture) for picture in decoded]
    return again


def psnr(pictures: list[Image.Image], originals: list[Image.Image]) -> float:
    """Mean peak signal-to-noise ratio in dB."""
    errors = [
        np.square(np.asarray(a, np.float64) - np.asarray(b, np.float64)).mean()
        for a, b in zip(pictures, originals, strict=True)
    ]
    return float(np.mean([10 * np.log10(255**2 / error) for error in errors]))


def with_certainty(scores: torch.Tensor, nothing: int) -> np.ndarray:
    """int64 [pictures]: the likeliest class of each of [pictures, classes]; `nothing` where it is not likely enough."""
    likelihood, number = scores.softmax(1).max(1)
    return torch.where(likelihood >= CERTAIN, number, nothing).cpu().numpy()


class Judge:
    """The classifier, asked about pictures of known scenes."""

    def __init__(self, classifier: Classifier, library: IconLibrary, device: Device):
        self.classifier, self.library, self.device = classifier, library, device

    @torch.no_grad()
    def features(self, pictures: list[Image.Image]) -> np.ndarray:
        """float64 [pictures, 128]."""
        return self.classifier.embed(self._tensor(pictures)).double().cpu().numpy()

    @torch.no_grad()
    def say(self, pictures: list[Image.Image]) -> dict[str, np.ndarray]:
        """For each head the numbers of the classes that it sees."""
        tables = self.classifier(self._tensor(pictures))
        said = {head: table.argmax(1).cpu().numpy() for head, table in tables.items()}
        said["object"] = with_certainty(tables["object"], head_classes(self.library)["object"].index(NOTHING))
        return said

    @torch.no_grad()
    def accuracy(self, pictures: list[Image.Image], questions: list[Question]) -> dict[str, dict]:
        """For each head: share of right answers, and of how many."""
        said = self.say(pictures)
        right = answers([question.scene for question in questions], self.library)
        asked = {head: right[head] >= 0 for head in said}
        asked["scene"] &= right["scene"] > 0  # a backdrop is easily right: only places count
        return {
            head: {"accuracy": float((said[head] == right[head])[asked[head]].mean()), "of": int(asked[head].sum())}
            for head in said
            if asked[head].any()
        }

    def confusions(self, pictures: list[Image.Image], questions: list[Question]) -> dict[str, float]:
        """Object to its accuracy, worst first."""
        said = self.say(pictures)["object"]
        right = answers([question.scene for question in questions], self.library)["object"]
        names = [thing.label for thing in self.library.things]
        table = {names[k]: float((said == right)[right == k].mean()) for k in np.unique(right)}
        return dict(sorted(table.items(), key=lambda item: item[1]))

    def _tensor(self, pictures):
        return to_tensor(np.stack([shrunk(picture) for picture in pictures]), self.device.name)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two sets of features (Heusel et al. 2017, equation 6)."""
    mean = ((first.mean(0) - second.mean(0)) ** 2).sum()
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ two @ root).clip(0)).sum()
    return float(mean + np.trace(one) + np.trace(two) - 2 * shared)


def table(figures: dict) -> str:
    """The figures as a Markdown table."""
    columns = [name for name in ("generated", "real through the autoencoder", "real") if name in figures]
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for kind in (SINGLE, COMPOSITION):
        for head in ("object", "colour", "scene", "count"):
            cells = [figures[column].get(kind, {}).get(head) for column in columns]
            if all(cells) and cells[0]["of"] >= 10:  # less says nothing
                lines.append(
                    f"| {kind}: {head} ({cells[0]['of']}) | "
                    + " | ".join(f"{cell['accuracy']:.1%}" for cell in cells)
                    + " |"
                )
    lines.append("| Fréchet distance | " + " | ".join(f"{figures[column]['frechet']:.2f}" for column in columns) + " |")
    return "\n".join(lines)


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--checkpoint", type=Path, help="exported directory (default: OUT/model)")
    parser.add_argument("--name", default="diffusers", help="of this evaluation's files")
    parser.add_argument("--command", help="paint with this command line instead of diffusers, for example ./triptych")
    parser.add_argument("--model", default="bundled", help="what the command line's --model gets")
    parser.add_argument("--single", type=int, default=300)
    parser.add_argument("--compositions", type=int, default=100)
    arguments = parser.parse_args()
    out, settings, device = arguments.out, settings_of(arguments), Device()
    checkpoint = arguments.checkpoint or out / "model"
    library = IconLibrary(out / "icons", settings.vocabulary)
    judge = Judge(load_classifier(out, library, device), library, device)
    questions = single_questions(library, arguments.single) + composition_questions(library, arguments.compositions)
    local = DiffusersPainter.of(checkpoint, BATCH)
    painter = CommandLinePainter(arguments.command, arguments.model) if arguments.command else local
    real = [draw(question.scene, library, settings.picture_size) for question in questions]
    sets = {
        "generated": paint_all(painter, questions, out / "evaluation" / arguments.name),
        "real through the autoencoder": through_autoencoder(real, local),
        "real": real,
    }
    others = [
        q
        for salt in range(1, REFERENCES + 1)
        for q in single_questions(library, arguments.single, salt)
        + composition_questions(library, arguments.compositions, salt)
    ]
    reference = judge.features([draw(question.scene, library, settings.picture_size) for question in others])
    figures = {}
    for name, pictures in sets.items():
        figures[name] = {"frechet": frechet_distance(judge.features(pictures), reference)}
        for kind in (SINGLE, COMPOSITION):
            chosen = [i for i, question in enumerate(questions) if question.kind == kind]
            if chosen:
                figures[name][kind] = judge.accuracy([pictures[i] for i in chosen], [questions[i] for i in chosen])
    again = sets["real through the autoencoder"]
    figures["autoencoder_psnr"] = psnr(again, real)
    figures["autoencoder_psnr_at_half_size"] = psnr([p.reduce(2) for p in again], [p.reduce(2) for p in real])
    figures["objects"] = judge.confusions(sets["generated"], questions)
    with written_whole(out / "evaluation" / f"{arguments.name}.json") as file:
        file.write(json.dumps(figures, indent=2).encode())
    pairs = [picture for i in range(0, min(64, len(questions))) for picture in (sets["generated"][i], real[i])]
    save_sheet(pairs, out / "evaluation" / f"{arguments.name}.png", 16)
    print(table(figures))
    print(
        f"Autoencoder on the real pictures: {figures['autoencoder_psnr']:.2f} dB,"
        f" at half the size {figures['autoencoder_psnr_at_half_size']:.2f} dB"
    )


if __name__ == "__main__":
    main()
