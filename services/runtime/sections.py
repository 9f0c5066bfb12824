"""Pieces of which the sections of ``nakhon.yaml`` are made."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

ENVIRONMENT = "NAKHON_"
"""With what the variables begin that override the file."""


class Section(BaseModel):
    """A mapping in the configuration: what it does not name is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def address(*schemes: str) -> AfterValidator:
    """An address must begin with one of these schemes and name a place."""

    def check(value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is None or (parts.scheme.split("+")[0] in schemes and (parts.netloc or parts.path)):
            return value
        raise ValueError(f"must be an address such as {schemes[0]}://host:port")

    return AfterValidator(check)
