"""Stage 11, classifier: a small network that names object, colour, scene and count of a picture.

It is the evaluation's judge and never touches the generator's training. It learns from scenes that are drawn for it
alone, from other seeds, in every composition (also the held-out ones); blurred, shifted, slightly bent and noisy, so
that it does not hang on fine edges. A third of each batch is spoilt beyond recognition (lumps.py), and the right answer
to "which thing" is then "nothing": it must see the thing, not its colours. State: OUT/classifier.pt.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .compose import Composer, Mix
from .draw import draw
from .files import written_whole
from .library import IconLibrary
from .lumps import bent, lumps
from .make_data import UNSEEN_SEED
from .pictures import to_tensor
from .questions import NOTHING, answers, head_classes
from .settings import settings_of, stage_arguments
from .training import Device, Trainer, load_averaged

SIDE = 64
"""The classifier looks at pictures of 64x64."""
FEATURES = 128
CHUNK = 500
LUMPS = 1 / 3
"""Share of a batch that is spoilt."""
MIX = Mix(portrait=0.4, counted=0.18, landscape=0.02, in_scene=0.4, pair=0.0, styled=0.03)


class Classifier(torch.nn.Module):
    """A residual network with one head for each question; 0.9 M parameters."""

    def __init__(self, classes: dict[str, list]):
        super().__init__()
        widths = (32, 64, 128, 192)
        self.stem = torch.nn.Conv2d(3, widths[0], 3, 2, 1)
        self.blocks = torch.nn.ModuleList(Block(a, b) for a, b in zip((widths[0], *widths), widths))
        self.features = torch.nn.Linear(widths[-1], FEATURES)
        self.heads = torch.nn.ModuleDict(
            {head: torch.nn.Linear(FEATURES, len(names)) for head, names in classes.items()}
        )

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """[n, 128] for pictures [n, 3, 64, 64] in [-1, 1]: what the Fréchet distance compares."""
        x = self.stem(pictures)
        for block in self.blocks:
            x = block(x)
        return torch.tanh(self.features(x.mean((2, 3))) / 3) * 3

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        features = self.embed(pictures)
        return {head: layer(features) for head, layer in self.heads.items()}


class Block(torch.nn.Module):
    """Two convolutions beside a skip; halves the side where the width grows."""

    def __init__(self, width_in: int, width_out: int):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.GroupNorm(8, width_in), torch.nn.GroupNorm(8, width_out)
        self.first = torch.nn.Conv2d(width_in, width_out, 3, 1 if width_in == width_out else 2, 1)
        self.second = torch.nn.Conv2d(width_out, width_out, 3, 1, 1)
        self.skip = torch.nn.Conv2d(width_in, width_out, 1) if width_in != width_out else torch.nn.Identity()
        torch.nn.init.zeros_(self.second.weight)

    def forward(self, x):
        skip = self.skip(F.avg_pool2d(x, 2)) if self.first.stride[0] == 2 else x
        return skip + self.second(F.silu(self.norm2(self.first(F.silu(self.norm1(x))))))


def shrunk(picture) -> np.ndarray:
    """A PIL picture as the classifier sees it: uint8 [64, 64, 3]."""
    return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), 3, reducing_gap=2.0))


def draw_chunk(chunk: int, icons: Path, vocabulary: str, picture_size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """500 labelled pictures."""
    library = IconLibrary(icons, vocabulary)
    composer = Composer(library, training=False, mix=MIX)
    scenes = [composer.compose(np.random.default_rng([UNSEEN_SEED, 0, chunk, i])) for i in range(CHUNK)]
    # at half the size: four times as fast, and shrunk to 64 all the same
    return np.stack([shrunk(draw(scene, library, picture_size // 2)) for scene in scenes]), answers(scenes, library)


def augmented(pictures: torch.Tensor) -> torch.Tensor:
    """Shifted by up to four pixels, bent a little, a third of the batches blurred, some noise."""
    dy, dx = (int(v) for v in torch.randint(-4, 5, (2,)))
    pictures = F.pad(pictures, (4, 4, 4, 4), mode="replicate")[..., 4 + dy : 4 + dy + SIDE, 4 + dx : 4 + dx + SIDE]
    pictures = bent(pictures, 0.02)
    if torch.rand(()) < 0.33:
        pictures = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return pictures + 0.06 * torch.rand(()).item() * torch.randn_like(pictures)


def load_classifier(out: Path, library: IconLibrary, device: Device) -> Classifier:
    """The averaged classifier of this stage."""
    classifier = device.put(Classifier(head_classes(library))).eval()
    load_averaged({"classifier": classifier}, out / "classifier.pt", device)
    return classifier


def training_pictures(out: Path, settings, count: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws the pictures, or reads what an earlier run drew."""
    cache = out / "classifier-pictures.npz"
    if not cache.exists():
        chunks = -(-count // CHUNK)
        with ProcessPoolExecutor(os.cpu_count()) as workers:
            drawn = list(
                workers.map(
                    draw_chunk,
                    range(chunks),
                    *zip(*[(out / "icons", settings.vocabulary, settings.picture_size)] * chunks),
                )
            )
        labels = {head: np.concatenate([labels[head] for _, labels in drawn]) for head in drawn[0][1]}
        with written_whole(cache) as file:
            np.savez(file, pixels=np.concatenate([pixels for pixels, _ in drawn]), **labels)
    loaded = np.load(cache)
    return loaded["pixels"], {head: loaded[head] for head in loaded.files if head != "pixels"}


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--pictures", type=int, default=20_000)
    arguments = parser.parse_args()
    out, settings, device = arguments.out, settings_of(arguments), Device()
    library = IconLibrary(out / "icons", settings.vocabulary)
    pixels, labels = training_pictures(out, settings, arguments.pictures)
    unseen = len(pixels) // 20
    classifier = device.put(Classifier(head_classes(library)))
    trainer = Trainer(
        {"classifier": classifier},
        out / "classifier.pt",
        device,
        arguments.minutes or settings.classifier_minutes,
        settings.save_seconds,
        muon_rate=2e-3,
        adam_rate=2e-3,
    )
    torch.manual_seed(trainer.step)
    rng, batch = np.random.default_rng([5, trainer.step]), arguments.batch or 128

    nothing = head_classes(library)["object"].index(NOTHING)
    spoilt = round(batch * LUMPS)

    def asked(chosen: np.ndarray) -> dict[str, torch.Tensor]:
        """The right answers: for the first `spoilt` pictures "nothing", and to colour and count none at all."""
        right = {head: torch.from_numpy(labels[head][chosen]).to(device.name) for head in labels}
        seen = right["object"][:spoilt] >= 0
        right["object"][:spoilt] = torch.where(seen, nothing, -1)
        right["colour"][:spoilt] = right["count"][:spoilt] = -1
        return right

    while trainer.goes_on():
        chosen = rng.integers(unseen, len(pixels), size=batch)
        pictures = to_tensor(pixels[chosen], device.name)
        pictures = augmented(torch.cat([lumps(pictures[:spoilt]), pictures[spoilt:]]))
        right = asked(chosen)
        with device.half():
            said = classifier(pictures)
        loss = sum(
            F.cross_entropy(said[head].float(), right[head], ignore_index=-1)
            for head in said
            if (right[head] >= 0).any()
        )
        trainer.learn(loss, batch)
    trainer.save()
    with trainer.averaged():
        unspoilt = to_tensor(pixels[:unseen], device.name)
        said = {head: table.argmax(1).cpu().numpy() for head, table in classifier(unspoilt).items()}
        seen = labels["object"][:unseen] >= 0
        called = classifier(lumps(unspoilt))["object"].argmax(1).cpu().numpy()[seen]
    for head, answer in said.items():
        known = labels[head][:unseen] >= 0
        print(
            f"{head}: {(answer == labels[head][:unseen])[known].mean():.1%} of {known.sum()} unseen pictures",
            flush=True,
        )
    print(f"lumps: {(called == nothing).mean():.1%} of {len(called)} called nothing", flush=True)


if __name__ == "__main__":
    main()
