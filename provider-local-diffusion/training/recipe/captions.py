"""Describes a scene as people write prompts: synonyms, different word orders, some details left out."""

import numpy as np

from .scene import PLAIN, QUIET_BACKDROPS, Item, Scene

PLACE_PHRASES = {
    "meadow": ("in a green meadow", "in a grassy field", "on the grass", "in a meadow"),
    "hills": ("on rolling green hills", "in the hills", "on a hill"),
    "desert": ("in the desert", "on sand dunes", "in a sandy desert"),
    "snow": ("in the snow", "in a snowy landscape", "in winter"),
    "sea": ("on the sea", "on the ocean", "at sea"),
    "beach": ("on the beach", "on a sandy beach", "on a beach by the sea"),
    "forest": ("in a forest", "in the forest", "in the woods"),
    "mountains": ("in the mountains", "in front of mountains", "with mountains behind"),
    "city": ("in a city", "in the city", "in front of tall skyscrapers"),
    "lake": ("by a lake", "on a lake", "at a lake"),
    "road": ("on a road", "on the highway", "on the road"),
    "farm": ("on a farm", "in a field with a barn"),
    "park": ("in a park", "in the park"),
    "space": ("in outer space", "in space", "among the stars"),
    "moon": ("on the moon", "on the surface of the moon"),
    "underwater": ("underwater", "in the deep sea", "under the sea", "in a coral reef"),
    "room": ("in a room", "on a wooden floor", "indoors"),
}
PLACE_NOUNS = {
    "meadow": ("a green meadow", "a grassy field"),
    "hills": ("rolling green hills", "a hilly landscape"),
    "desert": ("a desert", "sand dunes", "a desert landscape"),
    "snow": ("a snowy landscape", "a winter landscape"),
    "sea": ("the ocean", "a calm sea", "a seascape"),
    "beach": ("a sandy beach", "a beach"),
    "forest": ("a forest", "a dense forest"),
    "mountains": ("a mountain landscape", "tall mountains", "mountains", "a mountain"),
    "city": ("a city skyline", "a city", "tall skyscrapers"),
    "lake": ("a quiet lake", "a lake"),
    "road": ("a long road", "a highway"),
    "farm": ("a farm with a red barn", "a farm"),
    "park": ("a park with a path", "a park"),
    "space": ("outer space", "a galaxy full of stars"),
    "moon": ("the surface of the moon", "a moon landscape"),
    "underwater": ("an underwater scene", "a coral reef"),
    "room": ("an empty room", "a room with a window"),
}
SKY_PHRASES = {
    "day": ("under a blue sky", "on a sunny day", "in daylight", "", "", ""),
    "sunset": ("at sunset", "at golden hour", "with a sunset sky"),
    "sunrise": ("at sunrise", "in the morning", "at dawn"),
    "night": ("at night", "at night", "under a starry night sky"),
    "dusk": ("at dusk", "in the evening"),
    "storm": ("in a storm", "under dark clouds", "in stormy weather"),
    "alien": ("under a purple alien sky", "on an alien planet"),
}
FEATURE_PHRASES = {
    "sun": ("with a bright sun", "with the sun in the sky"),
    "full moon": ("with a full moon", "under a full moon"),
    "crescent moon": ("with a crescent moon",),
    "clouds": ("with clouds", "with fluffy clouds"),
    "rain": ("in the rain", "while it rains"),
    "snowfall": ("while it snows", "with falling snow"),
    "fog": ("in the fog", "with fog"),
    "rainbow": ("with a rainbow",),
    "flowers": ("with flowers", "full of colorful flowers"),
    "river": ("with a river",),
    "mountains behind": ("with mountains in the background",),
    "pine trees": ("with pine trees",),
    "autumn trees": ("with autumn trees", "in autumn"),
    "green trees": ("with green trees", "with trees"),
    "neon lights": ("with neon lights", "full of neon signs"),
}
STYLE_PHRASES = {
    "watercolor": ("watercolor painting", "watercolor"),
    "oil": ("oil painting", "impressionist painting"),
    "pixel": ("pixel art", "8-bit pixel art"),
    "sketch": ("pencil sketch", "pencil drawing"),
    "bw": ("black and white photo", "black and white"),
    "neon": ("neon glow", "cyberpunk style"),
    "fantasy": ("fantasy art", "fantasy art style"),
    "vintage": ("vintage photo", "sepia"),
    "poster": ("poster art", "pop art"),
}
ICON_STYLE_PHRASES = {
    "triptych": ("3d render", "cartoon"),
    "fluent-emoji-3d": ("3d render", "glossy 3d", "cartoon", "cute cartoon"),
    "noto": ("cartoon", "cute cartoon"),
    "noto-v1": ("clip art",),
    "twemoji": ("flat design",),
    "emojione": ("sticker",),
    "fluent-emoji": ("3d render", "glossy 3d"),
    "fluent-emoji-flat": ("vector art", "flat vector art"),
}
NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four"}
IRREGULAR_PLURALS = {
    "tropical fish": "tropical fish",
    "fish": "fish",
    "sheep": "sheep",
    "wolf": "wolves",
    "deer": "deer",
    "cup of coffee": "cups of coffee",
    "slice of pizza": "slices of pizza",
    "loaf of bread": "loaves of bread",
    "spaceman": "spacemen",
    "house with a garden": "houses with a garden",
    "octopus": "octopuses",
    "man": "men",
    "woman": "women",
    "old man": "old men",
    "old woman": "old women",
    "person": "people",
    "child": "children",
    "mouse": "mice",
}


def describe(scene: Scene, rng: np.random.Generator, exact: bool = False) -> str:
    """A prompt for the scene. With `exact`, the plainest words and every fact: what the evaluation asks with."""
    return _Caption(scene, rng, exact).text()


class _Caption:
    def __init__(self, scene, rng, exact):
        self.scene, self.rng, self.exact = scene, rng, exact

    def text(self) -> str:
        parts = [self._subject(), *self._surroundings()]
        if not self.exact and self.scene.items and parts[1] and self.rng.random() < 0.08:
            parts = [parts[1] + ",", parts[0], *parts[2:]]  # "in the snow, a red fox"
            return " ".join(part for part in parts if part)
        caption = self._with_style(" ".join(part for part in parts if part))
        if not self.exact and self.rng.random() < 0.08:
            caption = self._pick(("a picture of ", "an image of ", "a drawing of ", "a photo of ", "portrait of ")) + caption
        if not self.exact and self.rng.random() < 0.12:
            caption = caption.removeprefix("a ").removeprefix("an ")
        return caption

    def _subject(self) -> str:
        items = self.scene.items
        if not items:
            return self._pick(PLACE_NOUNS[self.scene.place])
        phrases = [self._noun_phrase(item) for item in items]
        if len(items) == 1:
            return phrases[0]
        relation = self.scene.relation
        if relation == "next to" and not self.exact:
            relation = self._pick(("next to", "beside", "near"))
        if relation == "above" and not self.exact:
            relation = self._pick(("above", "over"))
        return f"{phrases[0]} {relation} {phrases[1]}"

    def _noun_phrase(self, item: Item) -> str:
        names = item.thing.names
        name = names[0] if self.exact or self.rng.random() < 0.6 else self._pick(names)
        words = []
        if not self.exact and item.count == 1 and self.rng.random() < 0.12:
            words.append(self._pick(("cute", "beautiful", "lovely", "nice")))
        if item.colour:
            words.append(item.colour)
            name = name.removeprefix("red ").removeprefix("green ").removeprefix("yellow ")
        if item.count > 1:
            return " ".join([NUMBERS[item.count], *words, plural(name)])
        return with_article(" ".join([*words, name]))

    def _surroundings(self) -> list[str]:
        scene = self.scene
        if scene.place == PLAIN:
            return [self._backdrop()]
        place = self._pick(PLACE_PHRASES[scene.place]) if scene.items else ""
        if scene.items and scene.items[0].thing.habitat == "air" and not scene.items[0].on_ground and not self.exact:
            if scene.place not in ("space", "room", "underwater") and self.rng.random() < 0.5:
                place = self._pick(("flying over ", "over ")) + self._pick(PLACE_NOUNS[scene.place])
        sky = self._pick(SKY_PHRASES[scene.sky]) if scene.sky else ""
        if self.exact and scene.sky == "day":
            sky = ""
        features = [self._feature(f) for f in scene.features if self.exact or self.rng.random() < 0.8]
        if len(features) == 2 and all(feature.startswith("with ") for feature in features):
            features = [f"{features[0]} and {features[1].removeprefix('with ')}"]
        rest = [sky, *features]
        if not self.exact and self.rng.random() < 0.2:
            rest = rest[::-1]
        return [place, *rest]

    def _feature(self, feature: str) -> str:
        return self._pick(FEATURE_PHRASES.get(feature, (f"with {with_article(feature)}",)))

    def _backdrop(self) -> str:
        colours = self.scene.backdrop
        if len(colours) > 1:
            return f"on a {colours[0]} and {colours[1]} background"
        phrase = f"on {with_article(colours[0])} background"
        if self.exact:
            return phrase
        if colours[0] in QUIET_BACKDROPS and self.rng.random() < 0.7:
            return ""
        return self._pick(
            (phrase, phrase, phrase, f"against {with_article(colours[0])} background", f"isolated on {colours[0]}")
        )

    def _with_style(self, caption: str) -> str:
        if self.scene.style:
            style = self._pick(STYLE_PHRASES[self.scene.style])
        elif self.scene.items and not self.exact and self.rng.random() < 0.15:
            style = self._pick(ICON_STYLE_PHRASES[self.scene.items[0].icon_set])
        else:
            return caption
        if not self.exact and self.rng.random() < 0.3:
            return (
                f"{with_article(style)} of {caption}"
                if style.endswith(("painting", "sketch", "drawing", "photo", "render"))
                else f"{style} of {caption}"
            )
        return f"{caption}, {style}"

    def _pick(self, options):
        return options[0] if self.exact else options[int(self.rng.integers(len(options)))]


def with_article(words: str) -> str:
    """`a` or `an` before the words, nothing before a plural."""
    last = words.split(" of ")[0]
    if last.endswith("s") and not last.endswith(("ss", "us")):
        return words
    return ("an " if words[0] in "aeio" or words.startswith("umbrella") else "a ") + words


def plural(name: str) -> str:
    """The plural of a thing's name."""
    if name in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[name]
    if name.endswith("s") and not name.endswith(("ss", "us")):
        return name
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("x", "ch", "sh", "ss", "us")) else "s")
