"""The sizes of the networks and the presets: what a machine can afford."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import torch

LATENT_CHANNELS = 8
LATENT_FACTOR = 16
"""Pixels of the picture along one side of a latent."""
TOKENS = 32
"""Positions of the text encoder."""
VOCABULARY_SIZE = 4096
START_TOKEN = VOCABULARY_SIZE - 2
END_TOKEN = VOCABULARY_SIZE - 1

NOISE_SCHEDULE = dict(
    num_train_timesteps=1000,
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule="scaled_linear",
    prediction_type="v_prediction",
    rescale_betas_zero_snr=True,
    timestep_spacing="trailing",
    clip_sample=False,
    set_alpha_to_one=True,
    steps_offset=1,
)
"""Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed": zero terminal SNR, v-prediction,
trailing steps."""


@dataclass(frozen=True)
class Settings:
    """What differs between a laptop and a GPU. Minutes are training time, not counting restarts."""

    picture_size: int
    vocabulary: str
    """core, favourites or all: see things.txt."""
    pixel_parts: int
    """Parts of the data whose pixels are kept, for the autoencoder, the vision tower and the classifier."""
    latent_parts: int
    """Parts of the data that the U-Net sees, as latents."""
    part_size: int
    autoencoder_minutes: float
    autoencoder_batch: int
    encoder_minutes: float
    decoder_minutes: float
    unet_minutes: float
    unet_batch: int
    vision_minutes: float
    vision_batch: int
    classifier_minutes: float
    save_seconds: float = 180


PRESETS = {
    # Two cores, a working day: the core vocabulary.
    "cpu": Settings(256, "core", 12, 24, 2500, 45, 8, 6, 40, 300, 48, 10, 192, 20),
    # One data centre GPU, half an hour: the favourites too.
    "gpu": Settings(256, "favourites", 4, 60, 5000, 5, 64, 1, 5, 16, 384, 2, 1024, 1.5),
    # The same GPU for ten minutes in all, on top of a checkpoint; what is learnt counts, so nearly all goes to the U-Net.
    "lease": Settings(256, "core", 4, 24, 2500, 5, 64, 1, 0.7, 6.6, 384, 0.7, 1024, 1.5),
    # Proves that every stage runs, in a few minutes; makes no usable model.
    "smoke": Settings(128, "core", 2, 2, 64, 0.1, 4, 0.1, 0.1, 0.2, 8, 0.1, 16, 0.2, 5),
}


def stage_arguments(description: str) -> argparse.ArgumentParser:
    """The options that every stage has."""
    parser = argparse.ArgumentParser(description=description.split("\n\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder of everything that is made (default: out)"
    )
    parser.add_argument("--preset", choices=PRESETS, default="gpu" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, help="training time of this stage, instead of the preset's")
    parser.add_argument("--batch", type=int, help="batch size of this stage, instead of the preset's")
    parser.add_argument("--size", type=int, help="side of a picture in pixels, instead of the preset's")
    parser.add_argument("--parts", type=int, help="parts of the data that the U-Net sees, instead of the preset's")
    parser.add_argument("--vocabulary", choices=("core", "favourites", "all"), help="instead of the preset's")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch on a CPU (default: torch's choice)")
    return parser


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The preset with what the command line changes for every stage."""
    settings = PRESETS[arguments.preset]
    if arguments.size:
        settings = replace(settings, picture_size=arguments.size)
    if arguments.parts:
        pixel_parts = min(settings.pixel_parts, arguments.parts)
        settings = replace(settings, latent_parts=arguments.parts, pixel_parts=pixel_parts)
    if arguments.vocabulary:
        settings = replace(settings, vocabulary=arguments.vocabulary)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    return settings
