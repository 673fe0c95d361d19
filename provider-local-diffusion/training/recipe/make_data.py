"""Stage 2, data: draws captioned pictures in parts and writes their pixels and captions.

OUT/data/part-K.npy: uint8 [pictures, side, side, 3]; OUT/data/part-K.jsonl: a line {"caption", labels} a picture.
A picture is named by (part, number): the same on every machine. Parts that are there are kept, so it resumes.
"""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from .captions import describe
from .compose import Composer
from .draw import draw
from .files import written_whole
from .library import IconLibrary
from .settings import Settings, settings_of, stage_arguments

TRAINING_SEED = 20_000
UNSEEN_SEED = 90_000
"""Seeds of pictures that only the evaluation draws."""


def draw_part(part: int, icons: Path, settings: Settings) -> tuple[np.ndarray, list[dict]]:
    """The pictures of one part, and for each its caption and labels."""
    library = IconLibrary(icons, settings.vocabulary)
    composer = Composer(library, training=True)
    pixels = np.empty((settings.part_size, settings.picture_size, settings.picture_size, 3), np.uint8)
    facts = []
    for i in range(settings.part_size):
        rng = np.random.default_rng([TRAINING_SEED, part, i])
        scene = composer.compose(rng)
        pixels[i] = np.asarray(draw(scene, library, settings.picture_size))
        facts.append({"caption": describe(scene, rng), **scene.labels()})
    return pixels, facts


def part_file(out: Path, part: int) -> Path:
    """Where the pixels of a part are."""
    return out / "data" / f"part-{part}.npy"


def write_part(part: int, out: Path, settings: Settings):
    """Draws a part into its files; the captions first, so that pixels are never without them."""
    pixels, facts = draw_part(part, out / "icons", settings)
    with written_whole(part_file(out, part).with_suffix(".jsonl")) as file:
        file.write("".join(json.dumps(fact) + "\n" for fact in facts).encode())
    with written_whole(part_file(out, part)) as file:
        np.save(file, pixels)


def read_captions(out: Path, parts: range) -> list[str]:
    """The captions of the given parts, in their order."""
    return [json.loads(line)["caption"] for part in parts for line in open(part_file(out, part).with_suffix(".jsonl"))]


def read_pixels(out: Path, parts: range) -> list[np.ndarray]:
    """The pixels of the given parts as memory maps."""
    return [np.load(part_file(out, part), mmap_mode="r") for part in parts]


def picture(parts: list[np.ndarray], number: int) -> np.ndarray:
    """One picture, numbered through all parts, which are equally long."""
    return parts[number // len(parts[0])][number % len(parts[0])]


def main():
    arguments = stage_arguments(__doc__).parse_args()
    settings = settings_of(arguments)
    (arguments.out / "data").mkdir(parents=True, exist_ok=True)
    missing = [part for part in range(settings.pixel_parts) if not part_file(arguments.out, part).exists()]
    with ProcessPoolExecutor(min(len(missing), os.cpu_count() or 1) or 1) as workers:
        for _ in workers.map(partial(write_part, out=arguments.out, settings=settings), missing):
            print("drew", settings.part_size, "pictures", flush=True)


if __name__ == "__main__":
    main()
