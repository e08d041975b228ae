"""Where weights come from, and how they are kept.

A source is a local folder (or `folder:subfolder`), a Hub repository as
`owner/name@revision:subfolder` (the last two may be left out), or `embedded` (also
`embedded:subfolder`), the model that ships with this package.

    load_bundle(source)      all parts of a text-to-image model
    load_controlnet(source)  one ControlNet
    load_upscaler(source)    one upscaler
    sources_beside(source)   where the ControlNets are that ship beside a model
    load_shapes(source)      a model without its weights
    repository(source)       the Hub's name of where it comes from, if that is the Hub
    require_fit(bundle, controlnet)
    save_bundle(folder, bundle), save_component(folder, config, params)

Everything foreign (Flax msgpack, PyTorch names and shapes, the Hub) is translated in here.
"""

from inference.checkpoints.bundle import Bundle, Component, ControlNet
from inference.checkpoints.loading import (
    load_bundle,
    load_controlnet,
    load_upscaler,
    require_fit,
    sources_beside,
)
from inference.checkpoints.saving import save_bundle, save_component
from inference.checkpoints.shapes import load_shapes
from inference.checkpoints.source import repository

__all__ = [
    "Bundle",
    "Component",
    "ControlNet",
    "load_bundle",
    "load_controlnet",
    "load_shapes",
    "load_upscaler",
    "repository",
    "require_fit",
    "save_bundle",
    "save_component",
    "sources_beside",
]
