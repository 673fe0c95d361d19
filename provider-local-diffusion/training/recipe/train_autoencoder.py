"""Stage 3, autoencoder: trains an AutoencoderKL on crops of the pictures; with --sharpen-decoder its decoder alone, on
whole pictures: the edges of a crop reach into its middle.

Sharpening keeps the encoder as it is, so that latents and the U-Net that was trained on them stay valid; it may come
before or after the U-Net. State: OUT/autoencoder.pt, then OUT/decoder.pt; the export takes the latter where it is.
Loss: L1, plus L1 of the differences of neighbouring pixels (edges), plus L1 of 4x4 means (colour of areas); for the
decoder alone also the squared error, which is what the signal-to-noise ratio counts.
"""

import numpy as np
import torch
import torch.nn.functional as F

from .make_data import read_pixels
from .networks import POSTERIOR_NOISE, new_autoencoder
from .settings import settings_of, stage_arguments
from .training import Device, Trainer, load_weights

HELD_OUT = 200
"""Pictures at the end of the last part that are only measured on."""
CROP = 64


class Crops:
    """Random crops of the pictures. Runs in the training's own thread: torch in a second thread fights for the
    cores."""

    def __init__(self, parts, device: Device, whole: bool):
        self.parts, self.device, self.whole = parts, device, whole
        self.side = parts[0].shape[1]
        self.held_out = np.array(parts[-1][-min(HELD_OUT, len(parts[-1]) // 2) :])

    def batch(self, rng: np.random.Generator, size: int) -> torch.Tensor:
        """[size, 3, crop, crop] in [-1, 1]. Sequential reads: one part a batch, neighbours first."""
        part = self.parts[int(rng.integers(len(self.parts)))]
        numbers = rng.integers(len(part) - (len(self.held_out) if part is self.parts[-1] else 0), size=size)
        crop = self.side if self.whole else min(CROP, self.side)
        pixels = np.empty((size, crop, crop, 3), np.uint8)
        for k, number in enumerate(np.sort(numbers)):
            y, x = (int(v) * 4 for v in rng.integers(0, (self.side - crop) // 4 + 1, 2))
            pixels[k] = part[number, y : y + crop, x : x + crop]
        return self.tensor(pixels)

    def tensor(self, pixels: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(pixels).to(self.device.name).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


def reconstruction_loss(reconstruction, picture):
    error = reconstruction.float() - picture
    edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + 0.5 * edges + 0.5 * F.avg_pool2d(error, 4).abs().mean()


@torch.no_grad()
def reconstruction_psnr(autoencoder, crops: Crops) -> float:
    """Mean peak signal-to-noise ratio of whole held-out pictures in dB (peak 2, as the range is [-1, 1])."""
    decibels = []
    for i in range(0, len(crops.held_out), 20):
        picture = crops.tensor(crops.held_out[i : i + 20])
        again = autoencoder.decode(autoencoder.encode(picture).latent_dist.mean).sample.clamp(-1, 1)
        decibels.append(10 * torch.log10(4 / ((again - picture) ** 2).mean((1, 2, 3))))
    return torch.cat(decibels).mean().item()


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument("--sharpen-decoder", action="store_true", help="train the decoder alone, encoder frozen")
    arguments = parser.parse_args()
    settings, device, sharpen = settings_of(arguments), Device(), arguments.sharpen_decoder
    torch.manual_seed(0)
    crops = Crops(read_pixels(arguments.out, range(settings.pixel_parts)), device, whole=sharpen)
    autoencoder = device.put(new_autoencoder(settings.picture_size))
    if sharpen:
        state = torch.load(arguments.out / "autoencoder.pt", map_location=device.name, weights_only=True)
        load_weights({"vae": autoencoder}, state["ema"])
        for frozen in (autoencoder.encoder, autoencoder.quant_conv):
            frozen.requires_grad_(False)
        print(f"before: {reconstruction_psnr(autoencoder, crops):.2f} dB", flush=True)
    minutes = arguments.minutes or (settings.decoder_minutes if sharpen else settings.autoencoder_minutes)
    trainer = Trainer(
        {"vae": autoencoder},
        arguments.out / ("decoder.pt" if sharpen else "autoencoder.pt"),
        device,
        minutes,
        settings.save_seconds,
        muon_rate=1e-3 if sharpen else 2e-3,
        adam_rate=1e-3,
        weight_decay=0.0,
    )
    rng, batch = (
        np.random.default_rng([7, trainer.step]),
        arguments.batch or settings.autoencoder_batch // (1 + sharpen),
    )
    while trainer.goes_on():
        picture = crops.batch(rng, batch)
        with device.half():
            if sharpen:
                with torch.no_grad():
                    mean = autoencoder.encode(picture).latent_dist.mean
                noise = 0.3 * POSTERIOR_NOISE  # the U-Net's latents are nearly clean
            else:
                mean, noise = autoencoder.encode(picture).latent_dist.mean, POSTERIOR_NOISE
            reconstruction = autoencoder.decode(mean + noise * torch.randn_like(mean)).sample
        loss = reconstruction_loss(reconstruction, picture)
        if sharpen:
            loss = loss + 3 * F.mse_loss(reconstruction.float(), picture)
        else:
            loss = loss + 0.5e-3 * mean.float().square().mean()
        trainer.learn(loss, batch)
        if trainer.step % 2000 == 0:
            with trainer.averaged():
                print(f"held out {reconstruction_psnr(autoencoder, crops):.2f} dB", flush=True)
    trainer.save()
    with trainer.averaged():
        print(f"held out {reconstruction_psnr(autoencoder, crops):.2f} dB", flush=True)


if __name__ == "__main__":
    main()
