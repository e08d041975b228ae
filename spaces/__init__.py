"""Pages on the core: one `build_demo` for every Space.

Gradio looks for a package of this very name, the Hub's GPU helper, with `import spaces`, and in a
Space it wraps every event handler with that package's `gradio_auto_wrap`. This package is what it
finds. So nothing of ours is imported here, least of all what needs gradio, which would be a circle;
and handlers are handed back as they are.

Gradio does so before it imports its components, for each of which it would parse their source and
write a `.pyi` file beside it, at every start: a third of its import's time, and two processes that
start at once write the same files. Here it is kept from that.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

WRITER = "gradio.component_meta"
WRITES = "create_or_modify_pyi"


def gradio_auto_wrap(handler: Callable) -> Callable:
    """Gives back an event handler unchanged: the pages need no borrowed GPU."""
    return handler


class WithoutStubs(MetaPathFinder):
    """Finds Gradio's module that would write stubs, and takes that from it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != WRITER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        setattr(module, WRITES, lambda *_: None)


sys.meta_path.insert(0, WithoutStubs())
