"""Writes files with torch.save for PickleCrossCheckTest, each with a JSON of what is in it.

python3 pickles.py FOLDER
"""

import collections
import json
import pathlib
import sys

import torch

FOLDER = pathlib.Path(sys.argv[1])
torch.manual_seed(1)


def tensors():
    base = torch.randn(6, 4)
    yield "plain", base
    yield "rows", base[2:4]
    yield "columns", base[:, 1:3]
    yield "transposed", base.t()
    yield "expanded", base[0].expand(3, 4)
    yield "scalar", torch.tensor(2.5)
    yield "empty", torch.zeros(0, 3)
    yield "half", torch.randn(5).half()
    yield "bfloat16", torch.randn(5).bfloat16()
    yield "double", torch.randn(5).double()
    yield "parameter", torch.nn.Parameter(torch.randn(2, 2))
    yield "channels_last", torch.randn(1, 3, 2, 2).to(memory_format=torch.channels_last)


def save(name, content, expected, **options):
    torch.save(content, FOLDER / f"{name}.pt", **options)
    text = {key: {"shape": list(value.shape), "values": value.detach().double().flatten().tolist()} for key, value in expected.items()}
    (FOLDER / f"{name}.json").write_text(json.dumps(text))


for kind, options in (("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False})):
    named = dict(tensors())
    save(f"{kind}-flat", named, named, **options)
    ordered = collections.OrderedDict(named)
    ordered._metadata = {"": {"version": 1}}
    checkpoint = {
        "epoch": 3,
        "global_step": 875000,
        "pytorch-lightning_version": "1.4.2",
        "callbacks": {"a": {"best_model_score": None, "dirpath": "x"}},
        "lr_schedulers": [{"base_lrs": [1e-4], "last_epoch": 7}],
        "optimizer_states": [{"state": {0: {"step": 1, "exp_avg": torch.zeros(2)}}}],
        "state_dict": ordered,
    }
    save(f"{kind}-checkpoint", checkpoint, named, **options)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    save(f"{kind}-module", module.state_dict(), module.state_dict(), **options)
    nested = {"image_proj": {"proj.weight": torch.randn(2, 2)}, "ip_adapter": {"1.to_k_ip.weight": torch.randn(2, 2)}}
    joined = {f"{outer}.{name}": value for outer, inner in nested.items() for name, value in inner.items()}
    save(f"{kind}-nested", nested, joined, **options)
