"""Control maps of what is handed in, as the page shows them before anything is made."""

from typing import Any

from inference.controls.annotators import annotator
from inference.errors import InferenceError, InvalidImage
from inference.request import EngineInfo
from spaces.demo import requests as asking
from spaces.demo import wording
from spaces.demo.beside import most_beside
from spaces.demo.config import DemoConfig
from spaces.demo.option import AUTOMATIC
from spaces.demo.options import OF_MAPS, changing, settings_of_map
from spaces.demo.pictures import data_uri
from spaces.demo.readings import chosen, leading
from spaces.demo.values import (
    Beside,
    BesideMap,
    BesideMaps,
    BesideValue,
    MapValue,
    PictureValue,
)

UNREAD = "The picture could not be read, because something broke on this side; try once more."
PAINTED = "painted on by hand"
"""The words of such a map."""


class Maps:
    """Reads the pictures of one demo's page."""

    def __init__(self, config: DemoConfig, info: EngineInfo) -> None:
        self._config = config
        self._info = info

    def read_picture(
        self, picture: PictureValue | None, wanted: str = AUTOMATIC, *values: Any
    ) -> MapValue:
        """The control map of what was handed in, as soon as it is handed in.

        `values` are those of `OF_MAPS`, in its order.
        """
        if picture is None or picture.file is None:
            return MapValue()
        path = picture.file.path
        try:
            if picture.painted is not None:
                return self._painted(picture.painted.path, picture.painted_for)
            name, control = chosen(wanted)
            name = asking.reading(
                self._config, path, picture.origin, name, is_map=picture.map_of is not None
            )
            settings = settings_of_map(dict(zip(OF_MAPS, values, strict=False)))
            image = asking.control_map(path, name, self._info.size, settings)
        except InferenceError as error:
            refused = picture.file if isinstance(error, InvalidImage) else None
            return MapValue(message=wording.of_error(error), refused=refused)
        return MapValue(
            image=data_uri(image),
            label=annotator(name).label,
            changed_by=changing(name),
            control=picture.map_of or leading(self._config, self._info, name, control),
        )

    def _painted(self, path: str, control: str | None) -> MapValue:
        """A map that the visitor painted on."""
        image = asking.control_map(path, asking.AS_IT_IS, self._info.size)
        return MapValue(image=data_uri(image), label=PAINTED, control=control, painted=True)

    def read_beside(self, picture: PictureValue | None, beside: BesideValue | None) -> BesideMaps:
        """The same of the further controls, each of its own picture or of the one handed in."""
        rows = beside.root[: most_beside(self._config, self._info)] if beside else ()
        return BesideMaps(root=[self._of_row(one, picture or PictureValue()) for one in rows])

    def _of_row(self, one: Beside, picture: PictureValue) -> BesideMap:
        handed_in = picture.file.path if picture.file else None
        if one.picture is None and (one.own or handed_in is None):
            return BesideMap(key=one.key)  # nothing to read yet
        try:
            read = asking.further_control(self._config, self._info, one, handed_in, picture.map_of)
        except InferenceError as error:
            return BesideMap(key=one.key, message=wording.of_error(error))
        label = annotator(read["annotator"]).label
        return BesideMap(key=one.key, image=data_uri(read["map"]), label=label)

    def unread(self, sentence: str | None = None) -> MapValue:
        """What is said where one never reached the handler, or broke outside of it."""
        return MapValue(message=wording.of_refusal(sentence or UNREAD))
