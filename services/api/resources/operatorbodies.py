"""What operators write when they act on something: bounded, and nothing that is not asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_NOTE = 4_000
LONGEST_NAME = 200

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]


class Written(BaseModel):
    """A body: what it does not name is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Step(Written):
    """A step of an operator on something that others work on, too."""

    number: int | None = Field(
        None,
        ge=0,
        lt=1 << 31,
        strict=True,
        description="The `number` that the operator saw: the step is refused when somebody has taken another "
        "since (409, with who did what and when). Left out: whatever happened.",
    )


class Acknowledge(Step):
    """Somebody has seen it and is on it."""

    note: Words = Field("", description="What the operator has to say.")


class Unacknowledge(Step):
    """Nobody is on it any more."""

    note: Words = Field("", description="Why.")


class Comment(Step):
    """A remark for the history."""

    note: Reason


class Assign(Step):
    """Whose it is from now on."""

    to: Name | None = Field(description="A name; null takes it from whoever has it.")


class Close(Step):
    """Resolved by hand."""

    note: Reason = Field(description="Why.")
