#!/usr/bin/env python3
"""One picture of a Stable Diffusion 1.x folder by another program than the engine, with the seconds of each part as JSON.

  peers.py convert CHECKPOINT IR_FOLDER                     OpenVINO's form of the checkpoint, weights in 16 bits, once
  peers.py torch CHECKPOINT --steps 8 --output x.png        diffusers on torch, 32-bit floats
  peers.py openvino CHECKPOINT IR_FOLDER [--bf16] --steps 8 --output x.png
  peers.py sdcpp CHECKPOINT --steps 8 --output x.png        stable-diffusion.cpp by its Python binding, weights in 16 bits

All use Euler, guidance 1 (one evaluation a step), batches of one. "load" is reading and preparing what is needed for the first
evaluation, "denoise" the loop, "decode" the autoencoder; what a program leaves to its first evaluation is therefore in
"denoise", which is why yardstick.py takes two runs of different length. Needs torch, diffusers, transformers; openvino;
stable-diffusion-cpp-python.
"""
import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

PROMPT = "a red fox in the snow"


class Stages:
    """Seconds by name, in the order in which they passed."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def __call__(self, name):
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 4)


def with_torch(options, stages):
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline

    torch.set_num_threads(options.threads)
    with stages("load"):
        pipeline = StableDiffusionPipeline.from_pretrained(
            options.checkpoint, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False
        )
        pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
        pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        with stages("encode"):
            text, _ = pipeline.encode_prompt(PROMPT, "cpu", 1, False)
        with stages("denoise"):
            latents = pipeline(
                prompt_embeds=text,
                height=options.size,
                width=options.size,
                num_inference_steps=options.steps,
                guidance_scale=1,
                output_type="latent",
                generator=torch.Generator().manual_seed(1),
            ).images
        with stages("decode"):
            picture = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    with stages("write"):
        pipeline.image_processor.postprocess(picture)[0].save(options.output)


def convert(options):
    import openvino
    import torch
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(
        options.checkpoint, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False
    )
    tall = options.size // 8

    class Unet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unet = pipeline.unet

        def forward(self, sample, timestep, text):
            return self.unet(sample, timestep, text, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.vae = pipeline.vae

        def forward(self, latents):
            return self.vae.decode(latents, return_dict=False)[0]

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = pipeline.text_encoder

        def forward(self, tokens):
            return self.encoder(tokens, return_dict=False)[0]

    latents = torch.randn(1, 4, tall, tall)
    width = pipeline.unet.config.cross_attention_dim
    parts = {
        "unet": (Unet(), (latents, torch.tensor(500.0), torch.randn(1, 77, width))),
        "decoder": (Decoder(), (latents,)),
        "text": (Text(), (torch.zeros(1, 77, dtype=torch.int64),)),
    }
    with torch.inference_mode():
        for name, (part, example) in parts.items():
            shapes = [list(one.shape) for one in example]
            model = openvino.convert_model(part.eval(), example_input=example, input=shapes)
            openvino.save_model(model, pathlib.Path(options.folder) / f"{name}.xml", compress_to_fp16=True)


def with_openvino(options, stages):
    import numpy
    import openvino
    import torch
    from diffusers import EulerDiscreteScheduler
    from PIL import Image
    from transformers import CLIPTokenizer

    folder = pathlib.Path(options.folder)
    with stages("load"):
        core = openvino.Core()
        settings = {"INFERENCE_PRECISION_HINT": "bf16" if options.bf16 else "f32"}
        settings |= {"INFERENCE_NUM_THREADS": options.threads}
        text_encoder, unet, decoder = (
            core.compile_model(folder / f"{part}.xml", "CPU", settings) for part in ("text", "unet", "decoder")
        )
        tokenizer = CLIPTokenizer.from_pretrained(options.checkpoint, subfolder="tokenizer")
        scheduler = EulerDiscreteScheduler.from_pretrained(options.checkpoint, subfolder="scheduler")
    with stages("encode"):
        tokens = tokenizer(PROMPT, padding="max_length", max_length=77, truncation=True).input_ids
        text = text_encoder([numpy.array([tokens], dtype=numpy.int64)])[0]
    with stages("denoise"):
        scheduler.set_timesteps(options.steps)
        tall = options.size // 8
        latents = torch.randn(1, 4, tall, tall, generator=torch.Generator().manual_seed(1)) * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, timestep)
            prediction = unet([scaled.numpy(), numpy.array(timestep, dtype=numpy.float32), text])[0]
            latents = scheduler.step(torch.from_numpy(prediction), timestep, latents).prev_sample
    with stages("decode"):
        picture = decoder([latents.numpy() / 0.18215])[0]
    with stages("write"):
        bytes_ = ((picture[0].transpose(1, 2, 0) / 2 + 0.5).clip(0, 1) * 255).round().astype("uint8")
        Image.fromarray(bytes_).save(options.output)


def with_sdcpp(options, stages):
    """By its log: it loads lazily, and says itself how long the parts took."""
    from stable_diffusion_cpp import StableDiffusion

    with stages("load"):
        program = StableDiffusion(model_path=str(options.checkpoint), n_threads=options.threads, verbose=True)
    program.generate_image(
        prompt=PROMPT,
        width=options.size,
        height=options.size,
        sample_steps=options.steps,
        cfg_scale=1.0,
        sample_method="euler",
        seed=1,
    )[0].save(options.output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", choices=["convert", "torch", "openvino", "sdcpp"])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--output", default="peer.png")
    options = parser.parse_args()
    if options.program == "convert":
        convert(options)
        return
    stages = Stages()
    started = time.monotonic()
    {"torch": with_torch, "openvino": with_openvino, "sdcpp": with_sdcpp}[options.program](options, stages)
    stages.seconds["total"] = round(time.monotonic() - started, 4)
    json.dump({"durations": stages.seconds}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
