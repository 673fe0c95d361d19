"""Stage 8, text encoder and U-Net: trains both together on the latents; v-prediction, zero terminal SNR.

State: OUT/unet.pt (weights under unet.* and text.*). One caption in ten is left out, for classifier-free guidance.
Timesteps: half uniform, half logit-normal around the middle, where most is decided about shapes; on top of a checkpoint
that has learnt the fine grain, `--middle 0.85` spends more on shapes. `--most-weight 5` counts the timesteps with the
least noise for less (min-SNR weighting); `--average` is the length of the average that is exported; `--times flow`
learns flow matching's loss at its logit-normal times; `--align 0.5` aligns a layer in the middle with what CLIP's
vision tower sees (align.py); `--late-batch 2` doubles the batch for the last third. compare.py measures them against
each other.
"""

import time

import numpy as np
import torch
from diffusers import DDIMScheduler

from .align import Aligner, features_of
from .encode_latents import latents_file
from .networks import new_text_encoder, new_unet
from .settings import NOISE_SCHEDULE, settings_of, stage_arguments
from .team import Team
from .train_tokenizer import read_tokenizer, token_ids
from .training import Device, Trainer

UNCONDITIONAL_SHARE = 0.1


class Latents:
    """All latents and token ids in memory; on a GPU, in its memory."""

    def __init__(self, out, parts: range, device: Device):
        loaded = [np.load(latents_file(out, part)) for part in parts]
        scale = float((out / "scaling.txt").read_text())
        self.latents = torch.from_numpy(np.concatenate([part["z"] for part in loaded])).to(device.name)
        self.ids = torch.from_numpy(np.concatenate([part["ids"] for part in loaded])).to(device.name)
        self.empty = torch.from_numpy(token_ids(read_tokenizer(out), [""])).to(device.name)
        self.scale, self.device = scale, device.name

    def batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scaled latents [size, 8, h, w], token ids [size, 32], some of them those of the empty prompt, and the numbers
        of the pictures [size]."""
        chosen = torch.randint(len(self.latents), (size,), device=self.device)
        dropped = torch.rand(size, 1, device=self.device) < UNCONDITIONAL_SHARE
        ids = torch.where(dropped, self.empty, self.ids[chosen]).long()
        return self.latents[chosen].float() * self.scale, ids, chosen


def random_timesteps(count: int, device: str, middle_share: float = 0.5) -> torch.Tensor:
    """int64 [count] in 0..999."""
    uniform, middle = torch.rand(count, device=device), torch.sigmoid(torch.randn(count, device=device) + 0.4)
    return (torch.where(torch.rand(count, device=device) < middle_share, middle, uniform) * 1000).long().clamp(0, 999)


def flow_timesteps(count: int, alphas_cumprod: torch.Tensor) -> torch.Tensor:
    """int64 [count] in 0..999: the timesteps with as much signal beside noise as flow matching has at logit-normal
    times t in (0, 1), where the picture counts 1 - t and the noise t (Esser et al. 2024, "Scaling Rectified Flow
    Transformers for High-Resolution Image Synthesis", section 3.1, location 0 and scale 1)."""
    t = torch.sigmoid(torch.randn(count, device=alphas_cumprod.device))
    wanted = (1 - t).square() / ((1 - t).square() + t.square())
    return torch.searchsorted(-alphas_cumprod, -wanted).clamp(max=len(alphas_cumprod) - 1)


def flow_weights(alphas_cumprod: torch.Tensor) -> torch.Tensor:
    """The weight that makes the error of v-prediction that of flow matching. The same noisy latents are x there, scaled
    to variance 1 here, and noise - latents = (sigma - alpha) x + (alpha + sigma) v; so it is (alpha + sigma)^2.
    What is learnt stays v-prediction: the checkpoint that it starts from, and the product, read it."""
    return 1 + 2 * (alphas_cumprod * (1 - alphas_cumprod)).sqrt()


def loss_weights(alphas_cumprod: torch.Tensor, most: float) -> torch.Tensor:
    """min(SNR + 1, most) / (SNR + 1) of each timestep, with SNR = alphas_cumprod / (1 - alphas_cumprod): the weight of
    min-SNR for v-prediction (Hang et al. 2023, "Efficient Diffusion Training via Min-SNR Weighting Strategy", section
    3.4). With one added to the SNR in the minimum too, since the last timestep's is zero here and it must be learnt.
    """
    return (most * (1 - alphas_cumprod)).clamp(max=1)  # since 1 / (SNR + 1) is 1 - alphas_cumprod


def main():
    parser = stage_arguments(__doc__)
    parser.add_argument(
        "--rate", type=float, default=1.0, help="factor on the learning rates; less than 1 to refine a good checkpoint"
    )
    parser.add_argument("--middle", type=float, default=0.5, help="share of the timesteps drawn around the middle")
    parser.add_argument(
        "--most-weight", type=float, default=float("inf"), help="of min-SNR weighting (default: all alike)"
    )
    parser.add_argument("--average", type=float, default=0.998, help="what the average keeps at each step")
    parser.add_argument("--times", choices=("mixed", "flow"), default="mixed", help="which timesteps are learnt")
    parser.add_argument("--align", type=float, default=0, help="weight of the alignment with CLIP's vision tower")
    parser.add_argument("--late-batch", type=int, default=1, help="factor on the batch size in the last third")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall", help="what the minutes are of")
    parser.add_argument("--workers", type=int, default=1, help="processes that train together, on a CPU that is shared")
    arguments = parser.parse_args()
    team = Team(arguments.workers)
    out, settings, device = arguments.out, settings_of(arguments), Device()
    unet, text = device.put(new_unet(settings.picture_size)), device.put(new_text_encoder())
    aligner = Aligner(unet, device) if arguments.align else None
    trainer = Trainer(
        {"unet": unet, "text": text} | ({"align": aligner} if aligner else {}),
        out / "unet.pt",
        device,
        arguments.minutes or settings.unet_minutes,
        settings.save_seconds,
        muon_rate=1e-3 * arguments.rate,
        adam_rate=5e-4 * arguments.rate,
        team=team,
        average=arguments.average,
        clock=time.process_time if arguments.clock == "processor" else time.monotonic,
    )
    torch.manual_seed(1000 + trainer.step + 1_000_000 * team.rank)
    latents, batch = Latents(out, range(settings.latent_parts), device), arguments.batch or settings.unet_batch
    alphas_cumprod = DDIMScheduler(**NOISE_SCHEDULE).alphas_cumprod.float().to(device.name)
    flows = arguments.times == "flow"
    weights = flow_weights(alphas_cumprod) if flows else loss_weights(alphas_cumprod, arguments.most_weight)
    features = features_of(out, range(settings.latent_parts), device) if aligner else None
    print(
        f"{len(latents.latents)} pictures, {sum(p.numel() for p in unet.parameters()) / 1e6:.1f} M parameters",
        flush=True,
    )
    while trainer.goes_on():
        size = batch * arguments.late_batch if trainer.share() > 2 / 3 else batch
        latent, ids, chosen = latents.batch(size)
        timesteps = (
            flow_timesteps(size, alphas_cumprod) if flows else random_timesteps(size, device.name, arguments.middle)
        )
        alpha = alphas_cumprod[timesteps].view(-1, 1, 1, 1)
        noise = torch.randn_like(latent)
        noisy = alpha.sqrt() * latent + (1 - alpha).sqrt() * noise
        velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * latent  # Salimans & Ho 2022, appendix D
        with device.half():
            prediction = unet(noisy, timesteps, text(input_ids=ids).last_hidden_state).sample
        errors = (prediction.float() - velocity).square().mean((1, 2, 3))
        loss = (errors * weights[timesteps]).mean()
        if aligner and features is not None:
            loss = loss + arguments.align * aligner.loss(features[chosen])
        trainer.learn(loss, size)
    trainer.save()
    team.part()


if __name__ == "__main__":
    main()
