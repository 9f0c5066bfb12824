"""Stored history: the readings of a deployment's time-series store, read while no Nakhon runs on it."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from services.runtime.backtests import Refusals
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from devices.model import Device, Observation
    from devices.types import ObservationType
    from services.store.timeseries.protocol import Selection, TimeSeriesStore

_PAGE = 20_000


class StoredHistory:
    """The readings of a store from ``start`` until before ``end`` (ms), of ``types``; of all when empty."""

    def __init__(
        self,
        make_store: Callable[[], TimeSeriesStore],
        devices: Sequence[Device],
        catalog: Mapping[str, ObservationType],
        start: int,
        end: int,
        types: tuple[str, ...] = (),
    ) -> None:
        self.name = "stored history"
        self.costly = True
        self.span: tuple[int | None, int | None] = (start, end)
        self._make_store = make_store
        self._devices = tuple(devices)
        self._catalog = catalog
        self._bounds = (start, end)
        self._types = types

    def devices(self) -> Sequence[Device]:
        return self._devices

    def refusals(self) -> Mapping[str, Refusals]:
        """None: what is stored was accepted."""
        return {}

    def readings(self) -> Iterator[Sequence[Observation]]:
        from rules.backtest.measured import measured
        from services.store.timeseries.protocol import Selection

        start, end = self._bounds
        pages = _pages(self._make_store(), Selection(start, end, types=self._types))
        return measured(pages, self._catalog)


def _pages(store: TimeSeriesStore, selection: Selection) -> Iterator[list[Observation]]:
    """All readings, in a loop of its own that stands still in between."""
    with asyncio.Runner() as runner:
        runner.run(store.open())
        try:
            pages = store.replay(selection, batch=_PAGE)
            while (page := runner.run(_next(pages))) is not None:
                yield page
        finally:
            runner.run(store.close())


async def _next(pages: AsyncIterator[list[Observation]]) -> list[Observation] | None:
    return await anext(pages, None)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold a data folder, so that no Nakhon starts on it meanwhile. False: one runs there.

    Raises:
        StartupError: there is no such folder, or it may not be held.
    """
    if not folder.is_dir():
        raise StartupError(
            f"there is no data folder {folder}; name the deployment with --config or --data-dir"
        )
    try:
        lock = (folder / "lock").open("ab")
    except OSError as error:
        raise StartupError(f"can't hold the data folder {folder}: {error.strerror or error}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
