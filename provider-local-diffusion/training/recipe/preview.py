"""A sheet of scenes with their captions, to look at before training on them. usage: python -m recipe.preview --out
OUT"""

import time

import numpy as np

from .captions import describe
from .compose import Composer
from .draw import draw
from .library import IconLibrary
from .settings import settings_of, stage_arguments
from .sheet import save_sheet


def main():
    arguments = stage_arguments(__doc__).parse_args()
    settings = settings_of(arguments)
    library = IconLibrary(arguments.out / "icons", settings.vocabulary)
    composer, rng, start = Composer(library), np.random.default_rng(0), time.monotonic()
    scenes = [composer.compose(rng) for _ in range(64)]
    pictures = [draw(scene, library, settings.picture_size) for scene in scenes]
    print(f"{len(scenes) / (time.monotonic() - start):.0f} pictures/s")
    for i, scene in enumerate(scenes):
        print(i // 8, i % 8, describe(scene, rng), "|", describe(scene, rng, exact=True))
    save_sheet(pictures, arguments.out / "preview.png")


if __name__ == "__main__":
    main()
