"""Draws a scene: its background, its things in the light of the place, its style."""

import colorsys

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from .backgrounds import TINTS, Background, gradient
from .library import IconLibrary
from .scene import Item, Scene

COLOUR_VALUES = {
    "red": (0.0, 1.0, 0.95),
    "orange": (0.075, 1.0, 1.0),
    "yellow": (0.145, 0.95, 1.0),
    "green": (0.34, 0.9, 0.8),
    "cyan": (0.5, 0.85, 0.95),
    "blue": (0.61, 0.95, 0.92),
    "purple": (0.77, 0.8, 0.8),
    "pink": (0.91, 0.55, 1.0),
}
"""Colour to hue, saturation, value."""


def draw(scene: Scene, library: IconLibrary, side: int) -> Image.Image:
    """The scene as RGB, side x side. The same scene gives the same picture."""
    rng = np.random.default_rng(scene.seed)
    scale = 2 if side <= 256 else 1  # edges are smoothed by drawing them larger
    image = Background(scene, side * scale, rng).paint()
    for item in reversed(scene.items):
        icon = _lit(_recoloured(library.pixels(item.icon), item.colour), scene.sky)
        _place(image, icon, item)
    image = image.resize((side, side), Image.BOX)
    return stylize(image, scene.style, rng) if scene.style else image


def _recoloured(icon: Image.Image, colour: str | None) -> Image.Image:
    """The icon in shades of one colour: its lightness stays, dark outlines and eyes stay, white parts keep a third."""
    if colour is None:
        return icon
    pixels = np.asarray(icon).astype(np.float32) / 255
    rgb, alpha = pixels[..., :3], pixels[..., 3:]
    high, low = rgb.max(-1, keepdims=True), rgb.min(-1, keepdims=True)
    lightness, saturation = (high + low) / 2, (high - low) / np.maximum(high, 1e-3)
    target = np.array(colorsys.hsv_to_rgb(*COLOUR_VALUES[colour]), np.float32)
    lit = np.clip(lightness * 1.25, 0, 1)
    tinted = np.where(lit < 0.5, target * lit * 2, target + (1 - target) * (lit - 0.5) * 1.3)
    amount = np.clip(saturation * 2.2 + 0.4, 0, 1) * (lightness > 0.12)
    return Image.fromarray(
        (np.concatenate([np.clip(rgb * (1 - amount) + tinted * amount, 0, 1), alpha], -1) * 255).astype(np.uint8),
        "RGBA",
    )


def _lit(icon: Image.Image, sky: str | None) -> Image.Image:
    """The icon in the light of the sky, half as strong as the ground takes it, so that its colour can still be told."""
    if sky not in TINTS:
        return icon
    tint = (1 + np.array(TINTS[sky], np.float32)) / 2
    pixels = np.asarray(icon).astype(np.float32)
    pixels[..., :3] *= tint
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGBA")


def _place(image: Image.Image, icon: Image.Image, item: Item):
    side = image.size[0]
    if item.mirrored:
        icon = ImageOps.mirror(icon)
    for x, y, size in item.spots:
        width = max(8, round(size * side))
        left, top = round(x * side - width / 2), round(y * side - width / 2)
        if item.on_ground:
            shadow = Image.new("L", image.size)
            ImageDraw.Draw(shadow).ellipse(
                [left + width * 0.12, top + width * 0.88, left + width * 0.88, top + width * 1.02], fill=85
            )
            image.paste((0, 0, 0), (0, 0), shadow)
        resized = icon.resize((width, width), Image.LANCZOS if width < icon.size[0] else Image.BICUBIC)
        image.paste(resized, (left, top), resized)


def stylize(image: Image.Image, style: str, rng: np.random.Generator) -> Image.Image:
    """The picture as if made in another way."""
    return globals()["_" + style](image, rng)


def _watercolor(image, rng):
    side = image.size[0]
    wet = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(side / 160))
    pale = ImageEnhance.Color(Image.blend(wet, Image.new("RGB", image.size, (255, 252, 245)), 0.22)).enhance(0.85)
    paper = Image.fromarray(rng.uniform(195, 255, (16, 16)).astype(np.uint8)).resize(image.size, Image.BICUBIC)
    return ImageChops.multiply(pale, Image.merge("RGB", [paper] * 3))


def _oil(image, rng):
    return ImageEnhance.Color(image.filter(ImageFilter.ModeFilter(2 * round(image.size[0] / 40) + 1))).enhance(1.25)


def _pixel(image, rng):
    return image.resize((32, 32), Image.BOX).quantize(24).convert("RGB").resize(image.size, Image.NEAREST)


def _sketch(image, rng):
    gray = ImageOps.grayscale(image)
    inverted = np.asarray(ImageOps.invert(gray).filter(ImageFilter.GaussianBlur(image.size[0] / 40))).astype(np.float32)
    dodged = np.clip(np.asarray(gray).astype(np.float32) * 255 / np.maximum(255 - inverted, 1), 0, 255)
    return Image.fromarray(np.clip((dodged - 120) * 1.9, 0, 255).astype(np.uint8)).convert("RGB")


def _bw(image, rng):
    return ImageOps.autocontrast(ImageOps.grayscale(image)).convert("RGB")


def _neon(image, rng):
    side = image.size[0]
    edges = image.filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(side / 200))
    edges = ImageEnhance.Color(ImageEnhance.Brightness(edges).enhance(1.7)).enhance(2.2)
    dark = ImageChops.multiply(
        ImageEnhance.Brightness(image).enhance(0.5), Image.new("RGB", image.size, (170, 120, 230))
    )
    return ImageChops.screen(dark, ImageChops.screen(edges, edges.filter(ImageFilter.GaussianBlur(side / 40))))


def _fantasy(image, rng):
    vivid = ImageEnhance.Color(image).enhance(1.3)
    glow = ImageEnhance.Brightness(vivid.filter(ImageFilter.GaussianBlur(image.size[0] / 20))).enhance(0.35)
    vivid = ImageChops.screen(vivid, glow)
    return Image.blend(vivid, ImageChops.multiply(vivid, gradient(((150, 90, 210), (250, 190, 120)), *image.size)), 0.4)


def _vintage(image, rng):
    gray = np.asarray(ImageOps.grayscale(image)).astype(np.float32)[..., None] / 255
    return Image.fromarray(np.clip(gray * np.array([255, 225, 175]) + 12, 0, 255).astype(np.uint8))


def _poster(image, rng):
    return ImageOps.posterize(ImageEnhance.Color(ImageOps.autocontrast(image)).enhance(1.6), 2)
