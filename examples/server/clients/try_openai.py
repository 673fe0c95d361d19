"""OpenAI's client for Python: makes, edits with and without a mask, varies, streams both, lists the models, meets an error."""
import base64
import os
import struct
import zlib

import openai

client = openai.OpenAI(base_url=os.environ["BASE"] + "/v1", api_key=os.environ.get("TRIPTYCH_TOKEN", "none"))

made = client.images.generate(model="gpt-image-1", prompt="a penguin in the snow", n=2, extra_body={"seed": 21})
pictures = [base64.b64decode(each.b64_json) for each in made.data]
assert len(pictures) == 2 and all(each.startswith(b"\x89PNG") for each in pictures)

# Paints over the left half: transparent means "paint anew".
width, height = 256, 256
rows = b"".join(b"\0" + b"\0\0\0\0" * (width // 2) + b"\0\0\0\xff" * (width // 2) for _ in range(height))
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
mask = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) + \
    chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
masked = client.images.edit(
    model="gpt-image-1", prompt="a snowman in the forest", image=("start.png", pictures[0], "image/png"),
    mask=("mask.png", mask, "image/png"))
assert base64.b64decode(masked.data[0].b64_json).startswith(b"\x89PNG")

varied = client.images.create_variation(image=("start.png", pictures[0], "image/png"))
assert base64.b64decode(varied.data[0].b64_json).startswith(b"\x89PNG")

edited = client.images.edit(
    model="gpt-image-1", prompt="a balloon over the mountains", image=("start.png", pictures[0], "image/png"))
assert base64.b64decode(edited.data[0].b64_json).startswith(b"\x89PNG")

events = list(client.images.generate(model="gpt-image-1", prompt="two apples", stream=True, partial_images=1))
assert events[-1].type == "image_generation.completed", [each.type for each in events]

events = list(client.images.edit(
    model="gpt-image-1", prompt="two apples", image=("start.png", pictures[0], "image/png"), stream=True))
assert events[-1].type == "image_edit.completed", [each.type for each in events]

assert any(each.id for each in client.models.list())
try:
    client.images.generate(model="nobody", prompt="a")
    raise AssertionError("an unknown model must be refused")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error.code
