"""Stage 7, decoder: trains the decoder alone on whole pictures of full size: the edges of a crop reach into its middle.

The encoder is frozen, so that latents and the U-Net that was trained on them stay valid; it may come before or after
the U-Net. Loss: that of the autoencoder, plus the squared error, which is what the signal-to-noise ratio counts.
State: OUT/decoder.pt (a whole autoencoder).
"""

import numpy as np
import torch
import torch.nn.functional as F

from .make_data import read_pixels
from .networks import POSTERIOR_NOISE, new_autoencoder
from .pictures import Pictures
from .reconstruction import reconstruction_loss, report_held_out
from .settings import settings_of, stage_arguments
from .training import Device, Trainer, load_averaged

NOISE = 0.3 * POSTERIOR_NOISE
"""Standard deviation of the noise on the latents: the U-Net's are nearly clean."""


def main():
    arguments = stage_arguments(__doc__).parse_args()
    settings, device = settings_of(arguments), Device()
    torch.manual_seed(0)
    pictures = Pictures(read_pixels(arguments.out, range(settings.pixel_parts)), device)
    autoencoder = device.put(new_autoencoder(settings.picture_size))
    load_averaged({"vae": autoencoder}, arguments.out / "encoder.pt", device)
    for frozen in (autoencoder.encoder, autoencoder.quant_conv):
        frozen.requires_grad_(False)
    trainer = Trainer(
        {"vae": autoencoder},
        arguments.out / "decoder.pt",
        device,
        arguments.minutes or settings.decoder_minutes,
        settings.save_seconds,
        muon_rate=1e-3,
        adam_rate=1e-3,
        weight_decay=0.0,
    )
    rng, batch = np.random.default_rng([7, trainer.step]), arguments.batch or settings.autoencoder_batch // 2
    while trainer.goes_on():
        picture = pictures.batch(rng, batch)
        with device.half():
            with torch.no_grad():
                mean = autoencoder.encode(picture).latent_dist.mean
            reconstruction = autoencoder.decode(mean + NOISE * torch.randn_like(mean)).sample
        trainer.learn(
            reconstruction_loss(reconstruction, picture) + 3 * F.mse_loss(reconstruction.float(), picture), len(picture)
        )
        if trainer.step % 2000 == 0:
            with trainer.averaged():
                report_held_out(autoencoder, pictures)
    trainer.save()
    with trainer.averaged():
        report_held_out(autoencoder, pictures)


if __name__ == "__main__":
    main()
