"""Image-to-image and inpainting end where diffusers' pipelines end, on tiny networks."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image as Pictures

from inference.batch import Image
from inference.checkpoints import Bundle, Component, ControlNet
from inference.model import Model
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.vae_config import VAEConfig
from inference.request import Control, GenerationRequest
from inference.sampling.denoise import noise
from tests.inference.models.reference import SD15, UP, params_of, randomize, to_numpy, to_torch
from tests.tiny import tiny_bundle

SCHEDULER = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "steps_offset": 1,
}
SIDE, CELL, SEED, GUIDANCE = 32, 2, 7, 3.0
UNET = {**SD15, "cross_attention_dim": 16, "up_block_types": UP, "sample_size": SIDE // CELL}
VAE = {
    "block_out_channels": [8, 16],
    "down_block_types": ["DownEncoderBlock2D"] * 2,
    "up_block_types": ["UpDecoderBlock2D"] * 2,
    "norm_num_groups": 8,
}
SAMPLERS = {
    "ddim": ("DDIMScheduler", {"clip_sample": False}),
    "euler": ("EulerDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
}
"""Those that draw no noise on the way; PNDM starts elsewhere, as its file says."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@cache
def networks(in_channels: int) -> tuple[Any, Any, Any]:
    """diffusers' UNet, autoencoder and ControlNet of random weights."""
    unet = diffusers.UNet2DConditionModel(**{**UNET, "in_channels": in_channels})
    control = diffusers.ControlNetModel(
        **{**SD15, "cross_attention_dim": 16, "conditioning_embedding_out_channels": [8, 16]}
    )
    return randomize(unet), randomize(diffusers.AutoencoderKL(**VAE)), randomize(control)


@pytest.fixture(scope="module", params=[4, 9], ids=["of four channels", "of nine channels"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return ours(request.param, tmp_path_factory.mktemp("tiny"))


def ours(in_channels: int, folder: Path) -> Model:
    unet, vae, control = networks(in_channels)
    bundle: Bundle = replace(
        tiny_bundle(folder),
        unet=Component(UNetConfig.from_dict(dict(unet.config)), params_of(unet, "unet")),
        vae=Component(VAEConfig.from_dict(dict(vae.config)), params_of(vae, "vae")),
        scheduler_config={"_class_name": "DDIMScheduler", **SCHEDULER},
        controlnets={},
    )
    net = ControlNet(
        "canny",
        ControlNetConfig.from_dict(dict(control.config)),
        params_of(control, "controlnet"),
    )
    return Model(bundle, {"canny": net}, slots=1)


@pytest.fixture(autouse=True)
def same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """diffusers starts from our noise, and from the mean of the encoder's latents, as we do."""
    key = jax.random.key(SEED)[None]
    drawn = noise(key, jnp.zeros(1, jnp.int32), (SIDE // CELL, SIDE // CELL, 4))
    for module in (
        "stable_diffusion.pipeline_stable_diffusion_img2img",
        "stable_diffusion.pipeline_stable_diffusion_inpaint",
        "controlnet.pipeline_controlnet_img2img",
        "controlnet.pipeline_controlnet_inpaint",
    ):
        where = f"diffusers.pipelines.{module}.randn_tensor"
        monkeypatch.setattr(where, lambda *_, **__: to_torch(np.asarray(drawn)))
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, *_: self.mean)


def drawing(seed: int) -> Pictures.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return Pictures.fromarray(pixels)


def mask() -> Pictures.Image:
    """White in the middle, and at the edges of latent cells."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[8:20, 10:26] = 255
    return Pictures.fromarray(pixels)


def our_latents(model: Model, request: GenerationRequest) -> np.ndarray:
    job = model.intake.job(request)
    prepared = model.preparation(job)
    slots = model.lane(job.size, prepared)
    image = Image(job, SEED, 0)
    slots.take(prepared, job.start_scales, [image])
    for row in range(len(job.table)):
        slots.tick([(image, row)])
    return np.asarray(slots.latents)[0]


def their_latents(model: Model, request: GenerationRequest) -> np.ndarray:
    job = model.intake.job(request)
    unet, vae, control = networks(model._bundle.unet.config.in_channels)
    scheduler, own = SAMPLERS[job.sampler]
    parts: dict[str, Any] = {
        "vae": vae,
        "text_encoder": None,
        "tokenizer": None,
        "unet": unet,
        "scheduler": getattr(diffusers, scheduler)(**SCHEDULER, **own),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    kind = "Inpaint" if request.mask else "Img2Img"
    asked: dict[str, Any] = {"image": request.init_image, "strength": request.strength}
    if request.mask:
        asked |= {"mask_image": request.mask}
    if request.controls:
        kind = f"ControlNet{kind}"
        parts["controlnet"] = control
        asked["control_image"] = request.controls[0].map
        asked["controlnet_conditioning_scale"] = request.controls[0].scale
    if request.mask or request.controls:
        asked |= {"height": SIDE, "width": SIDE}
    pipeline = getattr(diffusers, f"StableDiffusion{kind}Pipeline")(**parts)
    pipeline.set_progress_bar_config(disable=True)
    text = [
        torch.tensor(np.asarray(model.preparation._states(ids))[0])
        for ids in (job.positive, job.negative)
    ]
    made = pipeline(
        prompt_embeds=text[0],
        negative_prompt_embeds=text[1],
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        output_type="latent",
        **asked,
    )
    return to_numpy(made.images)


def same(model: Model, **fields: Any) -> None:
    start = {"prompt": "a cat", "negative_prompt": "it", "guidance_scale": GUIDANCE}
    request = GenerationRequest(**{**start, "seed": SEED, "init_image": drawing(1), **fields})
    mine, theirs = our_latents(model, request), their_latents(model, request)
    assert np.abs(theirs).max() > 0.5
    np.testing.assert_allclose(mine, theirs, atol=1e-3 * float(np.abs(theirs).max()))


@pytest.mark.parametrize("model", [4], indirect=True, ids=["of four channels"])
@pytest.mark.parametrize("controlled", [False, True], ids=["alone", "with a ControlNet"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_start_image_leads_to_what_diffusers_makes_of_it(
    model: Model, sampler: str, controlled: bool
) -> None:
    """diffusers has none for nine channels."""
    controls = (Control(name="canny", map=drawing(3), scale=0.7),) if controlled else ()
    same(model, sampler=sampler, steps=5, strength=0.7, controls=controls)


@pytest.mark.parametrize(
    ("controlled", "strength"), [(False, 1.0), (True, 0.6)], ids=["alone", "with a ControlNet"]
)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_is_under_a_mask_becomes_what_diffusers_makes_of_it(
    model: Model, sampler: str, controlled: bool, strength: float
) -> None:
    controls = (Control(name="canny", map=drawing(3), scale=0.7),) if controlled else ()
    same(model, sampler=sampler, steps=5, strength=strength, controls=controls, mask=mask())
