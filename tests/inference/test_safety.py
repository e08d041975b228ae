"""What a model's safety checker takes for unfit is withheld, and nothing shows it before."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from flax.serialization import msgpack_serialize

from inference.checkpoints import Component, load_bundle
from inference.cli import main
from inference.errors import UnsafeWeights
from inference.model import Model
from inference.models.clip_config import SafetyCheckerConfig
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Progress, Result
from inference.serving.engine import SlotEngine
from tests.inference.checkpoints.conftest import flax_model
from tests.inference.models.reference import params_of, randomize
from tests.tiny import tiny_bundle

__all__ = ["flax_model"]

VISION = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}


@pytest.fixture(scope="module")
def theirs() -> Any:
    config = transformers.CLIPConfig(projection_dim=8, vision_config=VISION)
    return randomize(StableDiffusionSafetyChecker(config))


@pytest.fixture(scope="module")
def checker(theirs) -> Callable[[float], Component[SafetyCheckerConfig]]:
    config = SafetyCheckerConfig.from_dict(theirs.config.to_dict())
    params = params_of(theirs, "safety_checker")

    def of(threshold: float) -> Component[SafetyCheckerConfig]:
        weights = {
            "concept_embeds_weights": np.full(17, threshold, np.float32),
            "special_care_embeds_weights": np.full(3, 1.5, np.float32),
        }
        return Component(config, {**params, **weights})

    return of


def wish(**fields: Any) -> GenerationRequest:
    return GenerationRequest(**{"prompt": "a cat", "steps": 2, "seed": 3, **fields})


def last(updates) -> Result:
    *_, result = updates
    assert isinstance(result, Result)
    return result


def is_blank(picture: Any) -> bool:
    return not np.asarray(picture).any()


@pytest.mark.slow
def test_of_several_pictures_those_are_withheld_that_it_finds(
    tmp_path: Path, checker: Callable[[float], Component[SafetyCheckerConfig]]
) -> None:
    bundle = tiny_bundle(tmp_path)
    plain = last(Pipeline(Model(bundle, {})).generate(wish(num_images=3)))
    wary = Pipeline(Model(replace(bundle, safety_checker=checker(2.0)), {}))
    shown = last(wary.generate(wish(num_images=3)))
    for mine, theirs in zip(shown.images, plain.images, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
    assert shown.notices == plain.notices

    model = Model(replace(bundle, safety_checker=checker(-2.0)), {})
    looks: list[bool] = [False, True, False]
    model._check = lambda pictures: looks[: len(pictures)]  # type: ignore[assignment]
    updates = list(Pipeline(model).generate(wish(num_images=3, preview_every=1)))
    some = last(updates)
    assert [is_blank(picture) for picture in some.images] == looks
    assert some.notices[-1].startswith("picture 2 of 3 is withheld")
    assert not any(update.previews for update in updates if isinstance(update, Progress))


@pytest.mark.slow
def test_in_the_engine_as_alone(
    tmp_path: Path, checker: Callable[[float], Component[SafetyCheckerConfig]]
) -> None:
    model = Model(replace(tiny_bundle(tmp_path), safety_checker=checker(-2.0)), {})
    alone = last(Pipeline(model).generate(wish()))
    engine = SlotEngine(model)
    engine.start()
    try:
        updates = list(engine.generate(wish(preview_every=1)))
    finally:
        engine.stop()
    result = last(updates)
    assert is_blank(alone.images[0])
    assert is_blank(result.images[0])
    assert result.notices[-1].startswith("the picture is withheld: the model's safety checker")
    assert not any(update.previews for update in updates if isinstance(update, Progress))


def beside(folder: Path, theirs: Any, layout: str) -> Path:
    """`folder` with a safety checker as diffusers, or the old Flax code, saves it."""
    own = folder / "safety_checker"
    theirs.save_pretrained(own)
    if layout == "flax":
        tree = _numpy(params_of(theirs, "safety_checker"))
        (own / "flax_model.msgpack").write_bytes(msgpack_serialize(tree))
        (own / "model.safetensors").unlink()
    if layout == "pickled":
        (own / "model.safetensors").unlink()
        torch.save({}, own / "pytorch_model.bin")
    index = json.loads((folder / "model_index.json").read_text())
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def _numpy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _numpy(child) for name, child in tree.items()}
    return np.asarray(tree)


@pytest.mark.parametrize("layout", ["flax", "torch"])
def test_it_comes_along_with_its_model_with_all_its_digits(
    flax_model: Path, theirs, layout: str
) -> None:
    bundle = load_bundle(beside(flax_model, theirs, layout), dtype=np.float16)
    assert bundle.notices == ()
    assert bundle.safety_checker is not None
    leaf = bundle.safety_checker.params["concept_embeds"]
    np.testing.assert_array_equal(leaf, theirs.concept_embeds.detach().numpy())
    without = load_bundle(flax_model, with_safety_checker=False)
    assert without.safety_checker is None
    assert "nothing looks at what pictures show" in without.notices[0]


def test_one_that_could_run_code_is_refused_with_both_ways_out(flax_model: Path, theirs) -> None:
    beside(flax_model, theirs, "pickled")
    with pytest.raises(UnsafeWeights, match=r"convert, or go without it \(--no-safety-checker\)"):
        load_bundle(flax_model)
    assert load_bundle(flax_model, with_safety_checker=False).safety_checker is None


@pytest.mark.slow
def test_the_command_line_goes_without_it_where_that_is_asked_for(
    flax_model: Path, theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside(flax_model, theirs, "pickled")
    line = ["generate", "a b", "--model", str(flax_model), "--steps", "1"]
    line += ["--out", str(tmp_path / "one.png")]
    assert main(line) == 2
    assert "--no-safety-checker" in capsys.readouterr().err
    assert main([*line, "--no-safety-checker"]) == 0
