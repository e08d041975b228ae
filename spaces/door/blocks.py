"""Gradio's Blocks, with both ways through the door."""

import logging
from typing import Any

import gradio as gr
from anyio.to_thread import run_sync
from gradio.block_function import BlockFunction
from gradio.exceptions import Error
from gradio.state_holder import SessionState

from spaces.door.answers import BROKEN
from spaces.door.files import Files
from spaces.door.sessions import PageConfig
from spaces.door.values import fields, require_fitting
from spaces.errors import Refused

log = logging.getLogger(__name__)


class GuardedBlocks(gr.Blocks):
    """Blocks whose handlers get files of this page's visitors only, launched or mounted.

    What a call carries is checked before Gradio touches it, and whatever goes wrong is told in one
    sentence: a refusal leaves one line in the log, a fault of ours its traceback.
    """

    def __init__(self, *arguments: Any, files: Files | None = None, **options: Any) -> None:
        self.files = files or Files()
        super().__init__(*arguments, **options)
        self.default_config = PageConfig(self)

    async def process_api(
        self, block_fn: BlockFunction | int, *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        """Raises `gr.Error`s only, each with the sentence for whoever called."""
        try:
            return await super().process_api(block_fn, *arguments, **options)
        except Error:
            raise
        except Refused as refused:
            raise _refusal(block_fn, str(refused)) from refused
        except Exception as error:
            log.exception("a call of %s failed", _name(block_fn))
            raise Error(BROKEN, print_exception=False) from error

    async def preprocess_data(
        self,
        block_fn: BlockFunction,
        inputs: list[Any],
        state: SessionState | None,
        explicit_call: bool = False,
    ) -> list[Any]:
        """Names become paths; what does not fit is refused."""
        try:
            taken = await run_sync(self._taken_in, block_fn, inputs)
            return await super().preprocess_data(block_fn, taken, state, explicit_call)
        except Error as error:
            sentence = str(error.message)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            sentence = (
                "the values of a call must be as the page or the API sends them, got some that "
                f"cannot be read ({type(error).__name__}); load the page again, or see its API"
            )
        raise _refusal(block_fn, sentence)

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list | dict, state: SessionState | None
    ) -> list[Any]:
        """Paths become names."""
        return self.files.handed_out(await super().postprocess_data(block_fn, predictions, state))

    def get_config_file(self) -> Any:
        """What the page begins with: its examples' files have names for good."""
        return self.files.handed_out(super().get_config_file(), for_good=True)

    def _taken_in(self, block_fn: BlockFunction, inputs: list[Any]) -> list[Any]:
        require_fitting(block_fn, inputs)
        named = zip(fields(block_fn), inputs, strict=True)
        return [self.files.taken_in(value, field=field) for field, value in named]


def _refusal(block_fn: BlockFunction | int, sentence: str) -> Error:
    log.warning("refused a call of %s: %s", _name(block_fn), sentence)
    return Error(sentence, print_exception=False)


def _name(block_fn: BlockFunction | int) -> str:
    return str(block_fn if isinstance(block_fn, int) else block_fn.api_name or block_fn.name)
