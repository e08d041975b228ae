"""What the page's events do: each handler turns fields into values for the widgets."""

import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import anyio
import gradio as gr
from gradio.data_classes import FileData

from inference.annotators import annotator
from inference.engine import Engine
from inference.errors import InferenceError, InvalidImage
from inference.png import read_parameters
from inference.request import GenerationRequest, Progress, Result
from spaces import asking, wording
from spaces.config import DemoConfig, Example
from spaces.pictures import data_uri, enlarged, saved
from spaces.values import MapValue, PictureValue, Shown, StageValue
from spaces.warming import WarmingEngine

log = logging.getLogger(__name__)

BROKEN = "The picture could not be made, because something broke on this side; try once more."


@dataclass(frozen=True)
class Form:
    """The page's fields, in the order in which the page hands them over."""

    picture: PictureValue | None
    prompt: str
    negative_prompt: str
    seed: float | None
    new_seed: bool
    num_images: float
    steps: float
    sampler: str
    guidance_scale: float
    karras: str
    zero_snr: str
    control_scale: float
    control_start: float
    control_end: float
    colour_scale: float
    reading: str


class Handlers:
    """The event handlers of one demo."""

    def __init__(self, config: DemoConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine

    def read_picture(self, picture: PictureValue | None, wanted: str) -> MapValue:
        """The control map of what was handed in, as soon as it is handed in."""
        if picture is None or picture.file is None:
            return MapValue()
        path = picture.file.path
        try:
            name, _ = asking.chosen(wanted)
            name = asking.reading(self._config, path, picture.origin, name)
            image = asking.control_map(path, name, self._engine.info.size)
        except InferenceError as error:
            refused = picture.file if isinstance(error, InvalidImage) else None
            return MapValue(message=wording.of_error(error), refused=refused)
        return MapValue(image=data_uri(image), label=annotator(name).label)

    def begin(self) -> tuple[StageValue, Any, Any]:
        """Shows at once that the press of the button was heard."""
        return StageValue(phase="waiting"), gr.update(visible=False), gr.update(visible=True)

    def end(self) -> tuple[Any, Any]:
        """Puts the button back."""
        return gr.update(visible=True), gr.update(visible=False)

    def failed(self, sentence: str | None = None) -> StageValue:
        """What the page shows when a job never reached its handler, or broke outside of it."""
        return StageValue(phase="failed", message=sentence or BROKEN)

    def stop(self, stage: StageValue | None) -> tuple[StageValue, Any, Any]:
        """What the page shows once the work is stopped: as far as it came."""
        reached = stage or StageValue()
        stopped = StageValue(
            phase="stopped", step=reached.step, steps=reached.steps, previews=reached.previews
        )
        return stopped, *self.end()

    def again(self, event: gr.EventData) -> tuple[Any, bool]:
        """Keeps the seed of the picture that is shown."""
        return event._data.get("seed"), False

    def generate(self, *fields: Any) -> Generator[tuple[StageValue, Any], None, None]:
        """Makes the pictures: yields (stage, seed) for every step and at the end.

        Closing it, which Gradio does when Stop is pressed or the visitor leaves, stops the engine.
        """
        form = Form(*fields)
        seed = asking.fresh_seed() if form.new_seed else form.seed
        try:
            request = self._request(form, seed)
            yield from ((stage, seed) for stage in self._stages(request))
        except InferenceError as error:
            yield StageValue(phase="failed", message=wording.of_error(error)), gr.skip()
        except Exception:
            log.exception("a request failed")
            yield StageValue(phase="failed", message=BROKEN), gr.skip()

    def follow(self, *fields: Any) -> StageValue:
        """What a drawing comes to so far; the seed stays what it is."""
        form = Form(*fields)
        try:
            request = self._request(replace(form, num_images=1), form.seed)
            updates = self._engine.generate(request.model_copy(update={"preview_every": 0}))
            result = next(update for update in updates if isinstance(update, Result))
            return self._done(request, result, live=True)
        except InferenceError as error:
            return StageValue(phase="failed", message=wording.of_error(error))
        except Exception:
            log.exception("a request failed")
            return StageValue(phase="failed", message=BROKEN)

    def pick(self, event: gr.EventData) -> tuple[Any, ...]:
        """Puts an example on the page: picture, words, seed and the finished result."""
        examples = self._config.examples
        index = event._data.get("index")
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return (gr.skip(),) * 5
        example = examples[index]
        picture = PictureValue(file=FileData(path=str(example.picture)), origin=example.origin)
        stage = StageValue(phase="done", pictures=[self._example(example)])
        return picture, example.prompt, example.seed, False, stage

    def suggest(self, event: gr.EventData) -> str:
        """One of the offered prompts."""
        prompt = event._data.get("prompt")
        return prompt if prompt in self._config.prompts else ""

    async def note(self) -> AsyncGenerator[str, None]:
        """Says so while the engine is warming up."""
        if isinstance(self._engine, WarmingEngine) and not self._engine.is_warm:
            yield "Warming up: the first picture takes a little longer"
            while not self._engine.is_warm:
                await anyio.sleep(0.3)
        yield ""

    def _request(self, form: Form, seed: float | None) -> GenerationRequest:
        picture = form.picture or PictureValue()
        annotator, control = asking.chosen(form.reading)
        return asking.make_request(
            self._config,
            self._engine.info,
            picture=picture.file.path if picture.file else None,
            origin=picture.origin,
            annotator=annotator,
            control=control,
            prompt=form.prompt,
            negative_prompt=form.negative_prompt,
            seed=seed,
            num_images=form.num_images,
            steps=form.steps,
            sampler=form.sampler,
            guidance_scale=form.guidance_scale,
            karras=form.karras,
            zero_snr=form.zero_snr,
            control_scale=form.control_scale,
            control_start=form.control_start,
            control_end=form.control_end,
            colour_scale=form.colour_scale,
        )

    def _stages(self, request: GenerationRequest) -> Generator[StageValue, None, None]:
        previews: list[str] = []
        yield StageValue(phase="running", message="Starting")
        updates = self._engine.generate(request)
        try:
            for update in updates:
                if isinstance(update, Result):
                    yield self._done(request, update)
                    continue
                if update.previews:
                    previews = [data_uri(image, lossy=True) for image in update.previews]
                yield _running(update, previews)
        finally:
            updates.close()

    def _done(
        self, request: GenerationRequest, result: Result, *, live: bool = False
    ) -> StageValue:
        drawn = data_uri(request.controls[0].map) if request.controls else None
        sampler = self._engine.info.samplers.get(result.sampler, result.sampler)
        how = f"{wording.steps(result.steps)} · {sampler} · {result.seconds:.1f} s"
        pictures = [
            Shown(
                file=_file(saved(enlarged(image), parameters)),
                seed=seed,
                prompt=request.prompt,
                about=f"Seed {seed} · {how}",
                map=drawn,
                live=live,
            )
            for image, seed, parameters in zip(
                result.images, result.seeds, result.parameters, strict=True
            )
        ]
        return StageValue(phase="done", pictures=pictures, message=self._notice(request, result))

    def _notice(self, request: GenerationRequest, result: Result) -> str:
        notices = wording.of_notices(result.notices)
        return wording.WORDLESS if request.prompt == self._config.wordless else notices

    def _example(self, example: Example) -> Shown:
        path = str(example.picture)
        name = asking.reading(self._config, path, example.origin)
        drawn = asking.control_map(path, name, self._engine.info.size)
        steps = (read_parameters(example.result) or {}).get("steps")
        return Shown(
            file=_file(example.result),
            seed=example.seed,
            prompt=example.prompt,
            about=" · ".join(
                ["Example", f"Seed {example.seed}", *([wording.steps(steps)] if steps else [])]
            ),
            map=data_uri(drawn),
            example=True,
        )


def _running(update: Progress, previews: Sequence[str]) -> StageValue:
    return StageValue(
        phase="running",
        step=update.step,
        steps=update.steps,
        seconds_left=update.seconds_left,
        previews=list(previews),
        message="" if update.step else "Warming up",
    )


def _file(path: Any) -> FileData:
    return FileData(path=str(path), orig_name=path.name, mime_type="image/png")
