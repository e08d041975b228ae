"""What forms send: text, and rows' numbers in addresses that both databases can hold."""

from typing import Annotated

from fastapi import Form, Path

from gallery.people.texts import ROW_MAX

Text = Annotated[str, Form()]
Number = Annotated[int, Form(ge=0, le=ROW_MAX)]
RowId = Annotated[int, Path(ge=1, le=ROW_MAX)]
