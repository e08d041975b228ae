"""Uploads to the Hub through its own client, and its refusals in a sentence."""

import os
from collections.abc import Sequence
from pathlib import Path

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

from training.errors import HubRefusal, WrongSettings

TAG = "jax-diffusers-event"


def upload(
    folder: Path,
    repo_id: str,
    *,
    kind: str,
    files: Sequence[str],
    replaces: str | None = None,
    is_private: bool = False,
    message: str,
) -> str:
    """Makes the repository if it is not there, and sends the `files` (patterns); its address.

    `kind` is "model" or "dataset". Files there that match `replaces` and are not sent go. Raises
    WrongSettings and HubRefusal.
    """
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        address = api.create_repo(repo_id, repo_type=kind, private=is_private, exist_ok=True)
        api.upload_folder(
            repo_id=repo_id,
            repo_type=kind,
            folder_path=folder,
            allow_patterns=list(files),
            delete_patterns=replaces,
            commit_message=message,
        )
    except HFValidationError as error:
        raise WrongSettings(
            f"--push must be owner/name, got {repo_id!r}; write for example --push you/your-{kind}"
        ) from error
    except LocalTokenNotFoundError as error:
        raise HubRefusal(
            "the Hub must know who uploads, got no token; set HF_TOKEN or run `hf auth login`"
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise refusal(f"the {kind} {repo_id}", error) from error
    return str(address)


def refusal(what: str, error: Exception) -> HubRefusal:
    """The Hub's error in a sentence."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status in (401, 403, 404):
        return HubRefusal(
            f"{what} must be on the Hub and open to you, got {status}; check the name, and for "
            "what is yours alone set HF_TOKEN or run `hf auth login`"
        )
    got = f"status {status}" if status else type(error).__name__
    return HubRefusal(f"the Hub must answer about {what}, got {got}; try again later")
