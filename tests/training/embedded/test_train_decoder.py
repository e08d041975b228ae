"""What the decoder is shown, and what it is told of it."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_bundle
from inference.models.vae import AutoencoderKL
from inference.models.vae_config import VAEConfig
from training.data import dataset
from training.data.choices import siblings
from training.data.dataset import originals_of
from training.embedded import draws, train_autoencoder, train_decoder
from training.embedded.painter import levels, load_controlnets
from training.embedded.plans import PLANS
from training.embedded.train_decoder import (
    BEGINNINGS,
    BEGINNINGS_UNLED,
    EXACT,
    KNOWN,
    LED,
    Batch,
    Store,
)
from training.loop import base

NAMES = ("canny", "palette", "scribble")
CONFIG = train_decoder.Config(
    Path("icons"), Path("base"), {name: Path(name) for name in NAMES}, Path("out"), batch_size=48
)


def batches(count: int) -> list[Batch]:
    """Of four drawings with three copies each."""
    nothing = jnp.zeros(0)
    store = Store(nothing, nothing, nothing, nothing, dict.fromkeys(NAMES, nothing), {})
    copies = siblings([f"drawing {row // 3}" for row in range(12)])
    originals = np.arange(0, 12, 3)
    return [
        train_decoder.get_batch(store, originals, copies, CONFIG, step) for step in range(count)
    ]


def test_painting_begins_at_one_of_the_few_steps() -> None:
    for shares in (BEGINNINGS, BEGINNINGS_UNLED):
        assert len(shares) == len(levels()) == len(KNOWN)
        assert sum(shares) == pytest.approx(1.0)


def test_lines_that_alone_say_where_edges_are_have_no_accidents_and_others_may() -> None:
    for batch in batches(4):
        begun, versions = np.asarray(batch.beginnings), np.asarray(batch.versions)

        painted = versions[: len(begun)]
        assert (painted[begun < LED] == EXACT).all()
        assert (painted[begun >= LED] >= 0).all()
        assert painted.max() < CONFIG.versions


def test_of_words_alone_nothing_is_painted_from_pure_noise() -> None:
    parts = draws.counts(32, NAMES, train_decoder.SEGMENTS)
    lined = np.repeat(
        [bool({"canny", "scribble"} & set(names)) for names, _ in parts],
        [count for _, count in parts],
    )
    begun = np.stack([batch.beginnings for batch in batches(20)])

    assert begun[:, ~lined].min() == 1
    assert begun[:, lined].min() == 0


def test_each_picture_is_a_copy_of_the_drawing_whose_lines_it_has() -> None:
    rows, lines = (
        np.concatenate([np.asarray(getattr(batch, name)) for batch in batches(4)])
        for name in ("rows", "lines")
    )

    np.testing.assert_array_equal(rows // 3, lines)
    assert set(rows % 3) == {0, 1, 2}


def test_a_picture_is_called_what_it_looks_like_or_flat_or_nothing() -> None:
    marked, flattened = (
        np.concatenate([np.asarray(getattr(batch, name)) for batch in batches(40)])
        for name in ("marked", "flattened")
    )

    assert (marked + flattened).max() == 1.0
    assert marked.mean() == pytest.approx(train_decoder.AS_IT_LOOKS, abs=0.05)
    assert flattened.mean() == pytest.approx(train_decoder.FLATTENED, abs=0.05)


def test_every_plan_has_room_for_all_controlnets_and_for_words_alone() -> None:
    for plan in PLANS.values():
        painted = train_decoder.painted_of(plan.decoder_batch_size)
        parts = draws.counts(painted, NAMES, train_decoder.SEGMENTS)

        assert sum(count for _, count in parts) == painted < plan.decoder_batch_size
        assert min(count for _, count in parts) >= 1


@pytest.mark.slow
def test_an_area_may_be_made_even_where_its_colour_is_kept_widely() -> None:
    stained = jnp.asarray(np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((8, 8))))
    stained = jnp.broadcast_to(stained[None, :, :, None], (1, 64, 64, 3))
    even, paler = jnp.full_like(stained, 0.5), jnp.full_like(stained, 0.7)

    assert train_decoder.strayed_colours(stained, even, cell=8)[0] > 0.5
    assert train_decoder.strayed_colours(stained, even, cell=32)[0] == pytest.approx(0.0, abs=1e-6)
    assert train_decoder.strayed_colours(stained, paler, cell=32)[0] > 0.1


@pytest.mark.slow
def test_an_attention_that_is_new_changes_nothing_at_first() -> None:
    config = VAEConfig(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=16,
        mid_block_add_attention=False,
    )
    plain = AutoencoderKL(config)
    params = plain.init_params(jax.random.key(0))
    latents = jax.random.normal(jax.random.key(1), (2, 8, 8, 4))

    vae, wider = train_decoder.with_attention(plain, params)

    before: Any = plain.apply({"params": params}, latents, method="decode")
    after: Any = vae.apply({"params": wider}, latents, method="decode")
    np.testing.assert_allclose(after, before, atol=1e-5)
    assert "attentions_0" in wider["decoder"]["mid_block"]
    assert train_decoder.with_attention(vae, wider) == (vae, wider)


@pytest.mark.slow
def test_the_trained_decoder_has_an_attention_that_loads(runs: Path) -> None:
    _, params = train_autoencoder.load(runs / "decoder" / "vae")

    proj = params["decoder"]["mid_block"]["attentions_0"]["proj_attn"]["kernel"]
    assert np.abs(proj).max() > 0
    assert load_bundle(runs / "base" / "model").vae.config.mid_block_add_attention is False


@pytest.mark.slow
def test_where_colours_cannot_be_known_each_cell_keeps_the_colour_it_had(runs: Path) -> None:
    config = train_decoder.Config(
        runs / "icons",
        runs / "base" / "model",
        {name: runs / name / "model" for name in ("canny", "palette")},
        runs / "unused",
        latents=runs / "autoencoder",
        versions=2,
    )
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    models, controlnets = load_controlnets(config.controlnets)
    decoder = {name: frozen.params["vae"][name] for name in train_decoder.DECODER}
    store = train_decoder.load_store(config, data, frozen, controlnets)
    store = store._replace(frozen={**store.frozen, "vae": decoder})
    originals, copies = np.asarray(originals_of(data)), siblings(data.sources)
    batch = train_decoder.get_batch(store, originals, copies, config, 0)
    nothing = jnp.zeros_like(batch.marked)
    batch = batch._replace(
        beginnings=jnp.zeros_like(batch.beginnings), marked=nothing, flattened=nothing
    )
    loss = jax.jit(train_decoder.make_loss(frozen, models, config))
    redder = jax.tree.map(lambda leaf: leaf, decoder)
    redder["decoder"]["conv_out"]["bias"] = np.asarray([0.3, 0.0, 0.0], np.float32)

    same, other = (loss(params, batch, jax.random.key(0))[1] for params in (decoder, redder))

    assert same["colours"] == pytest.approx(0.0, abs=1e-4)
    assert other["colours"] > 0.1
