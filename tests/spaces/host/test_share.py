"""A team's part of an engine that many share."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from inference.errors import CheckpointNotFound, InvalidRequest
from inference.request import Control, GenerationRequest, Result
from spaces.host.listing import Defaults, Limits, read_listing
from spaces.host.share import SharedEngine, shared_engine
from tests.fake_engine import FakeEngine
from tests.spaces.host.listed import demo, written

MAP = Image.new("RGB", (64, 64))
THREE = ("canny", "cats.canny", "dogs.canny")


def result(engine: SharedEngine, **asked: object) -> Result:
    *_, last = engine.generate(GenerationRequest.model_validate(asked))
    assert isinstance(last, Result)
    return last


def test_a_demo_knows_its_own_controlnets_by_its_own_names() -> None:
    painter = FakeEngine(controls=THREE)
    cats = SharedEngine(painter, controls={"canny": "cats.canny"})
    assert cats.info.controls == ("canny",)
    done = result(cats, prompt="a cat", controls=(Control(name="canny", map=MAP),))
    assert [control.name for control in painter.requests[0].controls] == ["cats.canny"]
    assert [told["name"] for told in done.parameters[0]["controls"]] == ["canny"]
    for name in ("cats.canny", "dogs.canny"):
        with pytest.raises(InvalidRequest, match="control must be one of canny, got"):
            result(cats, prompt="a cat", controls=(Control(name=name, map=MAP),))


def test_a_demo_s_defaults_are_what_it_does_when_it_is_not_told() -> None:
    painter = FakeEngine()
    share = SharedEngine(painter, controls={}, defaults=Defaults(steps=3, sampler="euler"))
    assert (share.info.defaults.steps, share.info.defaults.sampler) == (3, "euler")
    result(share, prompt="a cat")
    asked = painter.requests[0]
    assert (asked.steps, asked.sampler, asked.guidance_scale) == (3, "euler", 3.0)


def test_what_is_beyond_a_demo_s_limits_is_refused_before_the_engine_hears_of_it() -> None:
    painter = FakeEngine()
    share = SharedEngine(painter, controls={}, limits=Limits(steps=5, num_images=2))
    assert share.info.defaults.steps == 5, "the model's own default is six"
    assert set(share.info.most_steps.values()) == {5}
    result(share, prompt="a cat")
    with pytest.raises(InvalidRequest, match="steps must be at most 5 in this demo, got 6"):
        result(share, prompt="a cat", steps=6)
    with pytest.raises(InvalidRequest, match="number of images must be at most 2"):
        result(share, prompt="a cat", num_images=3)
    assert len(painter.requests) == 1


def test_who_leaves_ends_the_engine_s_work_too() -> None:
    painter = FakeEngine()
    updates = SharedEngine(painter, controls={}).generate(GenerationRequest(prompt="a cat"))
    next(updates)
    updates.close()
    assert painter.cancelled == 1


def test_a_controlnet_that_could_not_be_loaded_is_that_demo_s_matter(tmp_path: Path) -> None:
    entry = demo(controlnets={"canny": "owner/lines"})
    listing = read_listing(written(tmp_path, {"cats": entry, "dogs": demo()}))
    cats, dogs = listing.demos.values()
    painter = FakeEngine()
    error = CheckpointNotFound("there is no owner/lines")
    with pytest.raises(CheckpointNotFound, match="there is no owner/lines"):
        shared_engine(painter, "cats", cats, refused={"cats.canny": error})
    with pytest.raises(CheckpointNotFound, match=r"--controlnet cats\.canny=owner/lines"):
        shared_engine(painter, "cats", cats, refused={})
    assert shared_engine(painter, "dogs", dogs, refused={}).info.controls == ("canny",)


def test_a_sampler_that_the_model_lacks_is_told(tmp_path: Path) -> None:
    entry = demo(defaults={"sampler": "magic"})
    listing = read_listing(written(tmp_path, {"cats": entry}))
    with pytest.raises(InvalidRequest, match=r"defaults\.sampler must be one of dpmpp_2m"):
        shared_engine(FakeEngine(), "cats", listing.demos["cats"], refused={})


def test_whether_the_engine_is_warm_is_passed_on() -> None:
    class Cold(FakeEngine):
        is_warm = False

    assert SharedEngine(FakeEngine(), controls={}).is_warm
    assert not SharedEngine(Cold(), controls={}).is_warm


def test_a_model_s_own_facts_stay_what_they_are() -> None:
    info = FakeEngine().info
    share = SharedEngine(FakeEngine(), controls={"canny": "canny"})
    bare = replace(share.info, most_steps={})
    assert bare == replace(info, most_steps={})
