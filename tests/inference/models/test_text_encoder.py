import numpy as np
import pytest
import torch
import transformers

from inference.models.clip_config import TextEncoderConfig
from tests.inference.models.reference import apply, assert_equal, params_of, randomize

SMALL = {
    "vocab_size": 99,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 20,
    "bos_token_id": 0,
    "eos_token_id": 98,
    "pad_token_id": 98,
}


def _pair(hidden_act: str):
    config = transformers.CLIPTextConfig(**SMALL, hidden_act=hidden_act)
    theirs = randomize(transformers.CLIPTextModel(config))
    return theirs, TextEncoderConfig.from_dict(config.to_dict()), params_of(theirs, "text_encoder")


def _ids() -> np.ndarray:
    return np.random.default_rng(0).integers(1, 98, (2, 20)).astype(np.int32)


@pytest.mark.parametrize("hidden_act", ["quick_gelu", "gelu"])
def test_a_text_encoder_equals_transformers(hidden_act):
    theirs, config, params = _pair(hidden_act)
    ids = _ids()
    with torch.no_grad():
        expected = theirs(torch.tensor(ids).long()).last_hidden_state
    assert_equal(apply(config, params, ids), expected.numpy())


@pytest.mark.slow
def test_the_penultimate_layer_passes_the_final_norm_too():
    theirs, config, params = _pair("gelu")
    ids = _ids()
    norm = dict(theirs.named_modules())
    final = next(module for name, module in norm.items() if name.endswith("final_layer_norm"))
    with torch.no_grad():
        states = theirs(torch.tensor(ids).long(), output_hidden_states=True).hidden_states
        expected = final(states[-2])
    assert_equal(apply(config, params, ids, skip_layers=1), expected.numpy())


@pytest.mark.slow
def test_a_token_sees_none_after_it():
    _, config, params = _pair("gelu")
    ids = _ids()
    other = ids.copy()
    other[:, 10:] = 1
    ours, changed = apply(config, params, ids), apply(config, params, other)
    np.testing.assert_allclose(ours[:, :10], changed[:, :10], atol=1e-6)
    assert np.abs(ours[:, 10:] - changed[:, 10:]).max() > 0.1
