"""The recipe of the bundled checkpoint: from icons to an exported latent diffusion model. See README.md."""

import warnings

warnings.filterwarnings("ignore", message="CUDA is not available")  # diffusers says so on import, on every CPU
