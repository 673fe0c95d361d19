"""Measures steps, guidance scale and guidance rescale, to choose the defaults: object accuracy and Fréchet distance.

usage: python -m recipe.tune --out OUT [--checkpoint DIR] [--steps 12 20] [--guidance 2 4] [--rescale 0 0.5]

Every combination of the given values is measured.
"""

import itertools
import time
from pathlib import Path

from .draw import draw
from .evaluate import BATCH, Judge, frechet_distance
from .library import IconLibrary
from .painters import DiffusersPainter
from .questions import single_questions
from .settings import settings_of, stage_arguments
from .train_classifier import load_classifier
from .training import Device


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--checkpoint", type=Path, help="exported directory (default: OUT/model)")
    parser.add_argument("--questions", type=int, default=96)
    parser.add_argument("--steps", type=int, nargs="+", default=(12, 20, 30))
    parser.add_argument("--guidance", type=float, nargs="+", default=(2.0, 3.0, 4.0, 6.0))
    parser.add_argument("--rescale", type=float, nargs="+", default=(0.0, 0.5, 0.7))
    arguments = parser.parse_args()
    out, settings, device = arguments.out, settings_of(arguments), Device()
    library = IconLibrary(out / "icons", settings.vocabulary)
    judge = Judge(load_classifier(out, library, device), library, device)
    questions = single_questions(library, arguments.questions)
    reference = judge.features(
        [draw(q.scene, library, settings.picture_size) for q in single_questions(library, 5 * len(questions), 1)]
    )
    painter = DiffusersPainter.of(arguments.checkpoint or out / "model", BATCH)
    print("| steps | guidance | rescale | object | Fréchet | s a picture |\n|---|---|---|---|---|---|")
    for steps, guidance, rescale in itertools.product(arguments.steps, arguments.guidance, arguments.rescale):
        painter.steps, painter.guidance, painter.rescale = steps, guidance, rescale
        start = time.monotonic()
        pictures = painter.paint([q.prompt for q in questions], [q.seed for q in questions])
        seconds = (time.monotonic() - start) / len(pictures)
        accuracy = judge.accuracy(pictures, questions)["object"]["accuracy"]
        distance = frechet_distance(judge.features(pictures), reference)
        print(
            f"| {steps} | {guidance} | {rescale} | {accuracy:.1%} | {distance:.2f} | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
