"""Icon sets: their packages, licences, and whose work they are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IconSet:
    """An npm package of icons: the word for its style, and whose work it is."""

    package: str
    version: str
    style: str
    title: str
    author: str
    licence: str
    url: str


SETS = (
    IconSet(
        package="@iconify-json/fluent-emoji",
        version="1.2.7",
        style="shaded",
        title="Fluent Emoji",
        author="Microsoft Corporation",
        licence="MIT",
        url="https://github.com/microsoft/fluentui-emoji",
    ),
    IconSet(
        package="@iconify-json/fluent-emoji-flat",
        version="1.2.6",
        style="flat",
        title="Fluent Emoji Flat",
        author="Microsoft Corporation",
        licence="MIT",
        url="https://github.com/microsoft/fluentui-emoji",
    ),
    IconSet(
        package="@iconify-json/noto",
        version="1.2.9",
        style="soft",
        title="Noto Emoji",
        author="Google Inc",
        licence="Apache-2.0",
        url="https://github.com/googlefonts/noto-emoji",
    ),
    IconSet(
        package="@iconify-json/fxemoji",
        version="1.2.2",
        style="bold",
        title="Firefox OS Emoji",
        author="Mozilla",
        licence="Apache-2.0",
        url="https://github.com/mozilla/fxemoji",
    ),
)


OTHER_SETS = (
    IconSet(
        package="@iconify-json/noto-v1",
        version="1.2.5",
        style="",
        title="Noto Emoji (v1)",
        author="Google Inc",
        licence="Apache-2.0",
        url="https://github.com/googlefonts/noto-emoji",
    ),
    IconSet(
        package="@iconify-json/fluent-emoji-high-contrast",
        version="1.2.6",
        style="",
        title="Fluent Emoji High Contrast",
        author="Microsoft Corporation",
        licence="MIT",
        url="https://github.com/microsoft/fluentui-emoji",
    ),
)
"""Drawings in other hands: of held-out objects alone, for `training.evaluate`."""
