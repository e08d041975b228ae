"""Large pictures without a seam, and the same whoever else is there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from inference.checkpoints import Component
from inference.devices import Devices
from inference.errors import InvalidRequest, NotFinite
from inference.model import Model
from inference.models.upscaler import SRVGGNetCompact
from inference.pipeline import Pipeline
from inference.png import Recipe
from inference.request import GenerationRequest, Progress, Result
from inference.upscaling import Upscaling, in_tiles
from tests.tiny import tiny_bundle, tiny_upscaler

UPSCALER = tiny_upscaler()
REACH = UPSCALER.config.reach


def network(picture: Any) -> Any:
    model = SRVGGNetCompact(UPSCALER.config)
    return model.apply({"params": UPSCALER.params}, picture[None])[0]  # pyright: ignore


def drawn(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "tile"), [(40, 50, 16), (16, 64, 16), (33, 17, 8), (24, 24, 23)]
)
def test_tiles_leave_no_seam(height: int, width: int, tile: int) -> None:
    picture = jnp.asarray(drawn(height, width), jnp.float32) / 255.0
    whole = network(picture)
    tiled = in_tiles(network, picture, times=4, reach=REACH, tile=tile)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


@pytest.mark.slow
def test_tiles_that_see_too_little_around_them_would_leave_one() -> None:
    picture = jnp.asarray(drawn(40, 40), jnp.float32) / 255.0
    tiled = in_tiles(network, picture, times=4, reach=REACH - 1, tile=16)
    assert np.abs(tiled - network(picture)).max() > 1e-3


@pytest.mark.slow
def test_a_large_picture_takes_no_more_memory_than_its_tiles() -> None:
    def temporary(side: int) -> int:
        def enlarge(picture: Any) -> Any:
            return in_tiles(network, picture, times=4, reach=REACH, tile=64)

        shape = jax.ShapeDtypeStruct((side, side, 3), jnp.float32)
        analysed: Any = jax.jit(enlarge).lower(shape).compile().memory_analysis()
        return analysed.temp_size_in_bytes - 4 * 3 * (4 * side) ** 2

    assert temporary(512) < 2 * temporary(128)


def test_a_picture_is_the_same_alone_and_among_others_and_compiles_once() -> None:
    devices = Devices()
    upscaling = Upscaling(UPSCALER, devices)
    pictures = [drawn(24, 32, seed) for seed in range(5)]
    together = upscaling(pictures)
    assert devices.compilations == 1
    for picture, one in zip(pictures, together, strict=True):
        (alone,) = upscaling([picture])
        np.testing.assert_array_equal(alone.values, one.values)
        assert alone.values.shape == (96, 128, 3)
        assert one.is_finite
    assert devices.compilations == 1


def test_damaged_weights_are_found_out() -> None:
    params = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), UPSCALER.params)
    upscaling = Upscaling(Component(UPSCALER.config, params), Devices())
    assert not upscaling([drawn(8, 8)])[0].is_finite


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Warm, and its pictures four times as large unless they are wanted otherwise."""
    bundle = tiny_bundle(tmp_path_factory.mktemp("tiny"))
    pipeline = Pipeline(Model(replace(bundle, upscaler=UPSCALER), {}))
    pipeline.warm_up()
    return pipeline


def wish(**fields: Any) -> GenerationRequest:
    return GenerationRequest(**{"prompt": "a cat", "steps": 2, "seed": 3, **fields})


def made(pipeline: Pipeline, request: GenerationRequest) -> Result:
    *_, result = pipeline.generate(request)
    assert isinstance(result, Result)
    return result


def pixels(result: Result) -> np.ndarray:
    return np.asarray(result.images[0])


@pytest.mark.slow
def test_a_request_says_how_large_its_pictures_are_and_nothing_is_compiled_for_it(
    pipeline: Pipeline,
) -> None:
    assert pipeline.info.upscales == (1, 2, 4)
    assert pipeline.info.defaults.upscale == 4
    compiled = pipeline._model.devices.compilations
    small, twice, most, default = (made(pipeline, wish(upscale=times)) for times in (1, 2, 4, None))
    assert pipeline._model.devices.compilations == compiled
    assert [result.images[0].size[0] for result in (small, twice, most, default)] == [
        32,
        64,
        128,
        128,
    ]
    assert [result.parameters[0]["upscale"] for result in (small, default)] == [1, 4]
    assert small.parameters[0]["width"] == default.parameters[0]["width"] == 32
    enlarged = np.asarray(network(jnp.asarray(pixels(small), jnp.float32) / 255.0))
    expected = np.clip(np.round(255.0 * enlarged), 0, 255).astype(np.uint8)
    assert np.abs(pixels(most).astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(pixels(default), pixels(most))
    halves = pixels(most).reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(pixels(twice) - halves).max() <= 0.5


@pytest.mark.slow
def test_a_start_image_that_is_kept_is_enlarged_like_any_other(pipeline: Pipeline) -> None:
    start = Image.fromarray(drawn(32, 32))
    kept, small = (
        made(pipeline, wish(init_image=start, strength=0.0, upscale=times)) for times in (2, 1)
    )
    assert (kept.images[0].size, kept.steps) == ((64, 64), 0)
    np.testing.assert_array_equal(pixels(small), drawn(32, 32))


@pytest.mark.slow
def test_previews_stay_small(pipeline: Pipeline) -> None:
    *updates, result = pipeline.generate(wish(preview_every=1))
    previews = [p for update in updates if isinstance(update, Progress) for p in update.previews]
    assert {preview.size for preview in previews} == {(32, 32)}
    assert isinstance(result, Result)
    assert result.images[0].size == (128, 128)


@pytest.mark.slow
def test_a_damaged_upscaler_gives_no_picture(tmp_path: Path) -> None:
    params = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), UPSCALER.params)
    bundle = replace(tiny_bundle(tmp_path), upscaler=Component(UPSCALER.config, params))
    pipeline = Pipeline(Model(bundle, {}))
    with pytest.raises(NotFinite):
        list(pipeline.generate(wish()))
    assert isinstance(list(pipeline.generate(wish(upscale=1)))[-1], Result)


@pytest.mark.slow
def test_a_model_says_how_large_it_goes(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    plain = Model(bundle, {})
    assert plain.info.upscales == (1,)
    with pytest.raises(InvalidRequest, match="upscale must be 1 for this model, which has no"):
        plain.intake.job(wish(upscale=2))
    twice = replace(bundle, upscaler=tiny_upscaler(2))
    assert Model(twice, {}).info.defaults.upscale == 2
    with pytest.raises(InvalidRequest, match="upscale must be 1 or 2 for this model, got 4"):
        Model(twice, {}).intake.job(wish(upscale=4))
    told = Model(replace(twice, generation_config={"upscale": 1}), {})
    assert told.info.defaults.upscale == 1
    assert told.intake.job(wish(upscale=2)).upscale == 2
    for wrong in (4, 3, "large"):
        odd = Model(replace(twice, generation_config={"upscale": wrong}), {})
        assert odd.info.defaults.upscale == 2
        assert any("upscale must be one of" in notice for notice in odd.info.notices)


def test_a_picture_that_says_nothing_of_it_is_made_again_as_it_was_painted() -> None:
    assert Recipe({"prompt": "a cat"}).request().upscale == 1
    assert Recipe({"prompt": "a cat", "upscale": 4}).request().upscale == 4
    assert Recipe({"prompt": "a cat", "upscale": 4}).request(upscale=2).upscale == 2
    with pytest.raises(InvalidRequest, match="upscale must be one of 1, 2, 4"):
        Recipe({"prompt": "a cat", "upscale": 10**9}).request()
