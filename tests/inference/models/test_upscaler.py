import jax.numpy as jnp
import numpy as np
import pytest
import torch
from spandrel.architectures.Compact import Compact

from inference.errors import UnsupportedConfig
from inference.models.upscaler import enlarge, pixel_shuffle
from inference.models.upscaler_config import UpscalerConfig
from tests.inference.models.reference import (
    apply,
    assert_equal,
    draw,
    params_of,
    randomize,
    to_numpy,
    to_torch,
)


@pytest.mark.parametrize("upscale", [2, 4])
def test_an_upscaler_equals_spandrel_s(upscale: int) -> None:
    theirs = randomize(Compact(num_feat=16, num_conv=3, upscale=upscale))
    config = UpscalerConfig(num_feat=16, num_conv=3, upscale=upscale)
    images = 0.5 + 0.2 * draw(2, 9, 14, 3)
    ours = apply(config, params_of(theirs, "upscaler"), images)
    with torch.no_grad():
        expected = to_numpy(theirs(to_torch(images)))
    assert ours.shape == (2, upscale * 9, upscale * 14, 3)
    assert_equal(ours, expected)
    assert (
        np.abs(np.asarray(ours) - np.repeat(np.repeat(images, upscale, 1), upscale, 2)).max() > 0.1
    )


def test_channels_become_pixels_in_pytorch_s_order() -> None:
    cells = draw(2, 3, 5, 12)
    expected = torch.nn.functional.pixel_shuffle(to_torch(cells), 2)
    np.testing.assert_array_equal(pixel_shuffle(jnp.asarray(cells), 2), to_numpy(expected))
    assert enlarge(jnp.asarray(cells), 3).shape == (2, 9, 15, 12)


@pytest.mark.parametrize(
    "fields",
    [{"act_type": "relu"}, {"upscale": 3}, {"num_in_ch": 1}, {"num_feat": 0}, {"norm": True}],
)
def test_another_network_is_refused_in_words_about_upscalers(fields: dict) -> None:
    with pytest.raises(UnsupportedConfig, match="choose an upscaler with Real-ESRGAN's compact"):
        UpscalerConfig.from_dict(fields)
