"""What the evaluation asks: prompts whose answer is known, because each comes from a scene that can also be drawn.

So every prompt has its real picture, and the classifier's accuracy on those is what a perfect model would reach.
"""

from dataclasses import dataclass

import numpy as np

from .captions import describe
from .compose import Composer, Mix
from .library import IconLibrary
from .make_data import UNSEEN_SEED
from .scene import COLOURS, PLACES, PLAIN, Scene
from .split import is_held_out

SINGLE, COMPOSITION = "single", "composition"
NOTHING = "nothing"
"""What the classifier calls a thing of which there is only a lump."""


@dataclass(frozen=True)
class Question:
    """A prompt, the scene it describes, and the seed to paint it with."""

    kind: str
    prompt: str
    scene: Scene
    seed: int


def single_questions(library: IconLibrary, count: int, salt: int = 0) -> list[Question]:
    """Every thing in turn: half before a backdrop (two of five in a given colour), a sixth two to four of it, the rest
    in a place."""
    composer = Composer(library, mix=Mix(styled=0))
    questions = []
    for i in range(count):
        rng = np.random.default_rng([UNSEEN_SEED, 1, salt, i])
        thing = library.things[i % len(library.things)]
        kind = rng.choice(3, p=(0.5, 1 / 6, 1 / 3))
        if kind == 0:
            colour = COLOURS[rng.integers(len(COLOURS))] if rng.random() < 0.4 else None
            scene = composer.portrait(rng, thing=thing, colour=colour)
        elif kind == 1:
            scene = composer.counted(rng, thing=thing)
        else:
            places = [p for p in PLACES if composer.may_be(thing, p) and not is_held_out(thing.label, p)]
            scene = composer.in_scene(rng, thing=thing, place=places[rng.integers(len(places))])
        questions.append(Question(SINGLE, describe(scene, rng, exact=True), scene, i))
    return questions


def composition_questions(library: IconLibrary, count: int, salt: int = 0) -> list[Question]:
    """Things in places where the generator has never seen them."""
    composer = Composer(library, training=False, mix=Mix(styled=0))
    pairs = [
        (thing, place)
        for thing in library.things
        for place in PLACES
        if composer.may_be(thing, place) and is_held_out(thing.label, place)
    ]
    order = np.random.default_rng([UNSEEN_SEED, 2]).permutation(len(pairs))
    questions = []
    for i in range(count):
        rng = np.random.default_rng([UNSEEN_SEED, 3, salt, i])
        thing, place = pairs[order[i % len(pairs)]]
        scene = composer.in_scene(rng, thing=thing, place=place)
        questions.append(Question(COMPOSITION, describe(scene, rng, exact=True), scene, 10_000 + i))
    return questions


def answers(scenes: list[Scene], library: IconLibrary) -> dict[str, np.ndarray]:
    """What the classifier should say: for each of its heads int64 [scenes], -1 where there is nothing to say."""
    classes = head_classes(library)
    labels = [scene.labels() for scene in scenes]
    return {
        head: np.array([names.index(label[head]) if label[head] in names else -1 for label in labels])
        for head, names in classes.items()
    }


def head_classes(library: IconLibrary) -> dict[str, list]:
    """The classifier's heads and the names of their classes."""
    return {
        "object": [*(thing.label for thing in library.things), NOTHING],
        "colour": list(COLOURS),
        "scene": [PLAIN, *PLACES],
        "count": [1, 2, 3, 4],
    }
