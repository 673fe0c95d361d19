"""Fits CLIP's text projection to a text encoder that has trained on, in closed form: seconds instead of minutes.

The vision tower stays as it is. Ridge regression from the text encoder's output at the end token to the pictures'
normalised features, weighted by nothing: for each caption the projection comes as near to its picture as a linear map
can. Two candidates, the projection as it is and the fitted one, are measured on pictures that neither saw; the better
one is written to OUT/vision.pt, from which train_vision goes on.
"""

import numpy as np
import torch
import torch.nn.functional as F

from .files import written_whole
from .make_data import picture, read_captions, read_pixels
from .settings import settings_of, stage_arguments
from .train_vision import Clip, pixel_values, pooled_texts
from .training import Device, load_averaged, weights_of

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)


def fitted(texts: torch.Tensor, pictures: torch.Tensor, penalty: float) -> torch.Tensor:
    """[features, width]: the linear map from texts [n, width] to pictures [n, features] of least squares and penalty."""
    texts, pictures = texts.double(), pictures.double()
    gram = texts.T @ texts / len(texts)
    eye = torch.eye(len(gram), dtype=gram.dtype) * penalty * gram.diagonal().mean()
    return torch.linalg.solve(gram + eye, texts.T @ pictures / len(texts)).T.float()


def right_first(texts: torch.Tensor, pictures: torch.Tensor, captions: list[str]) -> float:
    """Share of the pictures whose own caption, or one with the same words, is the nearest."""
    nearest = (F.normalize(texts, dim=-1) @ pictures.T).argmax(0)
    return float(np.mean([captions[int(best)] == captions[i] for i, best in enumerate(nearest)]))


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--pictures", type=int, default=3000)
    parser.add_argument("--unseen", type=int, default=500)
    arguments = parser.parse_args()
    device = Device()
    with torch.no_grad():
        refit(arguments, device)


def refit(arguments, device: Device):
    """Measures the candidates and writes the best."""
    out, settings = arguments.out, settings_of(arguments)
    parts, captions = read_pixels(out, range(settings.pixel_parts)), read_captions(out, range(settings.pixel_parts))
    chosen = np.sort(np.random.default_rng(4).permutation(len(captions))[: arguments.pictures + arguments.unseen])
    captions = [captions[i] for i in chosen]
    clip = device.put(Clip()).eval()
    load_averaged({"clip": clip}, out / "vision.pt", device)
    features = []
    for start in range(0, len(chosen), 100):
        pixels = np.stack([picture(parts, int(i)) for i in chosen[start : start + 100]])
        seen = clip.vision_model(pixel_values=pixel_values(pixels, device.name)).pooler_output
        features.append(F.normalize(clip.visual_projection(seen), dim=-1).cpu())
    pictures, texts = torch.cat(features), pooled_texts(out, captions, device).cpu()
    unseen = np.random.default_rng(5).permutation(len(chosen)) < arguments.unseen
    measured = [caption for caption, held in zip(captions, unseen) if held]
    candidates = {"as it is": clip.text_projection.weight.cpu()}
    for penalty in PENALTIES:
        candidates[f"fitted, penalty {penalty:g}"] = fitted(texts[~unseen], pictures[~unseen], penalty)
    shares = {
        name: right_first(texts[unseen] @ weight.T, pictures[unseen], measured) for name, weight in candidates.items()
    }
    for name, share in shares.items():
        print(f"{name}: of {len(measured)} unseen pictures the right caption first {share:.1%}", flush=True)
    best = max(shares, key=shares.get)
    clip.text_projection.weight.copy_(candidates[best])
    state = weights_of({"clip": clip})
    with written_whole(out / "vision.pt") as file:
        torch.save(dict(model=state, ema=state, step=0, spent=0.0), file)


if __name__ == "__main__":
    main()
