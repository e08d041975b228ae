"""Compiled training steps, kept between processes."""

import jax

from inference.program_cache import cache_folder


def remember_steps() -> None:
    """Keeps what JAX compiles in the user's cache folder: whoever goes on compiles it once.

    For programs, not for the library: it is a setting of the whole process.
    """
    jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
