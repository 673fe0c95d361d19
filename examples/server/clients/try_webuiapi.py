"""webuiapi, a client of AUTOMATIC1111's API: text to image, image to image, a mask, the upscaler, the lists, progress, interrupt."""
import os
from urllib.parse import urlsplit

import webuiapi
from PIL import Image

base = urlsplit(os.environ["BASE"])
api = webuiapi.WebUIApi(host=base.hostname, port=base.port)
if os.environ.get("TRIPTYCH_TOKEN"):
    api.set_auth("user", os.environ["TRIPTYCH_TOKEN"])

made = api.txt2img(prompt="a penguin in the snow", seed=21, steps=10, width=256, height=256, sampler_name="Euler a")
assert made.image.size == (256, 256), made.image.size
assert made.info["seed"] == 21, made.info

again = api.img2img(images=[made.image], prompt="a balloon over the mountains", steps=10, width=256, height=256,
                    denoising_strength=0.6, sampler_name="Euler a")
assert again.image.size == (256, 256)

mask = Image.new("L", (256, 256), 0)
mask.paste(255, (0, 0, 128, 256))
masked = api.img2img(images=[made.image], mask_image=mask, prompt="a snowman in the forest", steps=10, width=256,
                     height=256, sampler_name="Euler a")
assert masked.image.size == (256, 256)

larger = api.extra_single_image(image=made.image, upscaler_1="Lanczos", upscaling_resize=2)
assert larger.image.size == (512, 512), larger.image.size

assert any(each["name"] == "Euler a" for each in api.get_samplers())
assert api.get_sd_models()[0]["title"]
assert api.get_progress()["state"]["job_count"] == 0
api.interrupt()
api.util_wait_for_ready()
