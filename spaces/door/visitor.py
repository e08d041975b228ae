"""A visitor's address: where a request comes from, told by the connection or by a proxy."""

import ipaddress

import fastapi


def visitor_address(request: fastapi.Request) -> str | None:
    """Where a request comes from; None where only a proxy's or a private address is known.

    Who connects from a private address is a proxy, as on a Space, and the last public address that
    it names is who came to it. What anybody else names is not believed.
    """
    peer = request.client.host if request.client else ""
    if _is_public(peer):
        return peer
    forwarded = request.headers.get("x-forwarded-for", "")
    named = [part.strip() for part in forwarded[-500:].split(",")]
    return next((address for address in reversed(named) if _is_public(address)), None)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False
