"""What a new session costs: a copy of what is known of the page's components.

Gradio describes every component anew for each session that asks for something, on the event loop:
sixteen milliseconds for the demo's page, which a stranger could have a thousand times a minute.
"""

import copy
from typing import Any

from gradio.blocks import Block, Blocks, BlocksConfig
from gradio.components import Component


class PageConfig(BlocksConfig):
    """A page's components and events, from which sessions take their own."""

    def __init__(self, root_block: Blocks) -> None:
        super().__init__(root_block)
        self._described: dict[int, tuple[Block, dict[str, Any]]] = {}

    def __copy__(self) -> "SessionConfig":
        return SessionConfig(self)

    def described(self, number: int) -> dict[str, Any]:
        """What `config_for_block` says of a component as the page has it; its caller's own."""
        block = self.blocks[number]
        known = self._described.get(number)
        if known is None or known[0] is not block:
            known = self._described[number] = block, self.config_for_block(number, [], block)
        told = known[1]
        return {**told, "props": copy.copy(told["props"])}


class SessionConfig(BlocksConfig):
    """A session's own components and events; most are the page's."""

    def __init__(self, page: PageConfig) -> None:
        super().__init__(page.root_block)
        self._page = page
        self.blocks = copy.copy(page.blocks)
        self.fns = copy.copy(page.fns)
        self.fn_id = page.fn_id
        self.renderables = copy.copy(page.renderables)

    def config_for_block(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, _id: int, rendered_ids: list[int], block: Block | Component, renderable: Any = None
    ) -> dict[str, Any]:
        if renderable is None and self._page.blocks.get(_id) is block:
            return self._page.described(_id)
        return super().config_for_block(_id, rendered_ids, block, renderable)
