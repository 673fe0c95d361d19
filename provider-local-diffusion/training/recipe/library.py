"""The things that can be drawn: their names, where they belong, and their icons."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

THINGS_FILE = Path(__file__).with_name("things.txt")

SETS_OF_VOCABULARY = {
    # A small budget learns few things well: one consistent style, one drawing a thing.
    "core": (("triptych", "fluent-emoji-3d"), 1),
    "favourites": (("triptych", "fluent-emoji-3d", "noto", "twemoji"), 3),
    "all": (("triptych", "fluent-emoji-3d", "noto", "twemoji", "noto-v1", "emojione", "fluent-emoji-flat"), 6),
}
"""Vocabulary to icon sets in order of preference, and how many of them a thing has at most."""


@dataclass(frozen=True)
class Thing:
    """Something with a name and at least one icon. `habitat` is land, air, water or boat."""

    icon: str
    habitat: str
    names: tuple[str, ...]
    weight: float = 1.0
    """How often it comes, beside the other things."""
    placed_icon: str | None = None
    """Its icon where it is in a place, if it is another one there."""

    @property
    def label(self) -> str:
        return self.names[0]


class IconLibrary:
    """The rendered icons of stage 1, and the things of a vocabulary."""

    def __init__(self, folder: Path, vocabulary: str):
        index = json.loads((folder / "index.json").read_text())
        side = index["size"]
        self._pixels = np.memmap(folder / "icons.rgba", np.uint8, "r").reshape(-1, side, side, 4)
        self._icons: dict[str, list[tuple[str, int]]] = {}
        sets, most = SETS_OF_VOCABULARY[vocabulary]
        for entry in sorted(index["icons"], key=lambda e: sets.index(e["set"]) if e["set"] in sets else len(sets)):
            drawings = self._icons.setdefault(entry["name"], [])
            if entry["set"] in sets and len(drawings) < most:
                drawings.append((entry["set"], entry["i"]))
        self.things = [t for t in read_things(vocabulary, index["icons"]) if self._icons.get(t.icon)]

    def drawing(self, rng: np.random.Generator, thing: Thing, placed: bool = False) -> tuple[str, int]:
        """One of the thing's icons: its set and its number."""
        drawings = self._icons[thing.placed_icon if placed and thing.placed_icon in self._icons else thing.icon]
        return drawings[int(rng.integers(len(drawings)))]

    def pixels(self, number: int) -> Image.Image:
        """An icon as RGBA."""
        return Image.fromarray(np.array(self._pixels[number]), "RGBA")


def read_things(vocabulary: str, icons: list[dict] = ()) -> list[Thing]:
    """The things of a vocabulary, in the order of things.txt; "all" adds the icons that are not named there."""
    core, favourites = [], []
    section = core
    for line in THINGS_FILE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line == "[favourites]":
            section = favourites
            continue
        section.append(_thing(*(field.strip() for field in line.split("|"))))
    if vocabulary == "core":
        return core
    if vocabulary == "favourites":
        return core + favourites
    known = {icon for thing in core + favourites for icon in (thing.icon, thing.placed_icon)}
    others = sorted({entry["name"] for entry in icons} - known)
    return core + favourites + [Thing(name, "land", (name.replace("-", " "),)) for name in others]


def _thing(icons: str, habitat: str, names: str, weight: str = "1") -> Thing:
    icon, *placed = (name.strip() for name in icons.split(","))
    called = tuple(name.strip() for name in names.split(","))
    return Thing(icon, habitat, called, float(weight), placed[0] if placed else None)
