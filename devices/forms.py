"""Pieces of which the forms of all files that people write are made."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from devices.model import Text
from devices.spans import Span
from devices.topics import LEVEL, LEVEL_RULE


class Form(BaseModel):
    """A mapping in a file: what it does not name is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextForm(Form):
    """A text in both languages."""

    en: str = Field(min_length=1)
    th: str = Field(min_length=1)

    def text(self) -> Text:
        return Text(self.en, self.th)


def text_or(form: TextForm | None, name: str) -> Text:
    """The text, or the thing's own name when it was given none."""
    return form.text() if form else Text(name, name)


def _not_nothing(span: int) -> int:
    if span == 0:
        raise ValueError("must be more than nothing")
    return span


def _level(value: str) -> str:
    if LEVEL.fullmatch(value) is None:
        raise ValueError(f"must be {LEVEL_RULE}")
    return value


Interval = Annotated[Span, AfterValidator(_not_nothing)]
"""A span of time that is not nothing."""

Id = Annotated[str, AfterValidator(_level), Field(json_schema_extra={"pattern": f"^{LEVEL.pattern}$"})]
"""An id that becomes a level of a topic."""
