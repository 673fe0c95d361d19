"""The held-out compositions: which thing is never shown to the generator in which place.

A pair's side is decided by a hash of its words, so it is the same on every machine, for every seed and vocabulary.
"""

import hashlib

from .scene import PLAIN

HELD_OUT_PERCENT = 10


def is_held_out(thing: str, place: str) -> bool:
    """Whether this thing in this place is kept for the evaluation; before a plain backdrop nothing is."""
    if place == PLAIN:
        return False
    digest = hashlib.sha256(f"{thing}|{place}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT
