"""Decides what a picture shows. Little clutter: at most two things, and at most two features of a landscape."""

from dataclasses import dataclass

import numpy as np

from .library import IconLibrary, Thing
from .scene import BACKDROPS, COLOURLESS_STYLES, COLOURS, OUTDOORS, PLACES, PLAIN, SKIES, STYLES, Item, Scene
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

SPOTS = {
    1: ((0.5, 0.5),),
    2: ((0.28, 0.5), (0.72, 0.5)),
    3: ((0.27, 0.68), (0.73, 0.68), (0.5, 0.27)),
    4: ((0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72)),
}
SPOT_SIZE = {1: 0.75, 2: 0.42, 3: 0.4, 4: 0.38}
LARGE_THINGS = ("castle", "house", "volcano", "palm-tree", "christmas-tree", "ship", "tent", "sailboat")
"""Icons of what something can fly over."""


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of picture."""

    portrait: float = 0.34
    counted: float = 0.12
    landscape: float = 0.10
    in_scene: float = 0.34
    pair: float = 0.10
    styled: float = 0.10


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
        colour = colour or self._maybe_colour(rng, 0.3, style)
        size = rng.uniform(0.62, 0.88)
        slack = (1 - size) * 0.4
        spot = (0.5 + rng.uniform(-slack, slack), 0.5 + rng.uniform(-slack, slack), size)
        grounded = rng.random() < 0.3
        return self._scene(rng, PLAIN, style, [self._item(rng, thing, (spot,), colour, grounded)])

    def counted(self, rng, style=None, thing: Thing | None = None, count: int | None = None) -> Scene:
        """Two, three or four of a thing before a backdrop."""
        count = count or int(rng.integers(2, 5))
        thing = thing or self._any_thing(rng)
        size = SPOT_SIZE[count] * rng.uniform(0.88, 1.0)
        spots = tuple((x, y, size) for x, y in SPOTS[count])
        if count <= 3 and rng.random() < 0.5:  # in a row
            spots = tuple(((i + 0.5) / count, 0.5, min(size, 0.92 / count)) for i in range(count))
        item = self._item(rng, thing, spots, self._maybe_colour(rng, 0.25, style))
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
        colour = self._maybe_colour(rng, 0.2, style)
        return self._scene(rng, place, style, [self._placed(rng, thing, place, count, colour)])

    def pair(self, rng, style=None) -> Scene:
        """Two different things that stand in a relation."""
        place = PLACES[rng.integers(len(PLACES))] if rng.random() < 0.5 else PLAIN
        first, second = self._thing_for(rng, place), self._thing_for(rng, place)
        if first is None or second is None or first == second:
            return self.portrait(rng, style)
        colours = [self._maybe_colour(rng, 0.2, style) for _ in range(2)]
        relation = ("next to", "and", "on top of", "above")[rng.choice(4, p=(0.35, 0.35, 0.15, 0.15))]
        if relation == "above" and first.habitat == "air" and second.icon in LARGE_THINGS:
            relation = "flying over"
        if relation in ("next to", "and"):
            spots = ((0.28, 0.58, rng.uniform(0.38, 0.46)), (0.73, 0.58, rng.uniform(0.38, 0.46)))
        elif relation == "on top of":
            spots = ((0.5, 0.3, 0.38), (0.5, 0.7, 0.48))
        else:
            spots = ((0.5, 0.22, 0.36), (0.5, 0.7, 0.5))
        grounded = place not in ("space", "underwater", "sea")
        items = [
            self._item(rng, first, (spots[0],), colours[0], grounded and relation in ("next to", "and")),
            self._item(rng, second, (spots[1],), colours[1], grounded),
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
        return self.library.things[rng.integers(len(self.library.things))]

    def _thing_for(self, rng, place: str) -> Thing | None:
        fitting = [
            t
            for t in self.library.things
            if self.may_be(t, place) and not (self.training and is_held_out(t.label, place))
        ]
        if place in ("sea", "lake") and rng.random() < 0.5:
            fitting = [t for t in fitting if t.habitat == "boat"] or fitting
        return fitting[rng.integers(len(fitting))] if fitting else None

    @staticmethod
    def _maybe_colour(rng, share: float, style: str | None) -> str | None:
        return COLOURS[rng.integers(len(COLOURS))] if style not in COLOURLESS_STYLES and rng.random() < share else None

    def _item(self, rng, thing, spots, colour=None, on_ground=False) -> Item:
        if thing.label.split()[0] in COLOURS:  # a green apple stays green
            colour = None
        icon_set, icon = self.library.drawing(rng, thing)
        return Item(thing, icon_set, icon, tuple(spots), colour, bool(rng.random() < 0.3), on_ground)

    def _placed(self, rng, thing: Thing, place: str, count: int, colour: str | None) -> Item:
        size = rng.uniform(0.36, 0.6) if count == 1 else rng.uniform(0.26, 0.3)
        if place in ("space", "underwater"):
            height, grounded = rng.uniform(0.38, 0.6), False
        elif thing.habitat == "air" and place != "room" and rng.random() < 0.7:
            height, grounded = rng.uniform(0.24, 0.36), False
        else:
            height, grounded = 0.9 - size / 2 - rng.uniform(0, 0.08), place not in ("sea", "lake")
        middles = (rng.uniform(0.32, 0.68),) if count == 1 else [(i + 0.5) / count for i in range(count)]
        return self._item(rng, thing, [(x, height, size) for x in middles], colour, grounded)

    def _scene(self, rng, place, style, items, relation=None) -> Scene:
        seed = int(rng.integers(2**31))
        if place == PLAIN:
            taken = {item.colour for item in items}  # a red thing on red would be lost
            names = [name for name in BACKDROPS if name.split()[-1] not in taken]
            first = names[rng.integers(len(names))] if rng.random() < 0.75 else "white"
            second = (names[rng.integers(len(names))],) if rng.random() < 0.25 else ()
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
