"""The shared engine: what a demo's ControlNet makes of a sheet's input, whatever its page does."""

import io
import logging
import time
from collections.abc import Collection
from contextlib import closing

from PIL import Image

from gallery.judging.same_input.tiles import Asked
from gallery.settings import Settings
from inference.controls.annotators import ANNOTATORS, annotate
from inference.errors import InferenceError
from inference.request import Control, EngineInfo, GenerationRequest, Result
from inference.serving.client import RemoteEngine

log = logging.getLogger(__name__)

NEWS_SECONDS = 300.0
"""Between two looks at which ControlNets it has."""
CLIENT = "the jury"
"""Whose turn it is in the engine's line."""


class SharedEngine:
    """An engine's service and the ControlNets of the Hub that it loads. For any thread."""

    def __init__(self, url: str, key: str | None) -> None:
        self._url, self._key = url, key
        self._known: tuple[float, EngineInfo | None] = (float("-inf"), None)

    @classmethod
    def of(cls, settings: Settings) -> "SharedEngine":
        """The one that the settings name."""
        key = settings.inference_key
        return cls(settings.inference_url, key.get_secret_value() if key else None)

    def control_for(self, models: Collection[str]) -> str | None:
        """The ControlNet that comes from one of these repositories, if its maps can be made here.
        None where the engine has none, or cannot be asked now."""
        info = self._info()
        if info is None:
            return None
        wanted = {model.casefold() for model in models}
        for name, source in info.sources.items():
            if source.casefold() in wanted and _annotator_of(name, info) in ANNOTATORS:
                return name
        return None

    def make(self, control: str, asked: Asked, picture: bytes) -> tuple[bytes, float]:
        """A PNG of the asked words, picture and seed, and the seconds that it took.

        Raises InferenceError.
        """
        with closing(self._engine()) as engine:
            return self._made(engine, control, asked, picture)

    def _made(
        self, engine: RemoteEngine, control: str, asked: Asked, picture: bytes
    ) -> tuple[bytes, float]:
        info = engine.info
        began = time.monotonic()
        with Image.open(io.BytesIO(picture), formats=["WEBP"]) as given:  # the gallery's own file
            control_map = annotate(_annotator_of(control, info), given.convert("RGB"), info.size)
        request = GenerationRequest(
            prompt=asked.prompt,
            seed=asked.seed,
            controls=(Control(name=control, map=control_map),),
        )
        (made,) = (
            update
            for update in engine.generate(request, client=CLIENT)
            if isinstance(update, Result)
        )
        file = io.BytesIO()
        made.images[0].save(file, "PNG")
        return file.getvalue(), time.monotonic() - began

    def _engine(self) -> RemoteEngine:
        return RemoteEngine(self._url, self._key, pauses=(0.5,))

    def _info(self) -> EngineInfo | None:
        """Anew now and then: its operator may have added a ControlNet since."""
        at, info = self._known
        now = time.monotonic()
        if now - at > NEWS_SECONDS:
            try:
                with closing(self._engine()) as engine:
                    info = engine.info
            except InferenceError as error:
                log.warning("the shared engine is left out: %s", error)
                info = None
            self._known = (now, info)
        return info


def _annotator_of(control: str, info: EngineInfo) -> str:
    return info.annotators.get(control, control)
