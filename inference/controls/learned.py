"""Learned annotators: networks from controlnet-aux, which need PyTorch.

They are imported, and their weights are fetched, when one of them is first used. Without the Hub
that fails at once, and not after the many tries that the Hub's client makes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any

from PIL import Image

from inference.errors import AnnotatorUnavailable
from inference.images import fit

PACKAGES = ("torch", "controlnet_aux")
WEIGHTS = "lllyasviel/Annotators"
INSTALL = "pip install -r requirements.txt"
SIDE = 512
"""They were trained on pictures of this size; smaller ones are enlarged."""
PATIENCE = 3.0
"""Seconds within which the Hub has to answer that it is there."""


@dataclass(frozen=True)
class Learned:
    """One of controlnet-aux's classes, which draws a map as `annotators.Draw` says.

    `weights` are its files in the repository `WEIGHTS`, `arguments` its words for our settings'
    names, `options` what else it is told. `answers_as_given` says that its map has the size of the
    picture that it got.
    """

    detector: str
    weights: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    answers_as_given: bool = False

    def __call__(
        self,
        image: Image.Image,
        size: tuple[int, int],
        *,
        resolution: int | None = None,
        **settings: int | float,
    ) -> Image.Image:
        """Looks at the picture so fitted that its shorter side has `resolution` pixels; by
        default at its own size, if that is not below `SIDE`."""
        scale = (resolution or max(SIDE, min(size))) / min(size)
        large = fit(image, round(size[0] * scale), round(size[1] * scale))
        side = min(large.size)
        sides = {"detect_resolution": side}
        if not self.answers_as_given:
            sides["image_resolution"] = side
        own = {self.arguments[name]: value for name, value in settings.items()}
        drawn = self._loaded()(large, output_type="pil", **sides, **self.options, **own)
        return drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS)

    def _loaded(self) -> Callable[..., Image.Image]:
        _require_installed()
        if self.weights and not all(map(_is_fetched, self.weights)):
            self._require_hub()
        return _detector(self.detector)

    def _require_hub(self) -> None:
        """Raises AnnotatorUnavailable where the Hub does not answer soon."""
        import httpx2
        from huggingface_hub import constants

        if constants.HF_HUB_OFFLINE:
            raise _no_weights(self.detector, "offline mode")
        try:
            httpx2.head(constants.ENDPOINT, timeout=PATIENCE)
        except httpx2.HTTPError as error:
            raise _no_weights(self.detector, type(error).__name__) from error


def _is_fetched(weights: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(WEIGHTS, weights), str)


@cache
def _detector(name: str) -> Callable[..., Image.Image]:
    detector = getattr(_controlnet_aux(), name)
    if not hasattr(detector, "from_pretrained"):
        return detector()
    try:
        return detector.from_pretrained(WEIGHTS)
    except (OSError, ValueError) as error:
        raise _no_weights(name, type(error).__name__) from error


def _no_weights(name: str, why: str) -> AnnotatorUnavailable:
    return AnnotatorUnavailable(
        f"annotator {name} needs weights from huggingface.co/{WEIGHTS}, which could not be "
        f"fetched ({why}); connect to the network once, or use canny"
    )


def is_installed() -> bool:
    """Whether this machine has what they need, but for weights. Nothing is imported."""
    return not any(map(_is_missing, PACKAGES))


def _is_missing(package: str) -> bool:
    try:
        return find_spec(package) is None
    except ValueError:  # a module that does not say where it is from
        return False


def _require_installed() -> None:
    """Before anything is asked of the network. Raises AnnotatorUnavailable."""
    for package in filter(_is_missing, PACKAGES):
        raise _not_installed(package)


def _not_installed(package: str | None) -> AnnotatorUnavailable:
    return AnnotatorUnavailable(
        "learned annotators (depth, pose and their kin) need PyTorch and controlnet-aux, and "
        f"{package} is not installed; install all with `{INSTALL}`, or use canny"
    )


def _controlnet_aux() -> Any:
    try:
        import controlnet_aux
    except ModuleNotFoundError as error:
        raise _not_installed(error.name) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise AnnotatorUnavailable(
            "learned annotators (depth, pose and their kin) need PyTorch and controlnet-aux in "
            f"versions that fit together, and these do not load ({type(error).__name__}: {error}); "
            f"install the pinned ones with `{INSTALL}`, or use canny"
        ) from error
    return controlnet_aux
