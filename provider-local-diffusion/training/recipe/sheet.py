"""Contact sheets."""

from pathlib import Path

from PIL import Image


def save_sheet(pictures: list[Image.Image], file: Path, columns: int = 8):
    """All pictures in rows, in one PNG."""
    side = pictures[0].size[0]
    sheet = Image.new("RGB", (columns * side, -(-len(pictures) // columns) * side), (255, 255, 255))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * side, i // columns * side))
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, optimize=True)
