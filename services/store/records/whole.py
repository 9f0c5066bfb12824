"""Transactions end whole, whatever becomes of who asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def uninterrupted(method: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Let a method finish even when its caller is cancelled, who then learns of it only afterwards.

    A statement that is cancelled half-way breaks its connection, and nobody knows what was committed.
    """

    @wraps(method)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        task = asyncio.ensure_future(method(*args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _ended(task)
            raise

    return run


async def _ended(task: asyncio.Future[Any]) -> None:
    """Wait for a task, however often we are cancelled meanwhile; what it raises is nobody's any more."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
