"""OpenAI's client for Python: makes, edits with a mask, streams, lists the models, and meets an error."""
import base64
import os

import openai

client = openai.OpenAI(base_url=os.environ["BASE"] + "/v1", api_key=os.environ.get("TRIPTYCH_TOKEN", "none"))

made = client.images.generate(model="gpt-image-1", prompt="a penguin in the snow", n=2, extra_body={"seed": 21})
pictures = [base64.b64decode(each.b64_json) for each in made.data]
assert len(pictures) == 2 and all(each.startswith(b"\x89PNG") for each in pictures)

edited = client.images.edit(
    model="gpt-image-1", prompt="a balloon over the mountains", image=("start.png", pictures[0], "image/png"))
assert base64.b64decode(edited.data[0].b64_json).startswith(b"\x89PNG")

events = list(client.images.generate(model="gpt-image-1", prompt="two apples", stream=True, partial_images=1))
assert events[-1].type == "image_generation.completed", [each.type for each in events]

assert any(each.id for each in client.models.list())
try:
    client.images.generate(model="nobody", prompt="a")
    raise AssertionError("an unknown model must be refused")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error.code
