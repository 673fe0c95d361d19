"""Draws the places: sky, ground, what belongs there, weather. One function a place, all sizes relative to the side."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .scene import BACKDROPS, PLAIN, Scene

# Sky to its colours from top to horizon, and the light on the ground.
SKY_COLOURS = {
    "day": ((95, 165, 235), (150, 200, 245), (215, 235, 250), 1.0),
    "sunset": ((85, 60, 130), (235, 120, 80), (255, 205, 110), 0.8),
    "sunrise": ((110, 140, 210), (250, 180, 170), (255, 230, 170), 0.9),
    "night": ((8, 10, 35), (18, 24, 65), (45, 55, 110), 0.4),
    "dusk": ((40, 40, 95), (120, 80, 140), (225, 140, 120), 0.6),
    "storm": ((55, 60, 70), (85, 92, 102), (130, 135, 140), 0.6),
    "alien": ((60, 10, 80), (160, 40, 120), (250, 150, 120), 0.7),
}
TINTS = {
    "sunset": (1.08, 0.92, 0.8),
    "sunrise": (1.05, 0.97, 0.92),
    "night": (0.55, 0.6, 0.85),
    "dusk": (0.85, 0.75, 0.9),
    "storm": (0.8, 0.83, 0.88),
    "alien": (1.0, 0.8, 1.0),
}
"""Sky to what its light does to the colours of a thing."""

GREENS = ((95, 170, 75), (120, 185, 80), (75, 150, 80))
TREE_COLOURS = {
    "pine trees": ((45, 110, 70), (60, 125, 75)),
    "autumn trees": ((205, 90, 40), (230, 150, 50), (190, 60, 45)),
    "green trees": ((60, 130, 60), (85, 150, 60), (70, 140, 75)),
}


def shade(colour, factor):
    """A colour made lighter or darker."""
    return tuple(int(max(0, min(255, value * factor))) for value in colour)


def gradient(colours, width, height) -> Image.Image:
    """A vertical gradient through all the colours."""
    at = np.linspace(0, len(colours) - 1, height)
    channels = [np.interp(at, range(len(colours)), [colour[c] for colour in colours]) for c in range(3)]
    column = np.stack(channels, -1).clip(0, 255).astype(np.uint8)[:, None]
    return Image.fromarray(np.repeat(column, width, 1))


class Background:
    """One background while it is drawn: canvas, side, horizon, light."""

    def __init__(self, scene: Scene, side: int, rng: np.random.Generator):
        self.scene, self.side, self.rng = scene, side, rng
        *self.sky_colours, self.light = SKY_COLOURS[scene.sky or "day"]
        self.horizon = side * rng.uniform(0.5, 0.64)
        self.image = Image.new("RGB", (side, side))
        self.pen = ImageDraw.Draw(self.image)
        self.green = self.choose(GREENS)

    def paint(self) -> Image.Image:
        """The whole background."""
        if self.scene.place == PLAIN:
            return self._backdrop()
        if self.scene.sky:
            self._sky()
            if "mountains behind" in self.scene.features:
                self._mountains()
        getattr(self, "_" + self.scene.place)()
        if self.scene.sky:
            self._features()
        return self.image

    def choose(self, options):
        return options[int(self.rng.integers(len(options)))]

    # Sky

    def _backdrop(self) -> Image.Image:
        colours = [BACKDROPS[name] for name in self.scene.backdrop]
        return gradient(colours if len(colours) > 1 else colours * 2, self.side, self.side)

    def _sky(self):
        jitter = self.rng.uniform(0.93, 1.07)
        self._replace(gradient([shade(c, jitter) for c in self.sky_colours], self.side, self.side))
        if self.scene.sky == "night":
            self._stars(35, 0.6)
        features = self.scene.features
        x, y = self.side * self.rng.uniform(0.12, 0.88), self.side * self.rng.uniform(0.1, 0.26)
        if "rainbow" in features:
            self._rainbow()
        if "sun" in features:
            low = self.scene.sky != "day"
            self._sun(x, self.horizon - self.side * self.rng.uniform(0.02, 0.1) if low else y)
        if "full moon" in features or "crescent moon" in features:
            self._moon_in_sky(x, y, "crescent moon" in features)
        if "clouds" in features:
            colour = {"day": (250, 252, 255), "sunset": (255, 190, 150), "storm": (80, 84, 92)}[self.scene.sky]
            for _ in range(int(self.rng.integers(2, 5))):
                self._cloud(colour)

    def _stars(self, count, lowest):
        for _ in range(count):
            x, y = self.rng.random() * self.side, self.rng.random() * self.side * lowest
            self._disc(x, y, self.side * self.rng.uniform(0.003, 0.009), (255, 255, int(self.rng.uniform(200, 255))))

    def _sun(self, x, y):
        radius = self.side * self.rng.uniform(0.06, 0.09)
        halo = tuple(int(0.6 * a + 0.4 * b) for a, b in zip(self.sky_colours[1], (255, 240, 170)))
        self._disc(x, y, radius * 1.5, halo)
        self._disc(x, y, radius, (255, 238, 140) if self.scene.sky == "day" else (255, 215, 120))

    def _moon_in_sky(self, x, y, crescent):
        radius = self.side * self.rng.uniform(0.055, 0.075)
        behind = self.image.crop((0, 0, self.side, self.side))
        self._disc(x, y, radius, (245, 242, 215))
        if crescent:
            mask = Image.new("L", self.image.size)
            ImageDraw.Draw(mask).ellipse(
                [x - radius * 0.3, y - radius * 1.1, x + radius * 1.5, y + radius * 0.8], fill=255
            )
            self.image.paste(behind, (0, 0), mask)

    def _cloud(self, colour):
        size = self.side * self.rng.uniform(0.06, 0.12)
        x, y = self.rng.random() * self.side, self.side * self.rng.uniform(0.06, 0.3)
        for _ in range(6):
            dx, dy, r = (
                self.rng.uniform(-0.9, 0.9) * size,
                self.rng.uniform(-0.25, 0.25) * size,
                self.rng.uniform(0.35, 0.7) * size,
            )
            self.pen.ellipse([x + dx - r, y + dy - r * 0.7, x + dx + r, y + dy + r * 0.7], fill=colour)

    def _rainbow(self):
        x, y, radius = self.side * self.rng.uniform(0.3, 0.7), self.horizon + self.side * 0.05, self.side * 0.5
        width = max(2, self.side // 56)
        for band, colour in enumerate(
            ((235, 70, 70), (245, 160, 60), (250, 230, 90), (100, 200, 100), (80, 140, 230), (150, 90, 200))
        ):
            r = radius - band * width * 0.9
            self.pen.arc([x - r, y - r, x + r, y + r], 180, 360, fill=colour, width=width)

    # Ground

    def _ground(self, colour, base, waviness):
        """A wavy surface from `base` down, lit by the sky."""
        x = np.arange(self.side + 1) / self.side
        height, frequency, amplitude = np.full(len(x), float(base)), self.rng.uniform(0.8, 2.0), waviness
        for _ in range(4):
            height += amplitude * np.sin(2 * math.pi * (frequency * x + self.rng.random()))
            frequency, amplitude = frequency * 1.9, amplitude * 0.5
        outline = [(0, self.side)] + list(zip(range(self.side + 1), height.tolist())) + [(self.side, self.side)]
        self.pen.polygon(outline, fill=self._lit(colour))

    def _layers(self, colours, base, distance, waviness):
        for k, colour in enumerate(colours):
            self._ground(colour, base + self.side * distance * k, self.side * waviness)

    def _mountains(self):
        rock = self.choose(((110, 120, 150), (125, 105, 95), (90, 105, 120), (140, 110, 140)))
        snowy = self.rng.random() < 0.7
        for k in range(2):
            base, height = self.horizon + self.side * 0.04 * k, self.side * (0.4 - 0.14 * k)
            x, points = 0.0, [(0.0, base - height * self.rng.random() * 0.6)]
            while x < self.side:
                x += self.side * self.rng.uniform(0.1, 0.26)
                peak = len(points) % 2 == 1
                points.append((x, base - height * (self.rng.uniform(0.3, 1.0) if peak else self.rng.uniform(0, 0.2))))
            self.pen.polygon([(0, self.side)] + points + [(x, self.side)], fill=self._lit(shade(rock, 1.1 - 0.25 * k)))
            if k == 0 and snowy:
                self._snow_caps(points)

    def _snow_caps(self, points):
        for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:]):
            if y1 < y0 and y1 < y2:
                cap = [
                    (x1, y1),
                    (x1 + (x0 - x1) * 0.3, y1 + (y0 - y1) * 0.3),
                    (x1, y1 + (self.horizon - y1) * 0.2),
                    (x1 + (x2 - x1) * 0.3, y1 + (y2 - y1) * 0.3),
                ]
                self.pen.polygon(cap, fill=self._lit((245, 248, 255)))

    def _water(self, top, bottom):
        colour = self.choose(((45, 110, 180), (35, 140, 170), (60, 130, 200)))
        top, bottom = int(top), int(bottom)
        water = gradient(
            [shade(colour, 0.45 + 0.65 * self.light), shade(colour, 0.25 + 0.45 * self.light)],
            self.side,
            max(1, bottom - top),
        )
        self.image.paste(water, (0, top))
        for _ in range(18):
            x, depth = self.rng.random() * self.side, self.rng.random() ** 1.3
            y = top + depth * (bottom - top)
            self.pen.line(
                [(x, y), (x + self.side * (0.02 + 0.08 * depth), y)],
                fill=shade(colour, 0.7 + 0.75 * self.light),
                width=max(1, self.side // 128),
            )

    # Places

    def _meadow(self):
        self._ground(self.green, self.horizon, self.side * 0.02)

    def _hills(self):
        self._layers([shade(self.green, f) for f in (1.15, 1.0, 0.85)], self.horizon, 0.12, 0.05)

    def _desert(self):
        self._layers([shade((232, 190, 115), f) for f in (1.05, 0.95, 0.85)], self.horizon, 0.1, 0.035)

    def _snow(self):
        self._layers([(238, 244, 252), (224, 232, 244)], self.horizon, 0.12, 0.03)

    def _sea(self):
        self._water(self.horizon, self.side)

    def _lake(self):
        self._water(self.horizon, self.side)
        self._ground(self.green, self.side * 0.92, self.side * 0.02)

    def _beach(self):
        self._water(self.horizon, self.side)
        shore = self.side * self.rng.uniform(0.74, 0.82)
        self._ground((240, 248, 250), shore - self.side * 0.02, self.side * 0.015)
        self._ground((238, 212, 150), shore, self.side * 0.015)

    def _forest(self):
        self._ground(self.green, self.horizon + self.side * 0.05, self.side * 0.02)
        if not any(f in TREE_COLOURS for f in self.scene.features):
            self._trees("green trees" if self.rng.random() < 0.5 else "pine trees", 16)

    def _mountains_ground(self):
        self._ground(self.green, self.horizon + self.side * 0.04, self.side * 0.02)

    def _farm(self):
        self._ground(self.green, self.horizon, self.side * 0.01)
        soil = self._lit((150, 110, 70))
        for k in range(-5, 6):  # furrows that meet at the horizon
            x = self.side * (0.5 + 0.05 * k)
            self.pen.polygon(
                [
                    (x, self.horizon + self.side * 0.03),
                    (self.side * (0.5 + 0.3 * k), self.side),
                    (self.side * (0.6 + 0.3 * k), self.side),
                ],
                fill=soil,
            )
        x, y, w = self.side * self.choose((0.06, 0.72)), self.horizon + self.side * 0.04, self.side * 0.2
        self.pen.rectangle([x, y - w * 0.6, x + w, y], fill=self._lit((185, 60, 50)))
        self.pen.polygon(
            [(x - w * 0.1, y - w * 0.6), (x + w / 2, y - w), (x + w * 1.1, y - w * 0.6)], fill=self._lit((110, 60, 55))
        )
        self.pen.rectangle([x + w * 0.35, y - w * 0.35, x + w * 0.65, y], fill=self._lit((240, 235, 225)))

    def _park(self):
        self._ground(shade(self.green, 1.1), self.horizon, self.side * 0.01)
        self._winding(self._lit((222, 205, 170)), 0.14)
        for x in (0.1, 0.9):
            self._tree(
                self.side * x,
                self.horizon + self.side * 0.1,
                self.side * self.rng.uniform(0.28, 0.38),
                (85, 150, 60),
                False,
            )

    def _road(self):
        self._ground(self.green, self.horizon, self.side * 0.01)
        top, depth = self.horizon, self.side - self.horizon
        self.pen.polygon(
            [
                (self.side * 0.46, top),
                (self.side * 0.54, top),
                (self.side * 0.95, self.side),
                (self.side * 0.05, self.side),
            ],
            fill=self._lit((95, 97, 105)),
        )
        for k in range(4):
            y = top + depth * (0.12 + 0.24 * k)
            self.pen.line(
                [(self.side * 0.5, y), (self.side * 0.5, y + depth * 0.1)],
                fill=(240, 235, 200),
                width=max(1, self.side * (k + 1) // 128),
            )

    def _city(self):
        neon = "neon lights" in self.scene.features
        base = self.choose(((60, 65, 90), (85, 85, 100), (95, 75, 85), (45, 60, 85)))
        for row in range(2):
            x = -self.side * 0.05 * self.rng.random()
            while x < self.side:
                width, height = (
                    self.side * self.rng.uniform(0.08, 0.16),
                    self.side * self.rng.uniform(0.2, 0.62) * (1.1 - 0.3 * row),
                )
                colour = (
                    shade((28, 26, 52), self.rng.uniform(0.8, 1.4))
                    if neon
                    else self._lit(shade(base, (1.25 - 0.35 * row) * self.rng.uniform(0.9, 1.1)))
                )
                self._building(x, self.side * 0.88 - height, width, colour, neon)
                x += width + self.side * 0.015 * self.rng.random()
        self.pen.rectangle([0, self.side * 0.88, self.side, self.side], fill=self._lit((70, 72, 80)))

    def _building(self, x, top, width, colour, neon):
        self.pen.rectangle([x, top, x + width, self.side], fill=colour)
        lit = (255, 225, 130) if self.light < 0.85 else (190, 215, 235)
        if neon:
            lit = self.choose(((255, 60, 180), (60, 230, 255), (255, 225, 120), (150, 90, 255)))
        step = self.side * 0.042
        for y in np.arange(top + step * 0.6, self.side * 0.86, step):
            for left in np.arange(x + step * 0.5, x + width - step * 0.5, step):
                if self.rng.random() < 0.5:
                    self.pen.rectangle([left, y, left + step * 0.4, y + step * 0.45], fill=lit)

    def _space(self):
        self._replace(gradient(((6, 6, 22), (22, 12, 48)), self.side, self.side))
        if self.rng.random() < 0.6:
            self._nebula()
        self._stars(50, 1.0)
        for feature in self.scene.features:
            colour = BACKDROPS[feature.removesuffix(" planet")]
            x, y, r = (
                self.side * self.rng.uniform(0.1, 0.9),
                self.side * self.rng.uniform(0.08, 0.25),
                self.side * self.rng.uniform(0.09, 0.17),
            )
            self._disc(x, y, r, colour)
            self._disc(x - r * 0.25, y - r * 0.25, r * 0.45, shade(colour, 1.2))

    def _nebula(self):
        cloud = Image.new("RGB", self.image.size)
        pen, colour = ImageDraw.Draw(cloud), self.choose(((120, 40, 150), (40, 80, 170), (170, 50, 90), (30, 120, 120)))
        for _ in range(10):
            x, y, r = (
                self.rng.random() * self.side,
                self.rng.random() * self.side,
                self.side * self.rng.uniform(0.08, 0.28),
            )
            pen.ellipse([x - r, y - r, x + r, y + r], fill=shade(colour, self.rng.uniform(0.3, 0.8)))
        self._replace(ImageChops.screen(self.image, cloud.filter(ImageFilter.GaussianBlur(self.side / 14))))

    def _moon(self):
        self._replace(gradient(((4, 4, 14), (14, 14, 34)), self.side, self.side))
        self._stars(40, 0.6)
        self.light = 1.0
        self._layers([(168, 168, 172), (150, 150, 156)], self.side * 0.6, 0.14, 0.02)
        for _ in range(6):
            x, y = self.rng.random() * self.side, self.side * self.rng.uniform(0.68, 0.95)
            w = self.side * self.rng.uniform(0.03, 0.08) * (y / self.side) ** 2
            self.pen.ellipse([x - w, y - w * 0.4, x + w, y + w * 0.4], fill=(120, 120, 126))
            self.pen.arc(
                [x - w, y - w * 0.4, x + w, y + w * 0.4], 0, 180, fill=(196, 196, 200), width=max(1, self.side // 100)
            )

    def _underwater(self):
        self._replace(gradient(((90, 195, 225), (10, 55, 120)), self.side, self.side))
        for _ in range(10):
            x, y, r = (
                self.rng.random() * self.side,
                self.rng.random() * self.side,
                self.side * self.rng.uniform(0.008, 0.022),
            )
            self.pen.ellipse([x - r, y - r, x + r, y + r], outline=(210, 240, 255), width=max(1, self.side // 128))
        self.light = 1.0
        self._ground((205, 185, 130), self.side * 0.88, self.side * 0.02)
        for _ in range(3):
            x, colour = (
                self.rng.random() * self.side,
                self.choose(((40, 140, 80), (220, 90, 110), (240, 150, 60), (150, 80, 170))),
            )
            for k in range(3):
                tip = (
                    x + self.side * (0.024 * k + self.rng.uniform(-0.03, 0.03)),
                    self.side * self.rng.uniform(0.74, 0.84),
                )
                self.pen.line(
                    [(x + self.side * 0.024 * k, self.side * 0.94), tip], fill=colour, width=max(2, self.side // 42)
                )

    def _room(self):
        wall = BACKDROPS[self.choose(("beige", "light blue", "pink", "green", "gray", "yellow"))]
        self.pen.rectangle([0, 0, self.side, self.side], fill=shade(wall, 0.95))
        floor, line = self.choose(((150, 105, 65), (120, 80, 50), (190, 150, 105))), max(1, self.side // 64)
        self.pen.rectangle([0, self.side * 0.68, self.side, self.side], fill=floor)
        for k in range(4):
            y = self.side * (0.72 + 0.08 * k)
            self.pen.line([(0, y), (self.side, y)], fill=shade(floor, 0.85), width=line)
        x = self.side * self.choose((0.08, 0.66))
        self.pen.rectangle(
            [x, self.side * 0.12, x + self.side * 0.26, self.side * 0.42],
            fill=(170, 215, 250),
            outline=(250, 250, 250),
            width=line * 2,
        )
        self.pen.line(
            [(x + self.side * 0.13, self.side * 0.12), (x + self.side * 0.13, self.side * 0.42)],
            fill=(250, 250, 250),
            width=line,
        )

    # Features

    def _features(self):
        features = self.scene.features
        if self.scene.place == "mountains":
            self._mountains_ground()
        if "flowers" in features:
            for _ in range(36):
                x, y = (
                    self.rng.random() * self.side,
                    self.horizon + self.side * 0.08 + self.rng.random() * (self.side - self.horizon),
                )
                self._disc(
                    x,
                    y,
                    self.side * 0.008 * (1 + y / self.side),
                    self.choose(((250, 90, 100), (255, 220, 90), (255, 255, 255), (200, 120, 230))),
                )
        if "river" in features:
            self._winding(self._lit((80, 150, 220)), 0.11)
        for kind in TREE_COLOURS:
            if kind in features:
                self._trees(kind, 16 if self.scene.place == "forest" else 6)
        self._weather(features)

    def _weather(self, features):
        if "rain" in features:
            for _ in range(60):
                x, y = self.rng.random() * self.side, self.rng.random() * self.side
                self.pen.line(
                    [(x, y), (x - self.side * 0.015, y + self.side * 0.05)],
                    fill=(185, 205, 230),
                    width=max(1, self.side // 128),
                )
        if "snowfall" in features:
            for _ in range(50):
                self._disc(
                    self.rng.random() * self.side,
                    self.rng.random() * self.side,
                    self.side * self.rng.uniform(0.006, 0.012),
                    (255, 255, 255),
                )
        if "fog" in features:
            mask = gradient(((20,) * 3, (180,) * 3, (120,) * 3), self.side, self.side).getchannel(0)
            self.image.paste(Image.new("RGB", self.image.size, (215, 220, 226)), (0, 0), mask)

    def _trees(self, kind, count):
        low = self.horizon + self.side * 0.04
        for y in sorted(low + self.rng.random(count) * self.side * 0.18):
            height = self.side * (0.16 + 0.7 * (y - low) / self.side)
            self._tree(self.rng.random() * self.side, y, height, self.choose(TREE_COLOURS[kind]), kind == "pine trees")

    def _tree(self, x, y, height, colour, conifer):
        colour, width = self._lit(colour), height * 0.5
        self.pen.rectangle([x - height * 0.05, y - height * 0.3, x + height * 0.05, y], fill=self._lit((95, 65, 40)))
        if conifer:
            for k in range(3):
                base, half = y - height * (0.2 + 0.25 * k), width * (1 - 0.25 * k) * 0.6
                self.pen.polygon(
                    [(x - half, base), (x + half, base), (x, base - height * 0.4)], fill=shade(colour, 0.85 + 0.12 * k)
                )
        else:
            self.pen.ellipse([x - width * 0.6, y - height, x + width * 0.6, y - height * 0.25], fill=colour)
            self.pen.ellipse(
                [x - width * 0.35, y - height * 0.95, x + width * 0.2, y - height * 0.55], fill=shade(colour, 1.15)
            )

    def _winding(self, colour, width):
        """A river or path that comes from the horizon and widens."""
        middle, left, right = self.side * self.rng.uniform(0.35, 0.65), [], []
        for k in range(13):
            t = k / 12
            y, half = self.horizon + self.side * 0.04 + (self.side - self.horizon) * t, self.side * (0.008 + width * t)
            x = middle + math.sin(t * 4 + middle) * self.side * 0.12 * t
            left.append((x - half, y))
            right.append((x + half, y))
        self.pen.polygon(left + right[::-1], fill=colour)

    def _lit(self, colour):
        return shade(colour, 0.38 + 0.62 * self.light)

    def _disc(self, x, y, radius, colour):
        self.pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)

    def _replace(self, image):
        self.image, self.pen = image, ImageDraw.Draw(image)
