"""Compares the judge with a person on a contact sheet.

usage: python -m recipe.agree SHEET VERDICTS --out OUT

SHEET is a contact sheet of prompts.txt, VERDICTS what a person said of it: a line a picture, in the sheet's order, that
starts with `clear`, `guessed` (from colour and outline) or `absent`. The judge finds a picture's thing if that is its
first answer among all things and "nothing", and more likely than all others together; pictures that ask for a place are
judged by the place. Prints both figures, the number of pictures on which they agree, and each on which they do not.
"""

from pathlib import Path

import torch

from .evaluate import Judge
from .library import IconLibrary
from .questions import head_classes
from .settings import settings_of, stage_arguments
from .sheet import read_sheet, sheet_prompts
from .train_classifier import load_classifier
from .training import Device

VERDICTS = ("clear", "guessed", "absent")


def read_verdicts(file: Path, count: int) -> list[str]:
    """A person's word on each picture."""
    words = [line.split()[0] for line in file.read_text().splitlines() if line.strip()]
    if len(words) != count or not set(words) <= set(VERDICTS):
        raise SystemExit(f"{file} must have {count} lines that start with {', '.join(VERDICTS)} but has {len(words)}")
    return words


@torch.no_grad()
def answers_of(judge: Judge, pictures, asked: list[str]) -> list[str]:
    """What the judge says to what was asked for: a thing's label, "nothing", or `place` and a place."""
    said = judge.say(pictures)
    names = head_classes(judge.library)
    return [
        "place " + names["scene"][said["scene"][i]] if word.startswith("place ") else names["object"][said["object"][i]]
        for i, word in enumerate(asked)
    ]


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("verdicts", type=Path)
    arguments = parser.parse_args()
    settings, device = settings_of(arguments), Device()
    library = IconLibrary(arguments.out / "icons", settings.vocabulary)
    judge = Judge(load_classifier(arguments.out, library, device), library, device)
    prompts, asked = sheet_prompts()
    verdicts = read_verdicts(arguments.verdicts, len(prompts))
    said = answers_of(judge, read_sheet(arguments.sheet, len(prompts)), asked)
    found = [answer == word for answer, word in zip(said, asked)]
    clear = [verdict == "clear" for verdict in verdicts]
    same = sum(a == b for a, b in zip(found, clear))
    print(
        f"clear to a person: {sum(clear)} of {len(prompts)}, found by the judge: {sum(found)},"
        f" the same verdict on {same}"
    )
    for prompt, answer, verdict, is_found, is_clear in zip(prompts, said, verdicts, found, clear):
        if is_found != is_clear:
            print(f"{verdict}, judge says {answer}: {prompt}")


if __name__ == "__main__":
    main()
