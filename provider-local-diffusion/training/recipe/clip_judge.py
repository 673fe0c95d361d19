"""A judge that needs no training: the CLIP beside a checkpoint, asked which thing a picture shows.

It was trained on these drawings and its text projection on the checkpoint's own words, so it is no stranger to either;
for recipes that start from one checkpoint it is the same for all of them, but for one that was aligned with CLIP's
vision tower, which it is kinder to.
"""

import numpy as np
import torch
import torch.nn.functional as F

from .library import IconLibrary
from .questions import Question
from .train_classifier import shrunk
from .train_vision import Clip, pixel_values, pooled_texts
from .training import Device, load_averaged

TEMPLATES = ("a {}", "a {} on a white background", "a {} on a blue background")


class ClipJudge:
    """CLIP of OUT/vision.pt with the text encoder of OUT/unet.pt, as it is when the judge is made."""

    @torch.no_grad()
    def __init__(self, out, library: IconLibrary, device: Device):
        self.library, self.device = library, device
        self.clip = device.put(Clip()).eval()
        load_averaged({"clip": self.clip}, out / "vision.pt", device)
        captions = [template.format(thing.label) for thing in library.things for template in TEMPLATES]
        texts = F.normalize(self.clip.text_projection(pooled_texts(out, captions, device)), dim=-1)
        self.things = F.normalize(texts.view(len(library.things), len(TEMPLATES), -1).mean(1), dim=-1)

    @torch.no_grad()
    def features(self, pictures) -> np.ndarray:
        """float64 [pictures, 192], of length 1."""
        pixels = pixel_values(np.stack([shrunk(picture) for picture in pictures]), self.device.name)
        seen = self.clip.visual_projection(self.clip.vision_model(pixel_values=pixels).pooler_output)
        return F.normalize(seen, dim=-1).double().cpu().numpy()

    def found(self, features: np.ndarray, questions: list[Question]) -> tuple[float, float]:
        """Of the pictures' features: for how many the nearest thing is what the question asks for, and the mean cosine
        between the two."""
        labels = [thing.label for thing in self.library.things]
        asked = np.array([labels.index(question.scene.labels()["object"]) for question in questions])
        return found(features, self.things.double().cpu().numpy(), asked)


def found(features: np.ndarray, things: np.ndarray, asked: np.ndarray) -> tuple[float, float]:
    """For features [pictures, width], things [things, width] and the numbers of the things asked for [pictures]: the
    share of pictures whose nearest thing is that one, and the mean cosine of picture and thing."""
    cosines = features @ things.T
    return float((cosines.argmax(1) == asked).mean()), float(cosines[np.arange(len(asked)), asked].mean())
