"""Which words the checkpoint has a picture for: words.json, for the product's warning.

{"known": [words and phrases], "plain": [words that ask for nothing that could be seen missing], "near": {word: known}}
All in lower case, each list sorted. Known is what captions.py can say of the vocabulary's things, places, skies,
features, colours and styles, singular and plural. A word that is none of the three is one that the model never learnt.
"""

import json
import re
from pathlib import Path

from .captions import (
    FEATURE_PHRASES,
    ICON_STYLE_PHRASES,
    PLACE_NOUNS,
    PLACE_PHRASES,
    SKY_PHRASES,
    STYLE_PHRASES,
    plural,
)
from .library import Thing
from .scene import BACKDROPS, COLOURS, PLACES

HERE = Path(__file__).parent
PHRASES = (PLACE_NOUNS, PLACE_PHRASES, SKY_PHRASES, FEATURE_PHRASES, STYLE_PHRASES, ICON_STYLE_PHRASES)


def known_words(things: list[Thing]) -> dict:
    """What words.json holds for these things."""
    plain = set((HERE / "plain_words.txt").read_text().split())
    names = {name for thing in things for name in thing.names}
    known = names | {plural(name) for name in names} | set(PLACES)
    spoken = [phrase for table in PHRASES for phrases in table.values() for phrase in phrases]
    for words in (*spoken, *BACKDROPS, *COLOURS, "planet"):
        known |= set(re.findall(r"[a-z0-9-]+", words.lower()))
    near = {}
    for line in (HERE / "near.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            words, nearest = line.split(" | ")
            if nearest in known:
                near |= {word.strip(): nearest for word in words.split(",") if word.strip() not in known}
    return {"known": sorted(known - plain), "plain": sorted(plain), "near": dict(sorted(near.items()))}


def write_words(folder: Path, things: list[Thing]):
    """Writes folder/words.json."""
    (folder / "words.json").write_text(json.dumps(known_words(things), indent=1) + "\n")
