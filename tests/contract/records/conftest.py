"""Records on each of their databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.store.records import Records


@dataclass(frozen=True)
class Place:
    """Where a test's records are: the arguments of :meth:`Records.open`."""

    url: str | None
    data: Path

    async def open(self) -> Records:
        return await Records.open(self.url, self.data)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return Place(None, tmp_path)
    return Place(request.getfixturevalue("postgres_url"), tmp_path)


@pytest.fixture
async def records(place: Place) -> AsyncIterator[Records]:
    """Open records on each kind of database."""
    records = await place.open()
    yield records
    await records.close()
