"""Stage 1, continued: adds the 3D drawings of Fluent Emoji to the rendered icons.

usage: python -m recipe.add_pictures NODE_MODULES ICONS

They come as pictures of 256x256, named by code point; emojibase-data says what they are called. One drawing a thing,
soft shading, no outlines: what a small autoencoder draws well. ICONS/icons.rgba grows, then ICONS/index.json is
renamed into place; done once.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from .files import written_whole

SET = "fluent-emoji-3d"
GROUPS = ("people-body", "animals-nature", "food-drink", "travel-places", "activities", "objects", "smileys-emotion")


def slug(label: str) -> str:
    """An emoji's label as the icon collections spell it."""
    plain = re.sub(r"[’'.“”!,:()]", "", label.lower()).replace("ñ", "n").replace("&", "and")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def pictures(modules: Path):
    """What the index says of each drawing, and its file."""
    assets = modules / "@lobehub/fluent-emoji-3d/assets"
    data = modules / "emojibase-data"
    groups = json.loads((data / "meta/groups.json").read_text())["groups"]
    for emoji in json.loads((data / "en/data.json").read_text()):
        group, code = groups.get(str(emoji.get("group"))), emoji["hexcode"].lower()
        files = [assets / f"{name}.webp" for name in (code, code + "-fe0f", code.replace("-fe0f", ""))]
        found = next((file for file in files if file.exists()), None)
        if found and group in GROUPS:
            facts = {"name": slug(emoji["label"]), "label": emoji["label"], "group": group, "tags": emoji.get("tags", [])}
            yield facts, found


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m recipe.add_pictures NODE_MODULES ICONS")
    modules, icons = Path(sys.argv[1]), Path(sys.argv[2])
    index = json.loads((icons / "index.json").read_text())
    side, entries = index["size"], [entry for entry in index["icons"] if entry["set"] != SET]
    with open(icons / "icons.rgba", "r+b") as pixels:
        pixels.seek(len(entries) * side * side * 4)
        for facts, file in pictures(modules):
            with Image.open(file) as picture:
                pixels.write(np.asarray(picture.convert("RGBA").resize((side, side), Image.LANCZOS)).tobytes())
            entries.append({"i": len(entries), "set": SET, **facts})
        pixels.truncate()
    with written_whole(icons / "index.json") as file:
        file.write(json.dumps({"size": side, "icons": entries}).encode())
    print(f"{sum(entry['set'] == SET for entry in entries)} drawings added")


if __name__ == "__main__":
    main()
