"""Where weights come from, and how they are kept.

A source is a local folder (or `folder:subfolder`), a Hub repository as
`owner/name@revision:subfolder` (the last two may be left out), or `embedded` (also
`embedded:subfolder`), the model that ships with this package.

    load_bundle(source)      all parts of a text-to-image model
    load_controlnet(source)  one ControlNet
    require_fit(bundle, controlnet)
    save_bundle(folder, bundle), save_component(folder, config, params)

Everything foreign (Flax msgpack, PyTorch names and shapes, the Hub) is translated in here.
"""

from inference.checkpoints.bundle import Bundle, Component, ControlNet
from inference.checkpoints.loading import load_bundle, load_controlnet, require_fit
from inference.checkpoints.saving import save_bundle, save_component

__all__ = [
    "Bundle",
    "Component",
    "ControlNet",
    "load_bundle",
    "load_controlnet",
    "require_fit",
    "save_bundle",
    "save_component",
]
