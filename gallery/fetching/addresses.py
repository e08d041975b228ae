"""Which addresses this server may fetch: read strictly, and only on the public internet.

Pure rules: nothing here resolves a name or opens a connection.
"""

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urljoin

import httpx

from gallery.errors import ForbiddenAddress

IpAddress = IPv4Address | IPv6Address

LONGEST = 2000
"""Characters of an address."""

_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""What is handed out for use on the internet; everything else is special (RFC 4291)."""

_FORBIDDEN: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared by a provider's customers
        "192.88.99.0/24",  # relays to 6to4
        "2001::/23",  # Teredo, ORCHID and the like: they carry other addresses inside
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
"""Beside what `ipaddress` knows as private, and does not know in every release of Python."""

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True)
class Address:
    """An address taken apart. `host` is in small ASCII letters, without brackets or final dot."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, percent-encoded."""

    @property
    def is_default_port(self) -> bool:
        return self.port == {"http": 80, "https": 443}[self.scheme]

    @property
    def authority(self) -> str:
        """For the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.is_default_port else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read(text: str, *, field: str) -> Address:
    """Takes an address apart; raises `ForbiddenAddress` for one that nobody needs to write so.

    Spellings that programs read differently (`http://0x7f.1`, `http://a@b`, `http://a\\b`) are
    refused rather than guessed at.
    """

    def refuse(problem: str) -> ForbiddenAddress:
        return ForbiddenAddress(
            f"expected an address like https://example.org/picture.png, got {_short(text)}, "
            f"{problem}; give another one",
            field=field,
        )

    text = text.strip()
    if len(text) > LONGEST:
        raise refuse(f"which is longer than {LONGEST} characters")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise refuse("which holds a space, a backslash or a control character")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError):
        raise refuse("which cannot be read") from None
    if url.scheme not in ("http", "https"):
        raise refuse("which does not begin with https:// or http://")
    if "@" in re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]:
        raise refuse("which carries a name or a password")
    host = url.raw_host.decode("ascii").lower().strip("[]").removesuffix(".")
    if not _is_host(host):
        raise refuse("whose host is not a name or a plain IP address")
    port = port if port is not None else {"http": 80, "https": 443}[url.scheme]
    if not (port in (80, 443) or 1024 <= port < 65536):
        raise refuse(f"whose port {port} is not a web server's")
    return Address(url.scheme, host, port, url.raw_path.decode("ascii") or "/")


def follow(address: Address, location: str, *, field: str) -> Address:
    """Where a redirect leads; `location` may be relative."""
    return read(urljoin(str(address), location), field=field)


def is_public(address: IpAddress) -> bool:
    """False for loopback, private, link-local, multicast, reserved, and all that wrap another."""
    if isinstance(address, IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _FORBIDDEN)


def _is_host(host: str) -> bool:
    if ":" in host:
        return _is_ip(host)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # no top-level domain is a number, so this means an IP
        return _is_ip(host)
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _short(text: str) -> str:
    text = ascii(text)
    return text if len(text) <= 80 else f"{text[:60]}…{text[-12:]}"
