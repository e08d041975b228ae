"""The same picture whoever else is in the batch, and nothing recompiles."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image

from inference.errors import (
    ForeignControlNet,
    InvalidRequest,
    MismatchedTokenizer,
    NotFinite,
)
from inference.model import Model
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Progress, Result
from inference.sampling.catalogue import SAMPLERS
from tests.tiny import tiny_bundle

COMPILED = "/jax/core/compile/backend_compile_duration"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> Pipeline:
    bundle = tiny_bundle(tmp_path_factory.mktemp("tiny"))
    return Pipeline(Model(bundle, bundle.controlnets))


@pytest.fixture
def compilations() -> Iterator[list[str]]:
    """Names of what JAX compiles while a test runs."""
    seen: list[str] = []

    def listen(event: str, _seconds: float, **_: object) -> None:
        if event == COMPILED:
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


def drawing(seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 2, (32, 32, 1), dtype=np.uint8) * 255
    return Image.fromarray(np.repeat(pixels, 3, axis=2))


def part() -> Image.Image:
    """A mask: white within, at the edges of latent cells."""
    mask = Image.new("L", (32, 32))
    mask.paste(255, (12, 8, 24, 16))
    return mask


def control(name: str = "canny", seed: int = 0, **options: float) -> dict:
    return {"name": name, "map": drawing(seed), **options}


def make(pipeline: Pipeline, **fields: object) -> Result:
    *_, result = pipeline.generate(GenerationRequest(**fields))  # pyright: ignore
    assert isinstance(result, Result)
    return result


def difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max())


def rows_of_ticks(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows of the UNet each tick takes from now on."""
    rows: list[int] = []
    networks = pipeline._model._networks
    run = networks.tick

    def tick(state: Any, known: Any, text: Any, told: Any, residuals: Any) -> Any:
        rows.append(told.reading.slot.shape[1])
        return run(state, known, text, told, residuals)

    monkeypatch.setattr(networks, "tick", tick)
    return rows


@pytest.mark.slow
def test_a_request_gives_as_many_pictures_as_it_asks_for(pipeline: Pipeline) -> None:
    result = make(pipeline, prompt="a cat", num_images=2, seed=5)
    assert [image.size for image in result.images] == [(32, 32)] * 2
    assert result.seeds == (5, 6)
    assert [p["seed"] for p in result.parameters] == [5, 6]
    assert difference(result.images[0], result.images[1]) > 8


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "a dog"},
        {"negative_prompt": "a dog"},
        {"seed": 1},
        {"steps": 6},
        {"sampler": "euler_ancestral"},
        {"guidance_scale": 6.0},
        {"guidance_end": 0.5},
        {"zero_snr": False},
        {"controls": (control(scale=0.3),)},
        {"controls": (control(seed=1),)},
        {"controls": (control(end=0.5),)},
        {"controls": (control(start=0.5),)},
        {"controls": (control(), control("hue", seed=2))},
        {"init_image": drawing(3)},
        {"init_image": drawing(3), "mask": part()},
    ],
    ids=lambda change: "-".join(change),
)
def test_every_setting_changes_the_picture(pipeline: Pipeline, change: dict) -> None:
    plain = {"prompt": "a cat", "controls": (control(),)}
    before, after = make(pipeline, **plain), make(pipeline, **{**plain, **change})
    assert difference(before.images[0], after.images[0]) > 1


def test_a_control_of_strength_zero_does_nothing(pipeline: Pipeline) -> None:
    without = make(pipeline, prompt="a cat").images[0]
    assert (
        difference(make(pipeline, prompt="a cat", controls=(control(scale=0),)).images[0], without)
        == 0
    )


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_guidance_of_one_and_below_is_off_alone_and_beside_others(
    pipeline: Pipeline, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = rows_of_ticks(pipeline, monkeypatch)
    alone = make(pipeline, prompt="a cat", guidance_scale=scale)
    assert set(ticks) == {1}, "the batch is not doubled"
    plain = make(pipeline, prompt="a cat", guidance_scale=1.0)
    assert difference(alone.images[0], plain.images[0]) == 0
    assert alone.parameters[0]["guidance_scale"] == scale
    assert difference(alone.images[0], make(pipeline, prompt="a dog").images[0]) > 1
    beside, _ = pipeline.generate_together(
        [
            GenerationRequest(prompt="a cat", guidance_scale=scale),
            GenerationRequest(prompt="a dog", guidance_scale=5.0),
        ]
    )
    assert difference(alone.images[0], beside.images[0]) <= 1


def requests() -> list[GenerationRequest]:
    """Six that differ in everything that a request can say."""
    return [
        GenerationRequest(prompt="a cat", seed=1),
        GenerationRequest(prompt="a dog", seed=2, sampler="unipc", steps=6, controls=(control(),)),  # pyright: ignore
        GenerationRequest(prompt="", seed=3, sampler="ddpm", steps=3, guidance_scale=7.0),
        GenerationRequest(prompt="it", seed=4, sampler="heun", init_image=drawing(4), strength=0.6),
        GenerationRequest(
            prompt="it", seed=6, sampler="unipc", init_image=drawing(4), mask=part(), strength=1.0
        ),
        GenerationRequest(
            prompt="a hat",
            seed=5,
            sampler="dpmpp_2m_sde",
            controls=(control("hue", end=0.5), control(scale=0.4, seed=9)),  # pyright: ignore
        ),
    ]


@pytest.mark.slow
def test_an_image_is_the_same_alone_and_in_a_batch_of_six(pipeline: Pipeline) -> None:
    together = pipeline.generate_together(requests())
    for request, beside in zip(requests(), together, strict=True):
        *_, alone = pipeline.generate(request)
        assert isinstance(alone, Result)
        assert difference(alone.images[0], beside.images[0]) <= 1


def test_an_image_of_a_series_can_be_made_again_alone(pipeline: Pipeline) -> None:
    series = make(pipeline, prompt="a cat", seed=10, num_images=2)
    again = make(pipeline, prompt="a cat", seed=11)
    assert difference(series.images[1], again.images[0]) <= 1


@pytest.mark.slow
def test_after_warming_up_no_setting_compiles_anything(
    pipeline: Pipeline, compilations: list[str]
) -> None:
    pipeline.warm_up()
    compilations.clear()
    for index, sampler in enumerate(SAMPLERS):
        make(
            pipeline,
            prompt=f"a cat number {index}",
            negative_prompt="a dog" * index,
            seed=index,
            sampler=sampler,
            steps=2 + index,
            guidance_scale=1.0 + index,
            controls=(control(scale=0.1 * index, start=0.1, end=0.9),),
            preview_every=1,
        )
    make(pipeline, init_image=drawing(1), strength=0.5, guidance_scale=0.0)
    make(pipeline, init_image=drawing(1), mask=part(), strength=0.7)
    make(pipeline, sampler="euler", karras=True, zero_snr=False)
    assert compilations == []


@pytest.mark.slow
def test_after_warming_up_for_two_pictures_no_two_pictures_compile_anything(
    pipeline: Pipeline, compilations: list[str]
) -> None:
    pipeline.warm_up()
    for rows in pipeline.warm_up_series():
        if rows > 4:
            break
    compilations.clear()
    for controls in ((), (control(),), (control("hue"), control())):
        for guidance_scale in (1.0, 4.0):
            result = make(
                pipeline, num_images=2, guidance_scale=guidance_scale, controls=controls, steps=2
            )
            assert len(result.images) == 2
    assert compilations == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheduler", "sampler", "words"),
    [
        ({"_class_name": "DEISMultistepScheduler"}, "dpmpp_2m", "came with DEISMultistepScheduler"),
        ({"_class_name": "PNDMScheduler", "skip_prk_steps": False}, "pndm", "skip_prk_steps false"),
        ({"clip_sample": True}, "ddim", "clip_sample true"),
        (
            {"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "deis"},
            "dpmpp_2m",
            'algorithm_type "deis"',
        ),
        ({"_class_name": "KDPM2AncestralDiscreteScheduler"}, "euler_ancestral", "the nearest"),
        ({"prediction_type": "epsilon"}, "ddim", ""),
    ],
)
def test_a_model_with_any_scheduler_makes_its_default_picture_and_says_what_it_does(
    tmp_path, scheduler: dict, sampler: str, words: str
) -> None:
    bundle = tiny_bundle(tmp_path)
    config = {**bundle.scheduler_config, **scheduler}
    odd = replace(bundle, scheduler_config=config, generation_config={"steps": 2})
    pipeline = Pipeline(Model(odd, {}))
    assert [words in notice for notice in pipeline.info.notices] == [True] * bool(words)
    result = make(pipeline)
    assert result.sampler == sampler
    assert result.notices == ()


def test_the_parameters_say_all_that_it_takes_to_space_the_steps_again(pipeline: Pipeline) -> None:
    fields = {"prompt": "a cat", "sampler": "euler", "steps": 3}
    plain, spaced = make(pipeline, **fields), make(pipeline, **fields, karras=True, zero_snr=False)
    assert {**plain.parameters[0]}.items() >= {"karras": False, "zero_snr": True}.items()
    assert {**spaced.parameters[0]}.items() >= {"karras": True, "zero_snr": False}.items()
    keys = ("prompt", "seed", "steps", "sampler", "guidance_scale", "karras", "zero_snr")
    again = make(pipeline, **{key: spaced.parameters[0][key] for key in keys})
    assert difference(again.images[0], spaced.images[0]) == 0
    assert difference(again.images[0], plain.images[0]) > 1


def test_a_part_of_the_steps_that_guidance_acts_on_is_told_and_repeated(pipeline: Pipeline) -> None:
    part = make(pipeline, prompt="a cat", guidance_start=0.25, guidance_end=0.75)
    told = part.parameters[0]
    assert (told["guidance_start"], told["guidance_end"]) == (0.25, 0.75)
    whole = make(pipeline, prompt="a cat")
    assert "guidance_start" not in whole.parameters[0]
    assert difference(part.images[0], whole.images[0]) > 1


def test_karras_spacing_is_refused_for_a_sampler_that_has_none(pipeline: Pipeline) -> None:
    with pytest.raises(InvalidRequest, match="Karras spacing must be asked of") as caught:
        next(pipeline.generate(GenerationRequest(sampler="ddim", karras=True)))
    assert caught.value.field == "karras spacing"


def test_a_negative_prompt_that_is_not_read_is_said_to_be(pipeline: Pipeline) -> None:
    unread = make(pipeline, prompt="a cat", negative_prompt="a dog", guidance_scale=0.0)
    assert ["guidance is off" in notice for notice in unread.notices] == [True]
    assert make(pipeline, negative_prompt="a dog", guidance_scale=1.5).notices == ()
    assert make(pipeline, negative_prompt=" ", guidance_scale=0.0).notices == ()


def test_a_strength_of_zero_keeps_the_start_image(pipeline: Pipeline) -> None:
    result = make(pipeline, init_image=drawing(), strength=0.0, num_images=2, seed=7)
    assert [difference(image, drawing()) for image in result.images] == [0, 0]
    assert (result.seeds, result.steps) == ((7, 8), 0)
    assert result.parameters[0]["strength"] == 0.0
    kept, made = pipeline.generate_together(
        [GenerationRequest(init_image=drawing(), strength=0.0), GenerationRequest(prompt="a cat")]
    )
    assert difference(kept.images[0], drawing()) == 0
    assert difference(made.images[0], make(pipeline, prompt="a cat").images[0]) <= 1


def test_outside_its_mask_a_picture_stays_as_it_was_to_the_byte(pipeline: Pipeline) -> None:
    fields = {"init_image": drawing(1), "mask": part(), "strength": 1.0, "seed": 3, "num_images": 2}
    first, second = (np.asarray(image, int) for image in make(pipeline, **fields).images)
    before = np.asarray(drawing(1), int)
    anew = np.asarray(part()) > 0
    near = np.zeros_like(anew)
    near[6:18, 10:26] = True  # a latent cell around it
    for picture in (first, second):
        assert (picture == before)[~near].all()
        assert np.abs(picture - before)[anew].mean() > 8
    assert np.abs(first - second)[anew].max() > 8


def test_a_picture_that_is_started_from_twice_is_encoded_once(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[object] = []
    networks = pipeline._model._networks
    run = networks.encode_image
    monkeypatch.setattr(networks, "encode_image", lambda *a: encoded.append(a) or run(*a))
    for seed, start in ((1, 21), (2, 21), (3, 22)):
        make(pipeline, init_image=drawing(start), seed=seed, steps=2)
    assert len(encoded) == 2


@pytest.mark.slow
@pytest.mark.parametrize("garbage", [np.inf, np.nan])
def test_a_damaged_controlnet_fails_its_own_request_and_no_other(tmp_path, garbage: float) -> None:
    bundle = tiny_bundle(tmp_path)
    whole = bundle.controlnets["canny"]
    damaged = replace(whole, params=jax.tree.map(lambda a: np.full_like(a, garbage), whole.params))
    pipeline = Pipeline(Model(bundle, {"canny": whole, "broken": damaged}))
    alone = make(pipeline, prompt="a cat", controls=(control(),))
    beside, broken, plain = pipeline.generate_together(
        [
            GenerationRequest(prompt="a cat", controls=(control(),)),  # pyright: ignore
            GenerationRequest(prompt="a dog", controls=(control("broken"),)),  # pyright: ignore
            GenerationRequest(prompt="a hat", guidance_scale=0.0),
        ]
    )
    assert difference(alone.images[0], beside.images[0]) <= 1
    assert isinstance(plain, Result)
    assert isinstance(broken, NotFinite)
    with pytest.raises(NotFinite, match="got infinity or NaN after 4 steps; lower the guidance"):
        make(pipeline, prompt="a dog", controls=(control("broken"),), preview_every=1)
    assert pipeline.warm_up() >= 0.0, "the others are made ready all the same"


@pytest.mark.slow
def test_weights_that_are_no_numbers_fail_the_request_and_are_never_a_black_picture(
    tmp_path,
) -> None:
    bundle = tiny_bundle(tmp_path)
    params = jax.tree.map(lambda a: np.full_like(a, np.nan), bundle.vae.params)
    pipeline = Pipeline(Model(replace(bundle, vae=replace(bundle.vae, params=params)), {}))
    with pytest.raises(NotFinite, match="these may be damaged"):
        make(pipeline, prompt="a cat", steps=1)


@pytest.mark.slow
def test_a_token_beyond_the_text_encoder_is_refused_when_the_model_is_loaded(tmp_path) -> None:
    bundle = tiny_bundle(tmp_path)
    small = replace(bundle.text_encoder.config, vocab_size=100)
    odd = replace(bundle, text_encoder=replace(bundle.text_encoder, config=small))
    with pytest.raises(MismatchedTokenizer, match="token ids below 100"):
        Model(odd, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "defaults", "words"),
    [
        ({"steps": None, "sampler": None, "guidance_scale": None}, ("ddim", 20, 7.5), []),
        ({"steps": "many"}, ("ddim", 20, 7.5), ["steps must be a whole number"]),
        ({"guidance_scale": "7"}, ("ddim", 20, 7.5), ["guidance scale must be a number"]),
        ({"steps": 0, "sampler": 7}, ("ddim", 20, 7.5), ["sampler must be one", "steps must be"]),
        ({"sampler": "magic", "steps": 5}, ("ddim", 5, 7.5), ["sampler must be one of"]),
        ({"sampler": "euler", "guidance_scale": 0.0}, ("euler", 20, 0.0), []),
    ],
)
def test_recommended_settings_that_cannot_be_are_told_and_replaced(
    tmp_path, given: dict, defaults: tuple, words: list[str]
) -> None:
    bundle = replace(tiny_bundle(tmp_path), generation_config=given)
    info = Model(bundle, {}).info
    assert (info.defaults.sampler, info.defaults.steps, info.defaults.guidance_scale) == defaults
    assert len(info.notices) == len(words)
    for notice, part in zip(info.notices, words, strict=True):
        assert notice.startswith(f"generation_config.json: {part}")


def test_progress_counts_every_step_and_carries_previews(pipeline: Pipeline) -> None:
    updates = list(pipeline.generate(GenerationRequest(steps=5, preview_every=2, num_images=2)))
    steps = [update for update in updates if isinstance(update, Progress)]
    assert [update.step for update in steps] == [1, 2, 3, 4, 5]
    assert [len(update.previews) for update in steps] == [0, 2, 0, 2, 0]
    assert all(update.seconds_left is not None for update in steps)
    assert steps[-1].seconds_left == 0.0
    assert isinstance(updates[-1], Result)


@pytest.mark.parametrize("sampler", ["heun", "pndm"])
def test_a_sampler_that_evaluates_twice_still_counts_its_steps(
    pipeline: Pipeline, sampler: str
) -> None:
    updates = list(pipeline.generate(GenerationRequest(steps=4, sampler=sampler)))
    assert [u.step for u in updates if isinstance(u, Progress)] == [1, 2, 3, 4]


def test_closing_the_generator_stops_the_work(pipeline: Pipeline, monkeypatch) -> None:
    ticks = rows_of_ticks(pipeline, monkeypatch)
    run = pipeline.generate(GenerationRequest(steps=50))
    next(run)
    run.close()
    assert len(ticks) == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"sampler": "magic"}, "sampler", "got 'magic'"),
        ({"controls": (control("depth"),)}, "control", "one of canny, hue, got 'depth'"),
        ({"controls": (control(), control())}, "control", "named once"),
        ({"width": 33}, "width", "a multiple of 4 up to 64 for this model, got 33"),
        ({"height": 6400}, "height", "got 6400"),
        ({"init_image": drawing(), "strength": 0.1}, "strength", "raise the strength or the steps"),
    ],
)
def test_what_the_model_cannot_do_is_refused_before_the_first_update(
    pipeline: Pipeline, fields: dict, field: str, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        next(pipeline.generate(GenerationRequest(**fields)))
    assert caught.value.field == field


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cross_attention_dim", 24),
        ("block_out_channels", (16, 48)),
        ("layers_per_block", 2),
        ("conditioning_embedding_out_channels", (8, 16, 32)),
    ],
)
def test_a_controlnet_of_another_base_is_refused_before_anything_runs(
    tmp_path, field: str, value: object
) -> None:
    bundle = tiny_bundle(tmp_path)
    canny = bundle.controlnets["canny"]
    foreign = replace(canny, config=replace(canny.config, **{field: value}))  # pyright: ignore
    with pytest.raises(ForeignControlNet, match="canny must fit tiny, with"):
        Model(bundle, {"canny": foreign})


def test_words_that_the_tokenizer_cut_are_said(pipeline: Pipeline) -> None:
    result = make(pipeline, prompt="abcdefghij and this is cut")
    assert len(result.notices) == 1
    assert "“and this is cut”" in result.notices[0]
    assert make(pipeline, prompt="short").notices == ()


@pytest.mark.slow
def test_another_size_is_compiled_once_and_its_compilation_told_apart(pipeline: Pipeline) -> None:
    first, second = (make(pipeline, width=48, height=24, steps=1) for _ in range(2))
    assert first.images[0].size == (48, 24)
    assert first.compile_seconds > first.seconds
    assert second.compile_seconds == 0.0
