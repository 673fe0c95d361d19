"""Packs the icons that the core vocabulary uses into one small file, for a machine that reaches nothing.

usage: python -m recipe.pack_icons pack ICONS FILE | unpack FILE ICONS
"""

import json
import sys
from pathlib import Path

import numpy as np

from .files import written_whole
from .library import SETS_OF_VOCABULARY, read_things


def pack(icons: Path, packed: Path):
    """Writes the pixels and the index of what the core draws."""
    index = json.loads((icons / "index.json").read_text())
    side = index["size"]
    names = {icon for thing in read_things("core") for icon in (thing.icon, thing.placed_icon)}
    used = [e for e in index["icons"] if e["name"] in names and e["set"] in SETS_OF_VOCABULARY["core"][0]]
    pixels = np.memmap(icons / "icons.rgba", np.uint8, "r").reshape(-1, side, side, 4)[[e["i"] for e in used]]
    entries = [{**entry, "i": i} for i, entry in enumerate(used)]
    with written_whole(packed) as file:
        np.savez_compressed(file, pixels=pixels, index=json.dumps({"size": side, "icons": entries}))
    print(f"{len(used)} icons, {packed.stat().st_size / 1e6:.1f} MB")


def unpack(packed: Path, icons: Path):
    """The reverse of `pack`."""
    loaded = np.load(packed)
    with written_whole(icons / "icons.rgba") as file:
        file.write(loaded["pixels"].tobytes())
    with written_whole(icons / "index.json") as file:
        file.write(str(loaded["index"]).encode())


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        raise SystemExit("usage: python -m recipe.pack_icons pack ICONS FILE | unpack FILE ICONS")
    (pack if sys.argv[1] == "pack" else unpack)(Path(sys.argv[2]), Path(sys.argv[3]))


if __name__ == "__main__":
    main()
