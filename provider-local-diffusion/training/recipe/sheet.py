"""Contact sheets."""

from pathlib import Path

from PIL import Image

PROMPTS = Path(__file__).parents[1] / "prompts.txt"
"""A line a prompt: `prompt | what a person must see`, a thing of things.txt or `place` and one of scene.py's."""
COLUMNS = 8


def save_sheet(pictures: list[Image.Image], file: Path, columns: int = COLUMNS):
    """All pictures in rows, in one PNG."""
    side = pictures[0].size[0]
    sheet = Image.new("RGB", (columns * side, -(-len(pictures) // columns) * side), (255, 255, 255))
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * side, i // columns * side))
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, optimize=True)


def sheet_prompts() -> tuple[list[str], list[str]]:
    """The prompts of the contact sheet, and what each asks for."""
    lines = [line.split(" | ") for line in PROMPTS.read_text().splitlines() if line.strip()]
    return [prompt for prompt, _ in lines], [asked for _, asked in lines]


def read_sheet(file: Path, count: int) -> list[Image.Image]:
    """The first `count` pictures of a contact sheet."""
    with Image.open(file) as sheet:
        whole = sheet.convert("RGB")
    side = whole.size[0] // COLUMNS
    corners = [(i % COLUMNS * side, i // COLUMNS * side) for i in range(count)]
    return [whole.crop((x, y, x + side, y + side)) for x, y in corners]
