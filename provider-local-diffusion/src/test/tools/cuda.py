#!/usr/bin/env python3
"""Pictures and speed of the local engine on an NVIDIA card: beside the CPU's pictures, and beside diffusers' speed.

  cuda.py CHECKPOINT... [--triptych ./triptych] [--size 512] [--torch] [--report FILE]

For each diffusers folder: one picture of four steps on the CPU and on CUDA, whose bytes may differ by 2 at most; then
iterations a second with guidance, from the denoising of a run of 20 steps and one of 220. --torch measures diffusers
in 16 bits in the same way (needs torch, diffusers and Pillow). Exit status 1 where a picture differs by more, or nothing
ran on CUDA. The launcher must have been built with CUDA: it is, where nvidia-smi is found.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PROMPT = "a red fox in the snow"
FEW, MANY = 20, 220


def generate(triptych, checkpoint, device, size, steps, folder):
    """Seconds of the denoising loop, and the picture."""
    config = folder / f"{device}.yaml"
    config.write_text(
        f"generators:\n  it:\n    type: local\n    model: {json.dumps(str(checkpoint))}\n    device: {device}\n"
    )
    picture = folder / f"{device}-{steps}.png"
    command = [triptych, "generate", PROMPT, "--config", str(config), "--generator", "it", "--seed", "1"]
    command += ["--size", f"{size}x{size}", "--steps", str(steps), "--guidance", "7.5", "--scheduler", "euler"]
    done = subprocess.run([*command, "--output", str(picture), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"must paint but did not: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    if any("the CPU painted" in warning for warning in told["warnings"]):
        sys.exit("must run on CUDA but " + "; ".join(told["warnings"]))
    return told["durations"]["denoise"], picture


def largest_difference(one, other):
    from PIL import Image, ImageChops

    extremes = ImageChops.difference(Image.open(one).convert("RGB"), Image.open(other).convert("RGB")).getextrema()
    return max(high for _, high in extremes)


def torch_speed(checkpoint, size):
    import torch
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(checkpoint, torch_dtype=torch.float16).to("cuda")
    pipeline.set_progress_bar_config(disable=True)
    pipeline.unet.to(memory_format=torch.channels_last)

    def seconds(steps):
        torch.cuda.synchronize()
        start = time.monotonic()
        pipeline(PROMPT, height=size, width=size, num_inference_steps=steps, guidance_scale=7.5)
        torch.cuda.synchronize()
        return time.monotonic() - start

    seconds(2)
    return (MANY - FEW) / (seconds(MANY) - seconds(FEW))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=pathlib.Path)
    parser.add_argument("--triptych", default="./triptych")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--report", type=pathlib.Path)
    options = parser.parse_args()
    rows, failed = [], False
    for checkpoint in options.checkpoints:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            run = lambda device, steps: generate(
                os.path.abspath(options.triptych), checkpoint.resolve(), device, options.size, steps, folder
            )
            difference = largest_difference(run("cuda", 4)[1], run("cpu", 4)[1])
            speed = (MANY - FEW) / (run("cuda", MANY)[0] - run("cuda", FEW)[0])
        row = {"checkpoint": checkpoint.name, "size": options.size, "difference": difference, "it/s": round(speed, 2)}
        if options.torch:
            row["torch it/s"] = round(torch_speed(checkpoint, options.size), 2)
        failed |= difference > 2
        rows.append(row)
        print(json.dumps(row), flush=True)
    if options.report:
        options.report.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
