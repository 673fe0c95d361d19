"""Decides what a picture shows. Little clutter: at most two things, and at most two features of a landscape."""

from dataclasses import dataclass

import numpy as np

from .library import IconLibrary, Thing
from .scene import (
    BACKDROPS,
    COLOURLESS_STYLES,
    COLOURS,
    OUTDOORS,
    PLACES,
    PLAIN,
    QUIET_BACKDROPS,
    SKIES,
    STYLES,
    Item,
    Scene,
)
from .split import is_held_out

SKY_WEIGHTS = dict(zip(SKIES, (0.34, 0.16, 0.1, 0.18, 0.1, 0.07, 0.05)))

FEATURES = {
    "sun": ({"day", "sunset", "sunrise"}, set(OUTDOORS)),
    "full moon": ({"night", "dusk"}, set(OUTDOORS)),
    "crescent moon": ({"night", "dusk"}, set(OUTDOORS)),
    "clouds": ({"day", "sunset", "storm"}, set(OUTDOORS)),
    "rain": (set(SKIES), set(OUTDOORS) - {"snow", "desert"}),
    "snowfall": (set(SKIES), {"snow", "forest", "mountains", "city", "hills"}),
    "fog": (set(SKIES), {"forest", "lake", "hills", "meadow", "city", "mountains"}),
    "rainbow": ({"day", "storm"}, set(OUTDOORS)),
    "flowers": (set(SKIES), {"meadow", "hills", "park"}),
    "river": (set(SKIES), {"mountains", "meadow", "hills"}),
    "mountains behind": (set(SKIES), {"lake", "meadow", "farm", "road"}),
    "pine trees": (set(SKIES), {"forest", "mountains", "lake", "snow"}),
    "autumn trees": (set(SKIES), {"forest", "hills", "lake", "park"}),
    "green trees": (set(SKIES), {"forest", "hills", "lake", "park"}),
    "neon lights": ({"night", "dusk"}, {"city"}),
}
"""Feature to the skies and the places it can be seen in."""

CELLS = 16
"""Latents along a side. Things are placed on every second cell and are so many cells wide: moved by whole cells, a thing
has moved latents, not other ones. So every thing has one pattern of latents a size to learn, instead of hundreds."""

ALONE = ((2, 2, 12),)
"""(left, top, width) in cells."""
COUNTED = {
    2: ((0, 4, 8), (8, 4, 8)),
    3: ((0, 8, 8), (8, 8, 8), (4, 0, 8)),
    4: ((0, 0, 8), (8, 0, 8), (0, 8, 8), (8, 8, 8)),
}
SIDE_BY_SIDE = ((0, 6, 8), (8, 6, 8))
ONE_ABOVE_THE_OTHER = ((4, 0, 8), (4, 8, 8))
IN_A_PLACE = {
    1: lambda left: ((left, 10),),
    2: lambda left: ((0, 8), (8, 8)),
    3: lambda left: ((0, 6), (5, 6), (10, 6)),
}
"""Number to (left, width) of each; one alone stands where it likes."""
LARGE_THINGS = ("castle", "house", "volcano", "palm-tree", "christmas-tree", "ship", "tent", "sailboat")
"""Icons of what something can fly over."""
NATURAL_COLOURS = (*COLOURS, "black", "man", "woman", "boy", "girl", "baby", "old", "face", "sun", "moon", "fire")
"""First words of things that are never given a colour: a green apple stays green, a face the colour of a face."""


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of picture."""

    portrait: float = 0.42
    counted: float = 0.09
    landscape: float = 0.07
    in_scene: float = 0.34
    pair: float = 0.08
    styled: float = 0.08
    mirrored: float = 0.0
    """Of the things: with a small budget each looks one way."""


class Composer:
    """Composes scenes from a library's things.

    With `training=True` no held-out pair of thing and place occurs, with `training=False` every pair may.
    """

    def __init__(self, library: IconLibrary, training: bool = True, mix: Mix = Mix()):
        self.library = library
        self.training = training
        self.mix = mix

    def compose(self, rng: np.random.Generator) -> Scene:
        """Some scene; all chance comes from `rng`."""
        mix = self.mix
        kinds = (self.portrait, self.counted, self.landscape, self.in_scene, self.pair)
        shares = (mix.portrait, mix.counted, mix.landscape, mix.in_scene, mix.pair)
        style = STYLES[rng.integers(len(STYLES))] if rng.random() < mix.styled else None
        return kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))](rng, style)

    def portrait(self, rng, style=None, thing: Thing | None = None, colour: str | None = None) -> Scene:
        """One thing, large, before a backdrop."""
        thing = thing or self._any_thing(rng)
        colour = colour or self._maybe_colour(rng, 0.2, style)
        return self._scene(rng, PLAIN, style, [self._item(rng, thing, ALONE, colour)])

    def counted(self, rng, style=None, thing: Thing | None = None, count: int | None = None) -> Scene:
        """Two, three or four of a thing before a backdrop."""
        count = count or int(rng.integers(2, 5))
        thing = thing or self._any_thing(rng)
        item = self._item(rng, thing, COUNTED[count], self._maybe_colour(rng, 0.2, style))
        return self._scene(rng, PLAIN, style, [item])

    def landscape(self, rng, style=None) -> Scene:
        """A place without things."""
        return self._scene(rng, PLACES[rng.integers(len(PLACES))], style, [])

    def in_scene(self, rng, style=None, thing: Thing | None = None, place: str | None = None) -> Scene:
        """One to three of a thing in a place where it may be."""
        place = place or PLACES[rng.integers(len(PLACES))]
        thing = thing or self._thing_for(rng, place)
        if thing is None:
            return self.landscape(rng, style)
        count = int(rng.choice((1, 2, 3), p=(0.86, 0.08, 0.06)))
        colour = self._maybe_colour(rng, 0.15, style)
        return self._scene(rng, place, style, [self._placed(rng, thing, place, count, colour)])

    def pair(self, rng, style=None) -> Scene:
        """Two different things that stand in a relation."""
        place = PLACES[rng.integers(len(PLACES))] if rng.random() < 0.5 else PLAIN
        first, second = self._thing_for(rng, place), self._thing_for(rng, place)
        if first is None or second is None or first == second:
            return self.portrait(rng, style)
        colours = [self._maybe_colour(rng, 0.15, style) for _ in range(2)]
        relation = ("next to", "and", "on top of", "above")[rng.choice(4, p=(0.35, 0.35, 0.15, 0.15))]
        if relation == "above" and first.habitat == "air" and second.icon in LARGE_THINGS:
            relation = "flying over"
        spots = SIDE_BY_SIDE if relation in ("next to", "and") else ONE_ABOVE_THE_OTHER
        placed = place not in (PLAIN, "space", "underwater", "sea")
        items = [
            self._item(rng, first, spots[:1], colours[0], placed, placed and spots is SIDE_BY_SIDE),
            self._item(rng, second, spots[1:], colours[1], placed, placed),
        ]
        return self._scene(rng, place, style, items, relation)

    def may_be(self, thing: Thing, place: str) -> bool:
        """Whether the thing makes sense there; held-out pairs do."""
        if place == PLAIN:
            return True
        if place == "underwater":
            return thing.habitat == "water"
        if place == "sea":
            return thing.habitat in ("boat", "water", "air")
        return thing.habitat != "water" or place in ("beach", "lake")

    def _any_thing(self, rng) -> Thing:
        return self._weighted(rng, self.library.things)

    @staticmethod
    def _weighted(rng, things: list[Thing]) -> Thing:
        weights = np.array([thing.weight for thing in things])
        return things[rng.choice(len(things), p=weights / weights.sum())]

    def _thing_for(self, rng, place: str) -> Thing | None:
        fitting = [
            t
            for t in self.library.things
            if self.may_be(t, place) and not (self.training and is_held_out(t.label, place))
        ]
        if place in ("sea", "lake") and rng.random() < 0.5:
            fitting = [t for t in fitting if t.habitat == "boat"] or fitting
        return self._weighted(rng, fitting) if fitting else None

    @staticmethod
    def _maybe_colour(rng, share: float, style: str | None) -> str | None:
        return COLOURS[rng.integers(len(COLOURS))] if style not in COLOURLESS_STYLES and rng.random() < share else None

    def _item(self, rng, thing, cells, colour=None, placed=False, on_ground=False) -> Item:
        """`cells` are (left, top, width) on the grid of the latents."""
        if thing.label.split()[0] in NATURAL_COLOURS:  # a green apple stays green
            colour = None
        icon_set, icon = self.library.drawing(rng, thing, placed)
        spots = tuple(((x + width / 2) / CELLS, (y + width / 2) / CELLS, width / CELLS) for x, y, width in cells)
        return Item(thing, icon_set, icon, spots, colour, bool(rng.random() < self.mix.mirrored), on_ground)

    def _placed(self, rng, thing: Thing, place: str, count: int, colour: str | None) -> Item:
        spots = IN_A_PLACE[count](int(rng.choice((2, 4))))
        ground = 14 - spots[0][1]
        if place in ("space", "underwater"):
            top, on_ground = int(rng.choice((2, 4))), False
        elif thing.habitat == "air" and place != "room" and rng.random() < 0.7:
            top, on_ground = int(rng.choice((0, 2))), False
        else:
            top, on_ground = ground, place not in ("sea", "lake")
        return self._item(rng, thing, [(left, top, width) for left, width in spots], colour, True, on_ground)

    def _scene(self, rng, place, style, items, relation=None) -> Scene:
        seed = int(rng.integers(2**31))
        if place == PLAIN:
            taken = {item.colour for item in items}  # a red thing on red would be lost
            names = [name for name in BACKDROPS if name.split()[-1] not in taken]
            quiet = [name for name in names if name in QUIET_BACKDROPS]
            names_now = quiet if quiet and rng.random() < 0.45 else names
            first = names_now[rng.integers(len(names_now))]
            second = (names[rng.integers(len(names))],) if rng.random() < 0.1 else ()
            return Scene(PLAIN, None, (first, *second), (), tuple(items), relation, style, seed)
        sky = SKIES[rng.choice(len(SKIES), p=list(SKY_WEIGHTS.values()))] if place in OUTDOORS else None
        return Scene(place, sky, (), self._features(rng, place, sky, bool(items)), tuple(items), relation, style, seed)

    @staticmethod
    def _features(rng, place: str, sky: str | None, has_things: bool) -> tuple[str, ...]:
        if place == "space":
            planet = ("red", "blue", "orange", "green", "purple")[rng.integers(5)]
            return (f"{planet} planet",) if rng.random() < 0.4 else ()
        possible = [name for name, (skies, places) in FEATURES.items() if sky in skies and place in places]
        most = min(len(possible), int(rng.choice((0, 1, 2), p=(0.45, 0.4, 0.15) if has_things else (0.2, 0.45, 0.35))))
        chosen = list(rng.choice(possible, most, replace=False)) if most else []
        for group in (
            ("sun", "clouds", "full moon", "crescent moon", "rainbow"),
            ("rain", "snowfall", "fog"),
            ("pine trees", "autumn trees", "green trees", "mountains behind"),
        ):
            inside = [f for f in chosen if f in group]
            chosen = [f for f in chosen if f not in inside[1:]]
        return tuple(str(feature) for feature in chosen)
