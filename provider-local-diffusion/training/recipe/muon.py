"""Muon: momentum whose update is orthogonalised by a Newton-Schulz iteration, for the matrices inside a network.

K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the coefficients of the iteration are
theirs. The step is scaled to Adam's usual size (J. Liu et al., "Muon is Scalable for LLM Training", 2025), so Adam's
learning rates fit.
"""

import torch

A, B, C = 3.4445, -4.7750, 2.0315
"""X <- a X + (b X X' + c (X X')^2) X drives all singular values towards 1."""


def orthogonalised(gradient: torch.Tensor, steps: int = 4, bf16: bool = False) -> torch.Tensor:
    """The nearest orthogonal matrix, roughly; bf16 is exact enough for it. A wide matrix iterates on its small Gram
    matrix instead of itself."""
    tall = gradient.size(0) > gradient.size(1)
    x = gradient.T if tall else gradient
    x = x / (x.norm() + 1e-7)
    if bf16:
        x = x.bfloat16()
    if x.size(1) < 2.5 * x.size(0):
        for _ in range(steps):
            gram = x @ x.T
            x = A * x + torch.addmm(gram, gram, gram, beta=B, alpha=C) @ x
    else:
        gram, product = x @ x.T, None
        identity = torch.eye(len(gram), device=x.device, dtype=x.dtype) * A
        for step in range(steps):
            factor = torch.addmm(gram, gram, gram, beta=B, alpha=C) + identity
            product = factor if product is None else factor @ product
            if step < steps - 1:
                gram = factor @ gram @ factor
        x = product @ x
    x = x.to(gradient.dtype)
    return x.T if tall else x


class Muon:
    """The optimiser. `parameters` have two or more dimensions and are seen as (outputs, everything else)."""

    def __init__(self, parameters, momentum: float = 0.95, weight_decay: float = 0.0, bf16: bool = False):
        self.parameters = list(parameters)
        self.momenta = [torch.zeros_like(p) for p in self.parameters]
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.bf16 = bf16

    @torch.no_grad()
    def step(self, learning_rate: float):
        for parameter, momentum in zip(self.parameters, self.momenta):
            if parameter.grad is None:
                continue
            momentum.mul_(self.momentum).add_(parameter.grad)
            update = parameter.grad.add(momentum, alpha=self.momentum).reshape(parameter.shape[0], -1)
            if self.weight_decay:
                parameter.mul_(1 - learning_rate * self.weight_decay)
            scale = 0.2 * max(update.shape) ** 0.5
            direction = orthogonalised(update, bf16=self.bf16).reshape(parameter.shape)
            parameter.add_(direction, alpha=-learning_rate * scale)

    def state_dict(self):
        return self.momenta

    def load_state_dict(self, momenta):
        for mine, theirs in zip(self.momenta, momenta, strict=True):
            mine.copy_(theirs)


def split_parameters(modules):
    """(matrices for Muon, the rest for Adam): not the first and last layers, embeddings, norms and biases."""
    outer = ("conv_in", "conv_out", "quant", "embed", "projection")
    matrices, rest = [], []
    for module in modules:
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            inner = parameter.ndim >= 2 and min(parameter.shape[0], parameter[0].numel()) >= 24
            (matrices if inner and not any(word in name for word in outer) else rest).append(parameter)
    return matrices, rest
