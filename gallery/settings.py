"""Every setting of the gallery, read once from the environment and passed in."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gallery.errors import Invalid


def _split(value: object) -> object:
    """`a.toml, b.toml` or a JSON list of them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise ValueError("expected a JSON list, as it begins with a bracket") from None
    return [part.strip() for part in value.split(",") if part.strip()]


class Settings(BaseSettings):
    """One field per environment variable of the same name, in capitals.

    Lists are written with commas (`EVENTS=new.toml,old.toml`), or as JSON.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    base_url: str = Field(
        "http://127.0.0.1:7861", description="the address that people type; links are made with it"
    )
    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="addresses or networks of proxies that say truly where people come from",
    )
    data_dir: Path = Field(
        Path("data"), description="where the database, the pictures and the secret key are kept"
    )
    database_url: str = Field(
        "", description="SQLAlchemy's address of a database; SQLite in DATA_DIR when empty"
    )
    sqlite_journal: Literal["wal", "delete"] = Field(
        "wal", description="delete, where DATA_DIR is a network file system or a mounted bucket"
    )
    secret_key: SecretStr | None = Field(
        None, description="signs cookies and links; made and kept in DATA_DIR when not given"
    )
    events: Annotated[list[Path], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="event files, the current one first; the 2023 sprint when empty",
    )
    hf_endpoint: str = Field("https://huggingface.co", description="the Hub")
    hf_token: SecretStr | None = Field(
        None, description="reads the Hub with higher limits; writes backups where those are set"
    )
    oauth_client_id: str = Field("", description="of the Hub's OpenID Connect application")
    oauth_client_secret: SecretStr | None = Field(None, description="of the same application")
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:587 sends one-time links and news; without it they "
        "go to the log, and a public gallery (https) gives none",
    )
    mail_from: str = Field("gallery@localhost", description="sender of all letters")
    webhook_secret: SecretStr | None = Field(
        None, description="what the Hub's webhooks must carry; webhooks are refused when not given"
    )
    reachable_private_hosts: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="host:port pairs on private addresses that may be fetched all the same",
    )
    backup_repo: str = Field(
        "", description="private dataset repository for continuous backups; none when empty"
    )
    backup_minutes: float = Field(10, gt=0, description="between two continuous backups")
    backup_keep: int = Field(24, ge=2, description="continuous backups that are kept, the newest")
    inference_url: str = Field(
        "",
        description="address of an engine's service; a jury's sheets ask it for the ControlNets of "
        "demos that it loads",
    )
    inference_key: SecretStr | None = Field(None, description="the key that lets this gallery in")
    poll_minutes: float = Field(
        10,
        ge=0,
        description="between two rounds to the Hub and every demo; "
        "at 0, only what webhooks announce is asked",
    )
    collect: bool = Field(
        False, description="takes in every Space with an event's tag, while its submission is open"
    )

    fonts_dir: Path | None = Field(
        None, description="TTF and OTF fonts for certificates, where names are not in Latin letters"
    )

    @classmethod
    def read(cls) -> "Settings":
        """From the environment; raises `Invalid` naming every setting that does not fit."""
        try:
            return cls.model_validate({})
        except ValidationError as error:
            wrong = {
                str(item["loc"][0]).upper(): item["msg"].removeprefix("Value error, ")
                for item in error.errors(include_input=False)  # it may be a secret
            }
            told = "; ".join(f"{name}: {_lowered(message)}" for name, message in wrong.items())
            raise Invalid(
                f"the environment's settings do not fit: {told}; correct them and start again",
                field=next(iter(wrong)),
            ) from None

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(
                    f"expected addresses or networks like 10.0.0.0/8, got {one!r}"
                ) from None
        return value

    @field_validator("base_url", "hf_endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected an address like https://example.org, got {value!r}")
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'gallery.db'}"

    @property
    def pictures_dir(self) -> Path:
        return self.data_dir / "pictures"

    @property
    def mail_arrives(self) -> bool:
        """Without a mail server letters are in the log, which on a public gallery nobody may read:
        neither those that they are for, nor those that may see logs."""
        return self.smtp_url is not None or not self.is_https

    @property
    def is_https(self) -> bool:
        """Cookies are marked Secure exactly when people come by https."""
        return self.base_url.startswith("https://")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
