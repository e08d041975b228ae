"""What people consented to: codes that are redeemed once, and access tokens."""

import secrets
import time
from dataclasses import dataclass

from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class Grant:
    """What somebody consented to; `until` is monotonic time."""

    client_id: str
    account: str
    scope: str
    until: float
    redirect_uri: str = ""
    nonce: str | None = None
    challenge: str | None = None


class Grants:
    """Codes and access tokens that are good now. They do not outlive the process."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        """Signs identity tokens."""
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def code(self, grant: Grant) -> str:
        """A code for it."""
        return _keep(self._codes, grant, "")

    def redeem(self, code: str) -> Grant | None:
        """A code's grant, once; None for any other code."""
        return _good(self._codes.pop(code, None))

    def token(self, grant: Grant) -> str:
        """An access token for it."""
        return _keep(self._tokens, grant, "hf_oauth_")

    def of_token(self, token: str) -> Grant | None:
        """What an access token is good for; None when it is unknown or old."""
        return _good(self._tokens.get(token))


def _keep(kept: dict[str, Grant], grant: Grant, prefix: str) -> str:
    for name in [name for name, old in kept.items() if _good(old) is None]:
        del kept[name]
    name = prefix + secrets.token_urlsafe(24)
    kept[name] = grant
    return name


def _good(grant: Grant | None) -> Grant | None:
    return grant if grant is not None and grant.until > time.monotonic() else None
