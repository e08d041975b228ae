"""Pages on the core: one `build_demo` for every Space.

Gradio looks for a package of this very name, the Hub's GPU helper, with `import spaces`, and in a
Space it wraps every event handler with that package's `gradio_auto_wrap`. This package is what it
finds. So nothing is imported here (least of all gradio, which would be a circle), and handlers are
handed back as they are.
"""

from collections.abc import Callable


def gradio_auto_wrap(handler: Callable) -> Callable:
    """Gives back an event handler unchanged: the pages need no borrowed GPU."""
    return handler
