"""Stage 4, encoder: puts a level for the full size before the small autoencoder's encoder.

It learns to make of a picture the latents that the small encoder makes of the halved picture. So latents keep their
size and meaning, and a U-Net that was trained on the small ones stays valid. State: OUT/encoder.pt (a whole
autoencoder; its decoder is that of the small one where it fits, and not trained yet).
"""

import numpy as np
import torch
import torch.nn.functional as F

from .make_data import read_pixels
from .networks import grow, new_autoencoder, new_small_autoencoder
from .pictures import Pictures, halved
from .settings import settings_of, stage_arguments
from .training import Device, Trainer, load_averaged


@torch.no_grad()
def relative_error(autoencoder, small, pictures: Pictures) -> float:
    """Standard deviation of the held-out latents' error, in units of the latents' own."""
    pairs = []
    for i in range(0, len(pictures.held_out), 20):
        picture = pictures.tensor(pictures.held_out[i : i + 20])
        pairs.append(
            torch.stack([autoencoder.encode(picture).latent_dist.mean, small.encode(halved(picture)).latent_dist.mean])
        )
    ours, theirs = torch.cat(pairs, 1)
    return ((ours - theirs).square().mean().sqrt() / theirs.std()).item()


def main():
    arguments = stage_arguments(__doc__).parse_args()
    settings, device = settings_of(arguments), Device()
    torch.manual_seed(0)
    pictures = Pictures(read_pixels(arguments.out, range(settings.pixel_parts)), device)
    small = device.put(new_small_autoencoder(settings.picture_size)).requires_grad_(False)
    load_averaged({"vae": small}, arguments.out / "small_autoencoder.pt", device)
    autoencoder = device.put(new_autoencoder(settings.picture_size))
    grow(autoencoder, small.state_dict())
    for other in (autoencoder.decoder, autoencoder.post_quant_conv):
        other.requires_grad_(False)
    trainer = Trainer(
        {"vae": autoencoder},
        arguments.out / "encoder.pt",
        device,
        arguments.minutes or settings.encoder_minutes,
        settings.save_seconds,
        muon_rate=1e-3,
        adam_rate=1e-3,
        weight_decay=0.0,
    )
    rng, batch = np.random.default_rng([11, trainer.step]), arguments.batch or settings.autoencoder_batch // 2
    while trainer.goes_on():
        picture = pictures.batch(rng, batch)
        with device.half():
            with torch.no_grad():
                wanted = small.encode(halved(picture)).latent_dist.mean
            latent = autoencoder.encode(picture).latent_dist.mean
        trainer.learn(F.mse_loss(latent.float(), wanted.float()), len(picture))
    trainer.save()
    with trainer.averaged():
        error = relative_error(autoencoder, small, pictures)
        print(f"held out: the latents differ by {error:.1%} of their standard deviation", flush=True)


if __name__ == "__main__":
    main()
