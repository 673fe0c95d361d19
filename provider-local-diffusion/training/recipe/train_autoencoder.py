"""Stage 3, autoencoder: trains a small AutoencoderKL on crops of the pictures, at half their size.

It fixes what a latent means; the stages "encoder" and "decoder" put the level for the full size around it. State:
OUT/small_autoencoder.pt.
"""

import numpy as np
import torch

from .make_data import read_pixels
from .networks import POSTERIOR_NOISE, new_small_autoencoder
from .pictures import Pictures
from .reconstruction import reconstruction_loss, report_held_out
from .settings import settings_of, stage_arguments
from .training import Device, Trainer

CROP = 128
"""Drawn pixels along one side, before halving."""


def main():
    arguments = stage_arguments(__doc__).parse_args()
    settings, device = settings_of(arguments), Device()
    torch.manual_seed(0)
    pictures = Pictures(read_pixels(arguments.out, range(settings.pixel_parts)), device, half_size=True)
    autoencoder = device.put(new_small_autoencoder(settings.picture_size))
    trainer = Trainer(
        {"vae": autoencoder},
        arguments.out / "small_autoencoder.pt",
        device,
        arguments.minutes or settings.autoencoder_minutes,
        settings.save_seconds,
        muon_rate=2e-3,
        adam_rate=1e-3,
        weight_decay=0.0,
    )
    rng, batch = np.random.default_rng([7, trainer.step]), arguments.batch or settings.autoencoder_batch
    while trainer.goes_on():
        picture = pictures.batch(rng, batch, CROP)
        with device.half():
            mean = autoencoder.encode(picture).latent_dist.mean
            reconstruction = autoencoder.decode(mean + POSTERIOR_NOISE * torch.randn_like(mean)).sample
        trainer.learn(
            reconstruction_loss(reconstruction, picture) + 0.5e-3 * mean.float().square().mean(), len(picture)
        )
        if trainer.step % 2000 == 0:
            with trainer.averaged():
                report_held_out(autoencoder, pictures)
    trainer.save()
    with trainer.averaged():
        report_held_out(autoencoder, pictures)


if __name__ == "__main__":
    main()
