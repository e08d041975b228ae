"""Shape annotations are checked by beartype in tests, and only there."""

from jaxtyping import install_import_hook

install_import_hook(["inference", "training"], "beartype.beartype")
