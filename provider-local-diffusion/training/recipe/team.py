"""Several processes that train one network, each on a core of its own, and average their weights every few steps.

On a busy machine one process with two threads waits at each operation for the thread that was pushed off its core: a
step then took four times the processor time of a single thread. Two processes of one thread wait for each other at the
averages alone. The average of weights after a few steps of each is local SGD (Stich, "Local SGD Converges Fast and
Communicates Little", 2019).
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import torch.distributed

EVERY = 5
"""Steps between two averages."""


class Team:
    """The processes: this one is `rank` of `size`. Rank 0 starts the others with its own command line."""

    def __init__(self, size: int):
        self.size, self.rank = size, int(os.environ.get("TEAM_RANK", "0"))
        self._others = []
        if size == 1:
            return
        meeting = os.environ.get("TEAM_MEETING") or str(Path(tempfile.mkdtemp()) / "meeting")
        if self.rank == 0:
            command = [sys.executable, "-m", sys.modules["__main__"].__spec__.name, *sys.argv[1:]]
            for rank in range(1, size):
                environment = os.environ | {"TEAM_RANK": str(rank), "TEAM_MEETING": meeting}
                self._others.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL))
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=self.rank, world_size=size
        )

    @property
    def leads(self) -> bool:
        """Whether this process saves and reports."""
        return self.rank == 0

    def meets(self, step: int) -> bool:
        """Whether the processes average after this step."""
        return self.size > 1 and step % EVERY == 0

    @torch.no_grad()
    def average(self, tensors: list[torch.Tensor]):
        """Gives every process the mean of all."""
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(flat)
        flat /= self.size
        start = 0
        for tensor in tensors:
            tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
            start += tensor.numel()

    def any(self, mine: bool) -> bool:
        """Whether it is so for one of the processes."""
        if self.size == 1:
            return mine
        said = torch.tensor(int(mine))
        torch.distributed.all_reduce(said, torch.distributed.ReduceOp.MAX)
        return bool(said)

    def part(self):
        """Waits for the others and ends the group; the last call."""
        if self.size > 1:
            torch.distributed.destroy_process_group()
        for other in self._others:
            other.wait()
