"""What a picture shows, as data: decided first (compose), then drawn (draw) and described (captions)."""

from dataclasses import dataclass, field

from .library import Thing

PLAIN = "plain"
"""The place of a picture that has a backdrop instead of a scene."""

PLACES = (
    "meadow",
    "hills",
    "desert",
    "snow",
    "sea",
    "beach",
    "forest",
    "mountains",
    "city",
    "lake",
    "road",
    "farm",
    "park",
    "space",
    "moon",
    "underwater",
    "room",
)
OUTDOORS = PLACES[:13]
"""Places that have a sky."""

SKIES = ("day", "sunset", "sunrise", "night", "dusk", "storm", "alien")

COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
"""Colours that a thing can be given."""

BACKDROPS = {
    "white": (250, 250, 250),
    "black": (16, 16, 20),
    "gray": (140, 140, 145),
    "red": (215, 55, 50),
    "orange": (245, 150, 50),
    "yellow": (250, 215, 80),
    "green": (90, 175, 90),
    "blue": (70, 125, 215),
    "light blue": (170, 210, 245),
    "dark blue": (25, 35, 90),
    "purple": (135, 80, 185),
    "pink": (250, 175, 200),
    "brown": (125, 85, 55),
    "beige": (235, 222, 195),
}

QUIET_BACKDROPS = ("white", "light blue", "beige")
"""Backdrops that go without saying."""

STYLES = ("watercolor", "oil", "pixel", "sketch", "bw", "neon", "fantasy", "vintage", "poster")
COLOURLESS_STYLES = ("sketch", "bw", "vintage")
"""Styles in which no colour can be told; nothing drawn in them has a colour word."""


@dataclass(frozen=True)
class Item:
    """One or several equal things. `spots` are (x, y, size) as fractions of the picture's side, y and x of the
    middle."""

    thing: Thing
    icon_set: str
    icon: int
    spots: tuple[tuple[float, float, float], ...]
    colour: str | None = None
    mirrored: bool = False
    on_ground: bool = False

    @property
    def count(self) -> int:
        return len(self.spots)


@dataclass(frozen=True)
class Scene:
    """A whole picture. `backdrop` (one colour, or two for a gradient) only where `place` is plain."""

    place: str
    sky: str | None = None
    backdrop: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    relation: str | None = None
    style: str | None = None
    seed: int = field(default=0, compare=False)
    """Seed of all that is random in drawing it."""

    def labels(self) -> dict:
        """What the classifier is to find: object, colour, scene and count; None where there is no single answer."""
        alone = self.items[0] if len(self.items) == 1 else None
        colour_visible = self.style not in COLOURLESS_STYLES
        return {
            "object": alone.thing.label if alone else None,
            "colour": alone.colour if alone and colour_visible else None,
            "scene": self.place,
            "count": alone.count if alone else None,
        }
