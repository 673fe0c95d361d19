"""Cuts the compact reference values of this folder from the full set.

python3 subset.py FULL_SET HERE

The full set has checkpoints/tiny-*/ and expected/*.safetensors, made with diffusers 0.36.0, transformers 4.57.6 and torch
2.15.0. Nothing is computed here: weights and values are copied byte for byte. Left out are tokenizer files (once in
clip-tokenizer/), floating-point pictures (the bytes are kept), inpainting, and the rows of the token embedding that no
prompt here uses; they are most of a tiny checkpoint. Of CLIP's processed pictures, two of four are kept.
"""

import json
import pathlib
import re
import shutil
import struct
import sys

FULL, HERE = map(pathlib.Path, sys.argv[1:3])
CASES = {"default", "rescale", "clip-skip-1", "two-images", "wide", "long-prompt"}
SINGLE = ("text.", "unet.", "vae.")
TOKENS = "text_model.embeddings.token_embedding.weight"


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: (entry["dtype"], entry["shape"], data[8 + length + entry["data_offsets"][0] : 8 + length + entry["data_offsets"][1]])
        for name, entry in header.items()
    }


def write(path, tensors):
    header, offset = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


def rows_in_use(tensors, ids):
    """The token embedding without its unused rows, and beside it the ids of those that are left."""
    dtype, (count, width), data = tensors[TOKENS]
    row = width * 2
    cut = dict(tensors)
    cut[TOKENS] = (dtype, [len(ids), width], b"".join(data[i * row : (i + 1) * row] for i in ids))
    cut["token_ids"] = ("I32", [len(ids)], struct.pack(f"<{len(ids)}i", *ids))
    cut["vocab_size"] = ("I32", [1], struct.pack("<i", count))
    return cut


def kept(name):
    case = name.rpartition(".")[0]
    return name.startswith(SINGLE) or (
        name.endswith((".latents", ".png")) and (case in CASES or case.startswith(("scheduler-", "img2img-")))
    )


def first(tensor):
    dtype, shape, data = tensor
    return dtype, [1, *shape[1:]], data[: len(data) // shape[0]]


for name in ("sd1", "sd2"):
    expected = read(FULL / f"expected/{name}.safetensors")
    write(HERE / f"expected/{name}-compact.safetensors", {k: v for k, v in expected.items() if kept(k)})
    text = json.loads((FULL / f"expected/{name}.json").read_text())
    text["cases"] = [case for case in text["cases"] if kept(case["case"] + ".png")]
    (HERE / f"expected/{name}-compact.json").write_text(json.dumps(text, indent=1) + "\n")
    source, target = FULL / f"checkpoints/tiny-{name}", HERE / f"checkpoints/tiny-{name}"
    for file in source.rglob("*"):
        part = file.relative_to(source)
        if file.is_file() and part.parts[0] != "tokenizer" and part != pathlib.Path("text_encoder/model.safetensors"):
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / part)
    _, _, ids = expected["text.ids"]
    used = sorted(set(struct.unpack(f"<{len(ids) // 4}i", ids)))
    write(target / "text_encoder/rows.safetensors", rows_in_use(read(source / "text_encoder/model.safetensors"), used))

source, target = FULL / "checkpoints/tiny-clip", HERE / "checkpoints/tiny-clip"
target.mkdir(parents=True, exist_ok=True)
for file in ("config.json", "preprocessor_config.json"):
    shutil.copyfile(source / file, target / file)
vocabulary = json.loads((source / "vocab.json").read_text())
prompts = json.loads((FULL / "expected/clip.json").read_text())["prompts"]
# Every word and every mark of these prompts is one token.
words = {word + "</w>" for prompt in prompts for word in re.findall(r"[a-z]+|[^a-z\s]", prompt)}
used = sorted(vocabulary[token] for token in words | {"<|startoftext|>", "<|endoftext|>"})
write(target / "rows.safetensors", rows_in_use(read(source / "model.safetensors"), used))
expected = read(FULL / "expected/clip.safetensors")
write(HERE / "expected/clip-compact.safetensors", {k: v for k, v in expected.items() if k not in ("pixels0", "pixels3")})
shutil.copyfile(FULL / "expected/clip.json", HERE / "expected/clip-compact.json")

# Of each block type its first rows: scales of zero and of every size, all other bytes 0 and 255, then random ones.
blocks = read(FULL / "gguf/blocks.safetensors")
kept_rows = {}
for name, (dtype, shape, data) in blocks.items():
    rows = min(shape[0], 8)
    kept_rows[name] = (dtype, [rows, *shape[1:]], data[: len(data) // shape[0] * rows])
write(HERE / "gguf/blocks-compact.safetensors", kept_rows)

# FLUX.1's transformer by itself, and one evaluation of it.
expected = read(FULL / "expected/flux-schnell.safetensors")
names = ("transformer.sample", "transformer.out.t0.5", "encode.prompt_embeds", "encode.pooled")
write(HERE / "expected/flux-schnell-compact.safetensors", {name: first(expected[name]) for name in names})
shutil.copytree(
    FULL / "checkpoints/tiny-flux-schnell/transformer", HERE / "checkpoints/tiny-flux-schnell/transformer", dirs_exist_ok=True
)
