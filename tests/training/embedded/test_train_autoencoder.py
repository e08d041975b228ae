"""Training the autoencoder on."""

from pathlib import Path

import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from training.embedded import train_autoencoder


@pytest.mark.slow
def test_a_decoder_goes_on_learning_behind_an_encoder_that_stays(runs: Path) -> None:
    (_, before), (_, after) = (
        train_autoencoder.load(runs / name / "vae") for name in ("autoencoder", "decoder")
    )

    now: dict = flatten_dict({name: after[name] for name in ("encoder", "quant_conv")})
    for path, leaf in flatten_dict(
        {name: before[name] for name in ("encoder", "quant_conv")}
    ).items():
        np.testing.assert_array_equal(now.pop(path), leaf)
    # What is new in the encoder is an attention that adds nothing.
    assert {path[2] for path in now} == {"attentions_0"}
    assert not any(np.any(leaf) for path, leaf in now.items() if "proj_attn" in path)
    kernels = [params["decoder"]["conv_out"]["kernel"] for params in (before, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0
