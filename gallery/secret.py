"""The key that signs cookies: given by a setting, or made once and kept in the data folder."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from gallery.private import private_file, private_folder
from gallery.settings import Settings

FILE_NAME = "secret.key"


def secret_key(settings: Settings) -> bytes:
    """The setting's key, or the data folder's, which is made when there is none.

    Raises `OSError` when the data folder cannot be written or the key cannot be read.
    """
    if settings.secret_key is not None and settings.secret_key.get_secret_value():
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        _make(path)
    private_file(path)
    return path.read_bytes()


def _make(path: Path) -> None:
    """Whole or not at all, for its owner alone; of two processes that try, one wins."""
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other process was first, and its key is the one
    except OSError:
        draft.replace(path)  # some mounted volumes know no links
        return
    draft.unlink()


def sign(key: bytes, purpose: str, value: str) -> str:
    """`value` with a signature behind it; `purpose` keeps one cookie from serving as another."""
    return f"{value}.{_signature(key, purpose, value)}"


def signed_value(key: bytes, purpose: str, signed: str) -> str | None:
    """What was signed, or None when the signature is not ours."""
    value, _, signature = signed.rpartition(".")
    expected = _signature(key, purpose, value)
    return value if hmac.compare_digest(signature.encode(), expected.encode()) else None


def _signature(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
