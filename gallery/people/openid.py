"""Asks the Hub who somebody is: OpenID Connect with a code, PKCE, state and nonce. No database."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field

from gallery.errors import NotAllowed, Unavailable
from gallery.names import is_visible

SCOPES = "openid profile"
"""The name only; the Hub is not asked for the e-mail address."""
ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
"""Never a symmetric one: a client's secret must not be able to sign who somebody is."""
TIMEOUT = httpx.Timeout(10, connect=5)
LEEWAY = 60
"""Seconds that two machines' clocks may differ."""
log = logging.getLogger(__name__)
NAME = re.compile(r"[\w.-]{1,96}")


@dataclass(frozen=True)
class HubPerson:
    """Somebody as the Hub knows them: `subject` stays theirs, `name` may change."""

    subject: str
    name: str
    display_name: str
    organisations: tuple[str, ...] | None = None
    """By their names in addresses; None when the Hub did not say."""


class _Provider(BaseModel):
    """What the Hub's discovery document says, as far as it is needed."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str = Field(pattern="^https?://")
    token_endpoint: str = Field(pattern="^https?://")
    jwks_uri: str = Field(pattern="^https?://")
    userinfo_endpoint: str = Field(pattern="^https?://")


class OpenId:
    """The gallery as a client of the Hub. Each call asks the network; all raise `Unavailable`."""

    def __init__(
        self, endpoint: str, *, client_id: str, client_secret: str | None, redirect_uri: str
    ) -> None:
        self.endpoint = endpoint
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uri = redirect_uri

    def address(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Where the Hub asks the person; it sends them back to `redirect_uri`."""
        with self._asking() as client:
            provider = self._provider(client)
        return prepare_grant_uri(
            provider.authorization_endpoint,
            self.client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope=SCOPES,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(code_verifier),
            code_challenge_method="S256",
        )

    def person(self, *, code: str, nonce: str, code_verifier: str, now: datetime) -> HubPerson:
        """Trades the code that came back for who it is, every signature and claim checked.

        Raises `NotAllowed` when the Hub does not take the code: used, too old, or not ours.
        """
        with self._asking() as client:
            provider = self._provider(client)
            token = self._token(client, provider, code, code_verifier)
            keys = _answer(client.get(provider.jwks_uri))
            claims = self._claims(provider, token["id_token"], keys, nonce, now)
            if "preferred_username" not in claims or "orgs" not in claims:
                bearer = {"Authorization": f"Bearer {token['access_token']}"}
                more = _answer(client.get(provider.userinfo_endpoint, headers=bearer))
                if more["sub"] != claims["sub"]:
                    raise ValueError("two people in one sign-in")
                claims = {**more, **claims}
            return _person(claims)

    @contextmanager
    def _asking(self) -> Iterator[httpx.Client]:
        """A client of the network; what goes wrong with it becomes one sentence."""
        try:
            with httpx.Client(timeout=TIMEOUT) as client:
                yield client
        except httpx.HTTPError as error:
            log.warning("the Hub's sign-in failed: %r", error)
            raise Unavailable(
                f"the Hub at {self.endpoint} does not answer; try again in a minute, "
                "or sign in by e-mail"
            ) from None
        except (JoseError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            log.warning("the Hub's sign-in is not to be understood: %r", error)
            raise Unavailable(
                f"the Hub at {self.endpoint} answered with something that is not a sign-in; "
                "try again in a minute, or sign in by e-mail"
            ) from None

    def _provider(self, client: httpx.Client) -> _Provider:
        address = f"{self.endpoint}/.well-known/openid-configuration"
        return _Provider.model_validate(_answer(client.get(address)))

    def _token(
        self, client: httpx.Client, provider: _Provider, code: str, code_verifier: str
    ) -> Mapping[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": code_verifier,
        }
        secret = (
            httpx.BasicAuth(self.client_id, self.client_secret)
            if self.client_secret
            else httpx.USE_CLIENT_DEFAULT
        )
        response = client.post(provider.token_endpoint, data=asked, auth=secret)
        if response.status_code == 400 and response.json().get("error") == "invalid_grant":
            raise NotAllowed(
                "the Hub did not confirm this sign-in (it was used already, or is too old); "
                "sign in again"
            )
        return _answer(response)

    def _claims(
        self, provider: _Provider, id_token: str, keys: Any, nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        claims = jwt.decode(id_token, KeySet.import_key_set(keys), ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        return claims


def _answer(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    answer = response.json()
    if not isinstance(answer, dict):
        raise ValueError("expected an object")
    return answer


def _person(claims: Mapping[str, Any]) -> HubPerson:
    subject, name = str(claims["sub"]), str(claims["preferred_username"])
    if not subject or not NAME.fullmatch(name):
        raise ValueError("expected a subject and a name")
    shown = " ".join(str(claims.get("name") or name).split())
    is_fit = shown.isprintable() and is_visible(shown)
    return HubPerson(subject, name, shown[:60] if is_fit else name)
