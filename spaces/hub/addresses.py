"""Addresses of Spaces as people paste them."""

import re
from urllib.parse import unquote, urlsplit

from spaces.errors import NotASpace

NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_REPO_ID = re.compile(rf"{NAME}/{NAME}")
_ANY_REPO_ID = re.compile(rf"(?:{NAME}/)?{NAME}")
_HOSTED = re.compile(r"[a-z0-9-]+\.(?:hf\.space|static\.hf\.space)", re.IGNORECASE)
_HUBS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com"})
LONGEST = 2000


def parse_space(text: str, *, endpoint: str = "https://huggingface.co") -> str:
    """`owner/name` from a Space's page, its files, `owner/name` itself, or `spaces/owner/name`.

    `endpoint` is the Hub, whose addresses are taken besides huggingface.co's. Raises NotASpace:
    among others for `owner-name.hf.space`, from which nobody can tell where the owner's name ends;
    `Hub.find_space` looks that one up.
    """
    pasted = text.strip()
    if len(pasted) > LONGEST:
        raise NotASpace(_wanted(f"{len(pasted)} characters"))
    if is_space_id(pasted):
        return pasted
    parts = _split(pasted, endpoint)
    if parts is None:
        raise NotASpace(_wanted(_shortened(pasted)))
    segments = [unquote(part) for part in parts.split("/") if part]
    if segments[:1] == ["spaces"]:
        found = "/".join(segments[1:3])
        if is_space_id(found):
            return found
    elif segments[:1] == ["datasets"]:
        raise NotASpace(_wanted("a dataset; paste the address of the demo that uses it"))
    elif _REPO_ID.fullmatch("/".join(segments)):
        raise NotASpace(_wanted("a model; paste the address of the demo that uses it"))
    raise NotASpace(_wanted(_shortened(pasted)))


def is_repo_id(text: str) -> bool:
    """`owner/name`, or `name` alone as a few old models have it."""
    return _ANY_REPO_ID.fullmatch(text) is not None and ".." not in text


def is_space_id(text: str) -> bool:
    """`owner/name`, as every Space has it."""
    return _REPO_ID.fullmatch(text) is not None and ".." not in text


def repo_key(repo_id: str) -> str:
    """What two ids of one repository have in common: the Hub ignores case."""
    return repo_id.casefold()


def hosted_subdomain(text: str) -> str | None:
    """`owner-name` from `https://owner-name.hf.space/…`; None for any other address."""
    try:
        host = urlsplit(_with_scheme(text.strip())).hostname or ""
    except ValueError:
        return None
    return host.split(".")[0].lower() if _HOSTED.fullmatch(host) else None


def _split(pasted: str, endpoint: str) -> str | None:
    """The path on the Hub, None when it is another site's address."""
    if pasted.startswith(("spaces/", "/spaces/")):
        return pasted
    try:
        parts = urlsplit(_with_scheme(pasted))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    own = urlsplit(endpoint)
    is_own = (host, port) == (own.hostname, own.port)
    if parts.scheme not in ("http", "https") or not (is_own or host in _HUBS):
        return None
    return parts.path


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _wanted(got: str) -> str:
    return (
        f"this must be a Space's address, like https://huggingface.co/spaces/owner/name, got {got}"
    )


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}…") if text else "nothing"
