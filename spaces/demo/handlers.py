"""What the page's events do: each handler turns fields into values for the widgets."""

import logging
import secrets
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder

from inference.engine import Engine
from inference.errors import InferenceError, InvalidRequest
from inference.png import read_parameters
from inference.request import GenerationRequest, Progress, Queued, Result
from spaces.demo import requests as asking
from spaces.demo import wording
from spaces.demo.config import DemoConfig, Example
from spaces.demo.form import Form
from spaces.demo.jobs import UNATTENDED_SECONDS, Jobs
from spaces.demo.pictures import data_uri, enlarged, glimpse, saved
from spaces.demo.session import visitor_session
from spaces.demo.settings import NEW_SEED
from spaces.demo.values import PictureValue, Shown, StageValue
from spaces.demo.warming import Warms
from spaces.door.folder import own_folder

log = logging.getLogger(__name__)

BROKEN = "The picture could not be made, because something broke on this side; try once more."

Told = tuple[StageValue, Any]
"""What the page is told of a job: the result's place, and the seed's field."""


class Handlers:
    """The event handlers of one demo; `patience` is how many seconds a job waits for its page.

    Pictures are written to the folder `made`, one of this process where none is given.
    """

    def __init__(
        self,
        config: DemoConfig,
        engine: Engine,
        *,
        made: Path | None = None,
        patience: float = UNATTENDED_SECONDS,
    ) -> None:
        self._made = made or own_folder(Path(get_upload_folder()).absolute()) / "made"
        self._config = config
        self._engine = engine
        self._jobs: Jobs[Told] = Jobs(at_once=engine.info.at_once, patience=patience)

    def generate(self, event: gr.EventData, *fields: Any) -> Generator[Told, None, None]:
        """Makes the pictures: yields (stage, seed) for every step and at the end.

        The event carries the `job` that the page calls it by, and the `seed` where one picture's is
        to be repeated. Closing it, which Gradio does when the connection is lost, leaves the job to
        be found again by `resume`.
        """
        form = Form.of(*fields)
        again = event._data.get("seed")
        seed = (
            again
            if again is not None
            else asking.fresh_seed()
            if form.settings[NEW_SEED]
            else form.settings["seed"]
        )
        client = visitor_session()
        job = self._jobs.start(
            event._data.get("job"),
            lambda name: self._work(name, form, seed, client),
            first=_waiting,
        )
        yield from job.follow()

    def resume(self, event: gr.EventData) -> Generator[Told, None, None]:
        """The same for a job that was begun earlier, or that it is lost."""
        name = event._data.get("job")
        job = self._jobs.find(name)
        if job is None:
            yield StageValue(phase="lost", job=name if isinstance(name, str) else None), gr.skip()
        else:
            yield from job.follow()

    def failed(self, sentence: str | None = None, job: str | None = None) -> StageValue:
        """What the page shows when a job never reached its handler, or broke outside of it."""
        return _failed(wording.of_refusal(sentence or BROKEN), job)

    def stop(self, event: gr.EventData) -> None:
        """Ends a job; the page shows for itself how far it came."""
        self._jobs.stop(event._data.get("job"))

    def _work(self, name: str, form: Form, seed: Any, client: str) -> Generator[Told, None, None]:
        try:
            request = self._request(form, seed)
            for stage in self._stages(request, form, name, client):
                yield stage.model_copy(update={"job": name}), seed
        except InferenceError as error:
            yield _failed(wording.of_error(error), name), gr.skip()
        except Exception:
            log.exception("a request failed")
            yield _failed(BROKEN, name), gr.skip()

    def follow(self, form: Form, *, draft: bool, client: str) -> Generator[StageValue, None, None]:
        """What a drawing comes to so far: a glimpse of it and, unless it is a draft, its file.

        The seed stays what it is. A draft is painted in half the steps.
        """
        try:
            request = self._request(form, form.settings["seed"], num_images=1)
            steps = request.steps or self._engine.info.defaults.steps
            fewer = {"steps": max(1, steps // 2)} if draft else {}
            request = request.model_copy(update={"preview_every": 0, **fewer})
            if self._is_warming:
                yield StageValue(phase="following", message=wording.WARMING_UP)
            with closing(self._engine.generate(request, client=client)) as updates:
                for update in updates:
                    if isinstance(update, Queued):
                        yield StageValue(phase="following", message=wording.of_place(update))
                    if not isinstance(update, Result):
                        continue
                    yield StageValue(phase="following", previews=[glimpse(update.images[0])])
                    if not draft:
                        name = secrets.token_hex(16)
                        yield self._done(request, update, form, name=name, live=True)
        except InferenceError as error:
            yield _failed(wording.of_error(error))
        except Exception:
            log.exception("a request failed")
            yield _failed(BROKEN)

    def pick(self, event: gr.EventData) -> tuple[Any, ...]:
        """Puts an example on the page: picture, words, seed and the finished result."""
        examples = self._config.examples
        index = event._data.get("index")
        if not isinstance(index, int) or not 0 <= index < len(examples):
            return (gr.skip(),) * 4
        example = examples[index]
        picture = PictureValue(origin=self._config.first)
        if example.picture is not None:
            picture = PictureValue(file=FileData(path=str(example.picture)), origin=example.origin)
        stage = StageValue(phase="done", pictures=[self._example(index, example)])
        return picture, example.prompt, example.seed, stage

    def suggest(self, event: gr.EventData) -> str:
        """One of the offered prompts."""
        prompt = event._data.get("prompt")
        return prompt if prompt in self._config.prompts else ""

    async def note(self) -> AsyncGenerator[str, None]:
        """Says so while the engine is warming up."""
        if self._is_warming:
            yield wording.WARMING_UP
            while self._is_warming:
                await anyio.sleep(0.3)
        yield ""

    @property
    def _is_warming(self) -> bool:
        return isinstance(self._engine, Warms) and not self._engine.is_warm

    def _request(self, form: Form, seed: Any, **changed: Any) -> GenerationRequest:
        picture, start = form.picture, form.start
        if self._config.begins == "part" and start.file and not start.mask:
            raise InvalidRequest(
                "a part must be painted over, got none; paint over what is to change",
                field="mask",
            )
        return asking.make_request(
            self._config,
            self._engine.info,
            prompt=form.prompt,
            picture=form.drawing or (picture.file.path if picture.file else None),
            origin=picture.origin,
            options={**form.options, "seed": seed, **changed},
            map_of=picture.map_of,
            colours=picture.colours.path if picture.colours else None,
            painted=(picture.painted.path, picture.painted_for) if picture.painted else None,
            start=start.file.path if start.file else None,
            mask=start.mask.path if start.mask else None,
            beside=form.beside,
        )

    def _stages(
        self, request: GenerationRequest, form: Form, name: str, client: str
    ) -> Generator[StageValue, None, None]:
        previews: list[str] = []
        yield StageValue(phase="running", message="Starting")
        updates = self._engine.generate(request, client=client)
        try:
            for update in updates:
                if isinstance(update, Result):
                    yield self._done(request, update, form, name=name)
                    continue
                if isinstance(update, Queued):
                    yield StageValue(phase="running", message=wording.of_place(update))
                    continue
                if update.previews:
                    previews = [data_uri(image, lossy=True) for image in update.previews]
                yield _running(update, previews)
        finally:
            updates.close()

    def _done(
        self,
        request: GenerationRequest,
        result: Result,
        form: Form,
        *,
        name: str,
        live: bool = False,
    ) -> StageValue:
        drawn = data_uri(request.controls[0].map) if request.controls else None
        sampler = self._engine.info.samplers.get(result.sampler, result.sampler)
        how = f"{wording.steps(result.steps)} · {sampler} · {result.seconds:.1f} s"
        pictures = [
            Shown(
                id=f"{name}-{index}",
                file=_file(saved(enlarged(image), parameters, self._made, request=request)),
                seed=seed,
                prompt=request.prompt,
                settings=form.to_put_back(seed),
                about=f"Seed {seed} · {how}",
                map=drawn,
                live=live,
            )
            for index, (image, seed, parameters) in enumerate(
                zip(result.images, result.seeds, result.parameters, strict=True)
            )
        ]
        return StageValue(phase="done", pictures=pictures, message=self._notice(request, result))

    def _notice(self, request: GenerationRequest, result: Result) -> str:
        notices = wording.of_notices(result.notices)
        return wording.WORDLESS if request.prompt == self._config.wordless else notices

    def _example(self, index: int, example: Example) -> Shown:
        drawn = None
        if example.picture is not None:
            path = str(example.picture)
            name = asking.reading(self._config, path, example.origin)
            drawn = data_uri(asking.control_map(path, name, self._engine.info.size))
        steps = (read_parameters(example.result) or {}).get("steps")
        return Shown(
            id=f"example-{index}",
            file=_file(example.result),
            seed=example.seed,
            prompt=example.prompt,
            about=" · ".join(
                ["Example", f"Seed {example.seed}", *([wording.steps(steps)] if steps else [])]
            ),
            map=drawn,
            example=True,
        )


def _waiting(name: str) -> Told:
    return StageValue(phase="waiting", job=name), gr.skip()


def _failed(message: str, job: str | None = None) -> StageValue:
    return StageValue(phase="failed", message=message, job=job)


def _running(update: Progress, previews: Sequence[str]) -> StageValue:
    return StageValue(
        phase="running",
        step=update.step,
        steps=update.steps,
        seconds_left=update.seconds_left,
        previews=list(previews),
        message="" if update.step else "Warming up",
    )


def _file(path: Path) -> FileData:
    kind = "webp" if path.suffix == ".webp" else "png"
    return FileData(path=str(path), orig_name=path.name, mime_type=f"image/{kind}")
