"""Stage 10, export: writes the checkpoint as a diffusers directory in fp16, and a contact sheet.

OUT/model: what StableDiffusionPipeline reads, and triptych.json (name, size, default settings), words.json (which words
it has a picture for), manifest.txt (a line `sha256 size path` for each other file), and, where stage 9 has run, clip/: a
CLIPModel whose text_model.* tensors are those of text_encoder/ and are not stored twice; with --whole-clip they are, so
that transformers reads it as it is.
OUT/sheet.png: the prompts of prompts.txt with the seeds 0, 1, 2, ... and the default settings.
"""

import hashlib
import json
import shutil
from pathlib import Path

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file
from transformers import CLIPImageProcessor

from .files import written_whole
from .library import read_things
from .networks import new_autoencoder, new_clip, new_text_encoder, new_unet
from .painters import DiffusersPainter
from .settings import NOISE_SCHEDULE, settings_of, stage_arguments
from .sheet import save_sheet, sheet_prompts
from .train_tokenizer import read_tokenizer
from .train_vision import Clip
from .training import load_weights
from .words import write_words


def averaged_weights(file: Path) -> dict[str, torch.Tensor]:
    state = torch.load(file, map_location="cpu", weights_only=True)
    print(
        f"{file.name}: step {state['step']}, {state['spent'] / 3600:.1f} h"
        if state["step"]
        else f"{file.name}: as it came"
    )
    return state["ema"]


def pipeline(out: Path, picture_size: int) -> StableDiffusionPipeline:
    """The averaged networks of all stages."""
    autoencoder = new_autoencoder(picture_size, float((out / "scaling.txt").read_text()))
    load_weights({"vae": autoencoder}, averaged_weights(out / "decoder.pt"))
    unet, text = new_unet(picture_size), new_text_encoder()
    load_weights({"unet": unet, "text": text}, averaged_weights(out / "unet.pt"))
    return StableDiffusionPipeline(
        vae=autoencoder.eval(),
        text_encoder=text.eval(),
        tokenizer=read_tokenizer(out),
        unet=unet.eval(),
        scheduler=DDIMScheduler(**NOISE_SCHEDULE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def save_clip(out: Path, folder: Path, text_model, whole: bool):
    """The vision tower and the projections; CLIPModel's config and names."""
    learnt = Clip()
    load_weights({"clip": learnt}, averaged_weights(out / "vision.pt"))
    weights = dict(learnt.state_dict())
    if whole:
        weights |= {k: v for k, v in text_model.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    new_clip().half().config.save_pretrained(folder)
    weights = {
        k: v.half().contiguous() if v.dtype.is_floating_point else v
        for k, v in weights.items()
        if not k.endswith("position_ids")
    }
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    CLIPImageProcessor(size={"shortest_edge": 64}, crop_size={"height": 64, "width": 64}).save_pretrained(folder)


def write_manifest(folder: Path):
    """manifest.txt: a line `sha256 size path` for each file, in the order of the paths' bytes."""
    lines = []
    paths = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    for path in sorted(paths, key=str.encode):
        if path != "manifest.txt":
            content = paths[path].read_bytes()
            lines.append(f"{hashlib.sha256(content).hexdigest()} {len(content)} {path}\n")
    with written_whole(folder / "manifest.txt") as file:
        file.write("".join(lines).encode())


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--name", default="bundled")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--rescale", type=float, default=0.5)
    parser.add_argument("--whole-clip", action="store_true", help="store the text tower in clip/ too")
    parser.add_argument("--no-sheet", action="store_true", help="paint no contact sheet")
    arguments = parser.parse_args()
    out, settings = arguments.out, settings_of(arguments)
    size = settings.picture_size
    made, folder = out / "model.new", out / "model"
    shutil.rmtree(made, ignore_errors=True)
    checkpoint = pipeline(out, size)
    checkpoint.to(torch.float16).save_pretrained(made, safe_serialization=True)
    if (out / "vision.pt").exists():
        save_clip(out, made / "clip", checkpoint.text_encoder, arguments.whole_clip)
    defaults = {
        "name": arguments.name,
        "steps": arguments.steps,
        "guidance_scale": arguments.guidance,
        "guidance_rescale": arguments.rescale,
        "width": size,
        "height": size,
    }
    (made / "triptych.json").write_text(json.dumps(defaults, indent=2) + "\n")
    write_words(made, read_things(settings.vocabulary))
    write_manifest(made)
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    print(f"{folder}: {sum(f.stat().st_size for f in folder.rglob('*') if f.is_file()) / 1e6:.1f} MB")
    if not arguments.no_sheet:
        prompts, _ = sheet_prompts()
        save_sheet(DiffusersPainter.of(folder).paint(prompts, list(range(len(prompts)))), out / "sheet.png")


if __name__ == "__main__":
    main()
