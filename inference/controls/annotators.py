"""From a person's picture to the control map that a ControlNet reads, by the annotator's name.

`canny`, `strokes`, `scribble`, `palette` and `none` run anywhere at once. The others are those of
controlnet-aux (`inference.controls.learned`). Serving does without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from inference.controls.canny import HIGH, LOW, canny
from inference.controls.learned import SIDE, Learned
from inference.controls.palette import palette
from inference.controls.scribble import scribble
from inference.controls.setting import Number, Setting, read_settings
from inference.controls.strokes import looks_drawn, strokes
from inference.errors import InvalidRequest, shown
from inference.images import fit

Draw = Callable[..., Image.Image]
"""Makes the map of a picture at a size, (width, height), with settings by name."""

LINES_SIDE = 512
"""Drawn lines are thinned at about this size, where they do not yet run together."""


@dataclass(frozen=True)
class Annotator:
    """`label` is the word a person reads; `draw` makes the map of a picture at (width, height).

    `settings` are the numbers that it can be told to read with. `of` is the usual name of the
    ControlNets that read its maps, where that is not its own.
    """

    label: str
    draw: Draw
    settings: tuple[Setting, ...] = ()
    of: str | None = None

    @property
    def needs_weights(self) -> bool:
        """Whether it is a network, which needs PyTorch and weights from the Hub."""
        return isinstance(self.draw, Learned) and bool(self.draw.weights)


def annotate(
    name: str, image: Image.Image, size: tuple[int, int], settings: Mapping[str, Any] | None = None
) -> Image.Image:
    """The control map of a picture, as RGB of `size` = (width, height) pixels.

    The picture is fitted to that size first, as in training, so a map shows what the model sees.
    Raises InvalidRequest for an unknown name and settings that cannot be, and AnnotatorUnavailable.
    """
    found = annotator(name)
    read = read_settings(found.settings, settings or {}, of=name)
    return found.draw(image.convert("RGB"), size, **read)


def read_settings_of(name: str, given: Mapping[str, Any]) -> dict[str, Number]:
    """Those of `given` that an annotator has, checked; it may be given others' too.

    Raises InvalidRequest.
    """
    known = annotator(name).settings
    own = {one.name: given[one.name] for one in known if one.name in given}
    return read_settings(known, own, of=name)


def annotator(name: str) -> Annotator:
    """The annotator of that name. Raises InvalidRequest."""
    if name not in ANNOTATORS:
        raise InvalidRequest(
            f"annotator must be one of {', '.join(ANNOTATORS)}, got {shown(name)}; "
            "choose one of them",
            field="annotator",
        )
    return ANNOTATORS[name]


def described(name: str, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How a map was read, as a picture tells it: the annotator and its settings."""
    known = ANNOTATORS[name].settings if name in ANNOTATORS else ()
    own = {one.name: one.default for one in known if one is not RESOLUTION}
    return {"annotator": name, **own, **(settings or {})}


def settings_told(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in what `described` gave, or in what a stranger says that it did."""
    name = told.get("annotator")
    known = ANNOTATORS[name].settings if isinstance(name, str) and name in ANNOTATORS else ()
    return {one.name: told[one.name] for one in known if one.name in told}


def _edges(
    image: Image.Image, size: tuple[int, int], *, low: int = LOW, high: int = HIGH
) -> Image.Image:
    return Image.fromarray(canny(np.asarray(fit(image, *size)), low=low, high=high))


def _lines(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    width, height = size
    scale = max(1, LINES_SIDE // min(size))
    fine = fit(image, width * scale, height * scale)
    return Image.fromarray(strokes(np.asarray(fine), width=width, height=height))


def _strokes_of_a_finger(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    picture = np.asarray(fit(image, *size))
    lines = _lines(image, size) if looks_drawn(np.asarray(image)) else _edges(image, size)
    drawn = scribble(np.asarray(lines)[..., 0])
    return Image.fromarray(np.broadcast_to(drawn[..., None], picture.shape).copy())


def _colours(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(palette(np.asarray(fit(image, *size))))


def _as_it_is(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return fit(image, *size)


LOW_THRESHOLD = Setting(name="low", called="low threshold", low=0, high=500, step=1, default=LOW)
HIGH_THRESHOLD = Setting(
    name="high", called="high threshold", low=0, high=500, step=1, default=HIGH
)
RESOLUTION = Setting(
    name="resolution", called="resolution", low=128, high=1024, step=64, default=SIDE
)
"""Of the shorter side of what a network looks at; without it, see `Learned`."""
CERTAINTY = Setting(name="value", called="line value", low=0.01, high=2, step=0.01, default=0.1)
DISTANCE = Setting(
    name="distance", called="line distance", low=0.01, high=20, step=0.01, default=0.1
)
NEAR = Setting(name="near", called="near cut", low=0, high=100, step=1, default=0)
FAR = Setting(name="far", called="far cut", low=0, high=100, step=1, default=0)
BLUR = Setting(name="blur", called="blur", low=0.5, high=20, step=0.5, default=6)
INK = Setting(name="ink", called="ink threshold", low=0, high=64, step=1, default=8)

_HED, _PIDI = ("ControlNetHED.pth",), ("table5_pidinet.pth",)
_LINEART = ("sk_model.pth", "sk_model2.pth")
_POSE = ("body_pose_model.pth", "hand_pose_model.pth", "facenet.pth")

ANNOTATORS: dict[str, Annotator] = {
    "canny": Annotator("edges", _edges, (LOW_THRESHOLD, HIGH_THRESHOLD)),
    "strokes": Annotator("drawn lines", _lines),
    "scribble": Annotator("scribble", _strokes_of_a_finger),
    "palette": Annotator("coarse colours", _colours),
    "none": Annotator("already a control map", _as_it_is),
    "lineart": Annotator("line art", Learned("LineartDetector", _LINEART), (RESOLUTION,)),
    "lineart_coarse": Annotator(
        "line art, coarser",
        Learned("LineartDetector", _LINEART, options={"coarse": True}),
        (RESOLUTION,),
        of="lineart",
    ),
    "lineart_anime": Annotator(
        "line art of cartoons", Learned("LineartAnimeDetector", ("netG.pth",)), (RESOLUTION,)
    ),
    "lineart_standard": Annotator(
        "line art without a network",
        Learned(
            "LineartStandardDetector",
            arguments={"blur": "guassian_sigma", "ink": "intensity_threshold"},
            answers_as_given=True,
        ),
        (BLUR, INK, RESOLUTION),
        of="lineart",
    ),
    "softedge": Annotator("soft edges", Learned("HEDdetector", _HED), (RESOLUTION,)),
    "softedge_pidi": Annotator(
        "soft edges, crisper", Learned("PidiNetDetector", _PIDI), (RESOLUTION,), of="softedge"
    ),
    "scribble_hed": Annotator(
        "scribble, finer",
        Learned("HEDdetector", _HED, options={"scribble": True}),
        (RESOLUTION,),
        of="scribble",
    ),
    "depth": Annotator(
        "depth", Learned("MidasDetector", ("dpt_hybrid-midas-501f0c75.pt",)), (RESOLUTION,)
    ),
    "depth_leres": Annotator(
        "depth, finer",
        Learned(
            "LeresDetector",
            ("res101.pth", "latest_net_G.pth"),
            arguments={"near": "thr_a", "far": "thr_b"},
        ),
        (NEAR, FAR, RESOLUTION),
        of="depth",
    ),
    "depth_zoe": Annotator(
        "depth in metres", Learned("ZoeDetector", ("ZoeD_M12_N.pt",)), (RESOLUTION,), of="depth"
    ),
    "normal": Annotator(
        "surface directions", Learned("NormalBaeDetector", ("scannet.pt",)), (RESOLUTION,)
    ),
    "mlsd": Annotator(
        "straight lines",
        Learned(
            "MLSDdetector",
            ("mlsd_large_512_fp32.pth",),
            arguments={"value": "thr_v", "distance": "thr_d"},
        ),
        (CERTAINTY, DISTANCE, RESOLUTION),
    ),
    "openpose": Annotator("pose", Learned("OpenposeDetector", _POSE), (RESOLUTION,)),
    "openpose_full": Annotator(
        "pose with hands and face",
        Learned("OpenposeDetector", _POSE, options={"include_hand": True, "include_face": True}),
        (RESOLUTION,),
        of="openpose",
    ),
    "shuffle": Annotator("shuffled colours", Learned("ContentShuffleDetector"), (RESOLUTION,)),
}
