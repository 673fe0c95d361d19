"""What the training stages share: the device, the clock, the average of the weights, the state that survives a kill."""

import contextlib
import math
import signal
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from .files import written_whole
from .muon import Muon, split_parameters
from .team import Team


class Device:
    """Where the training runs: a CUDA GPU in bf16 with channels last, or the CPU with contiguous tensors, in bf16 where
    that is faster."""

    def __init__(self):
        self.cuda = torch.cuda.is_available()
        self.name = "cuda" if self.cuda else "cpu"
        if self.cuda:
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
            torch.backends.cudnn.benchmark = True
        self.bf16 = self.cuda or bf16_is_faster_here()

    def put(self, network):
        """The network on this device. Small convolutions are trained faster contiguous on a CPU."""
        return network.to(self.name, memory_format=torch.channels_last) if self.cuda else network.to(self.name)

    @contextlib.contextmanager
    def half(self):
        """Autocast to bf16, if that is faster here. On a CPU, attention is computed as plain products: for sequences of
        256 the backward pass of the flash kernel takes three times as long."""
        with contextlib.ExitStack() as stack:
            if self.bf16:
                stack.enter_context(torch.autocast(self.name, torch.bfloat16))
            if not self.cuda:
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
            yield


def bf16_is_faster_here() -> bool:
    """Whether this CPU trains a convolution and a matrix product faster in bf16 than in fp32. It must be measured: the
    ratio was 1.5 on one machine with avx512_bf16 and 0.7 on another, and far below without it. Processor time, so that
    other programs do not decide."""
    picture, matrix = torch.randn(16, 160, 8, 8), torch.randn(1024, 256)
    kernel, weight = (torch.randn(shape, requires_grad=True) for shape in ((160, 160, 3, 3), (1024, 256)))

    def seconds(half: bool) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                loss = F.conv2d(picture, kernel, padding=1).float().mean() + F.linear(matrix, weight).float().mean()
            loss.backward()
            times.append(time.process_time() - began)
        return min(times)

    return seconds(True) < 0.9 * seconds(False)


class Average:
    """An exponential moving average of all weights: what is exported."""

    def __init__(self, networks: dict[str, torch.nn.Module], most: float = 0.998, every: int = 5):
        self.networks, self.most, self.every = networks, most, every
        self.weights = {k: v.detach().clone() for k, v in weights_of(networks).items()}

    @torch.no_grad()
    def update(self, step: int):
        """Call after each step; acts on every fifth."""
        if step % self.every:
            return
        keep = min(self.most, (1 + step) / (10 + step)) ** self.every
        for name, weight in weights_of(self.networks).items():
            if weight.dtype.is_floating_point:
                self.weights[name].lerp_(weight, 1 - keep)


def weights_of(networks: dict[str, torch.nn.Module]) -> dict[str, torch.Tensor]:
    """All weights under network.name."""
    return {
        f"{network}.{name}": value
        for network, module in networks.items()
        for name, value in module.state_dict().items()
    }


def load_weights(networks: dict[str, torch.nn.Module], weights: dict[str, torch.Tensor]):
    """The reverse of `weights_of`."""
    for network, module in networks.items():
        module.load_state_dict(
            {k.removeprefix(network + "."): v for k, v in weights.items() if k.startswith(network + ".")}
        )


def load_averaged(networks: dict[str, torch.nn.Module], state: Path, device: Device):
    """Gives the networks the averaged weights of a stage's state file."""
    load_weights(networks, torch.load(state, map_location=device.name, weights_only=True)["ema"])


class Trainer:
    """One stage's training: optimisers, learning rate, clock and state file.

    The learning rate follows a cosine over the stage's minutes, counted over all runs on `clock`. A run that is killed
    loses at most `save_seconds`; SIGTERM and SIGINT save first. A network that the state file does not have starts as
    it is. Use:

        trainer = Trainer(...)
        while trainer.goes_on():
            trainer.learn(loss)
        trainer.save()
    """

    def __init__(
        self,
        networks,
        state: Path,
        device: Device,
        minutes: float,
        save_seconds: float,
        muon_rate: float,
        adam_rate: float,
        weight_decay: float = 0.01,
        floor: float = 0.03,
        team: Team | None = None,
        average: float = 0.998,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.team, self.clock = team or Team(1), clock
        self.networks, self.state, self.device = networks, state, device
        self.total, self.save_seconds, self.floor = minutes * 60, save_seconds, floor
        self.muon_rate, self.adam_rate = muon_rate, adam_rate
        matrices, self.rest = split_parameters(networks.values())
        self.trained = matrices + self.rest
        self.muon = Muon(matrices, weight_decay=weight_decay, bf16=device.bf16)
        self.adam = torch.optim.AdamW(self.rest, lr=adam_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
        self.average = Average(networks, average)
        self.step, self.spent, self.pictures, self.loss = 0, 0.0, 0, None
        self._stop = False
        if state.exists():
            self._resume()
        self._began, self._saved = clock(), time.monotonic()
        self._first_step = self.step
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def seconds(self) -> float:
        """Training time of all runs."""
        return self.spent + self.clock() - self._began

    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        return min(1.0, self.seconds() / self.total)

    def goes_on(self) -> bool:
        """Whether time is left; ends the program, state saved, after a signal. A team decides together."""
        if self.team.size > 1 and not self.team.meets(self.step):
            return True
        if self.team.any(self._stop):
            self.save()
            self.team.part()
            raise SystemExit(f"stopped at step {self.step}; run again to go on")
        return not self.team.any(self.seconds() >= self.total)

    def learn(self, loss: torch.Tensor, pictures: int):
        """One step of both optimisers on the loss."""
        factor = min(1, (self.step + 1) / 100) * self._cosine()
        for group in self.adam.param_groups:
            group["lr"] = self.adam_rate * factor
        for parameter in self.trained:
            parameter.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.rest, 1.0)
        self.adam.step()
        self.muon.step(self.muon_rate * factor)
        self.step += 1
        self.pictures += pictures * self.team.size
        if self.team.meets(self.step):
            self.team.average(self.trained)
        self.average.update(self.step)
        if self.step % 20 == 0:
            value = loss.item()
            self.loss = value if self.loss is None else 0.9 * self.loss + 0.1 * value
        if self.step % 100 == 0:
            self._report(pictures)
        if time.monotonic() - self._saved > self.save_seconds:
            self.save()

    def save(self):
        """Writes the state; a kill while writing leaves the old one. In a team, the first does."""
        if not self.team.leads:
            return
        state = dict(
            model=weights_of(self.networks),
            ema=self.average.weights,
            opt=self.adam.state_dict(),
            muon=self.muon.state_dict(),
            step=self.step,
            spent=self.seconds(),
            pictures=self.pictures,
        )
        with written_whole(self.state) as file:
            torch.save(state, file)
        self._saved = time.monotonic()

    @contextlib.contextmanager
    def averaged(self):
        """The networks with the averaged weights, for a measurement."""
        own = {k: v.clone() for k, v in weights_of(self.networks).items()}
        load_weights(self.networks, self.average.weights)
        try:
            with torch.no_grad():
                yield
        finally:
            load_weights(self.networks, own)

    def _cosine(self) -> float:
        return 0.5 * (1 + math.cos(math.pi * self.share())) * (1 - self.floor) + self.floor

    def _report(self, batch: int):
        rate = (self.step - self._first_step) * batch * self.team.size / (self.clock() - self._began)
        print(f"step {self.step} loss {self.loss:.4f} {rate:.0f} pictures/s {self.seconds() / 60:.1f} min", flush=True)

    def _resume(self):
        state = torch.load(self.state, map_location=self.device.name, weights_only=True)
        own = weights_of(self.networks)
        load_weights(self.networks, own | state["model"])
        self.average.weights = self.average.weights | state["ema"]
        if "opt" in state:  # a warm start has weights alone
            self.adam.load_state_dict(state["opt"])
            self.muon.load_state_dict(state["muon"])
        self.step, self.spent, self.pictures = state["step"], state["spent"], state.get("pictures", 0)
        print(f"goes on from step {self.step}, {self.spent / 60:.1f} min", flush=True)

    def _on_signal(self, number, frame):
        self._stop = True
