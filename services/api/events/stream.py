"""One listener's stream, from its first byte to its end."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from services.api.access import Access
from services.api.events.frames import KEEP_ALIVE, Filter, frame
from services.api.events.hub import Hub, Place
from services.api.events.ring import FellBehindError

log = structlog.get_logger(__name__)

PATIENCE = 30.0
"""Seconds of real time in which a listener must take what was written to it."""

_CHUNK = 256
_RETRY_MS = 3_000
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # or a proxy in front holds events back
}


class Stream:
    """Writes what happens to one listener, until either side ends it."""

    def __init__(self, request: web.Request, hub: Hub, access: Access, wanted: Filter) -> None:
        self._request = request
        self._hub = hub
        self._access = access
        self._wanted = wanted
        self._response = web.StreamResponse(headers=_HEADERS)

    async def serve(self) -> web.StreamResponse:
        """Tell everything from the listener's last event on, or from now on."""
        place, resumed = self._begin()
        await self._response.prepare(self._request)
        if self._request.method == "HEAD":
            return self._response
        try:
            await self._write(b"retry: %d\n\n" % _RETRY_MS)
            if not resumed:
                await self._write(frame("gap", _GAP, self._hub.id_of(place)))
            await self._tell(place)
        except (TimeoutError, FellBehindError):
            self._drop()
        except ConnectionError:
            pass  # the listener left
        except Exception:
            # The answer has begun: what went wrong can't be told in it any more.
            log.exception("a stream of events failed")
            self._drop()
        return self._response

    def _drop(self) -> None:
        """Cut a listener off who is too slow; a polite end would wait for it once more."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def _begin(self) -> tuple[Place, bool]:
        """Where to begin, and whether nothing is missing before that."""
        last = self._request.headers.get("Last-Event-ID")
        if not last:
            return self._hub.now(), True
        place = self._hub.find(last)
        return (place, True) if place is not None else (self._hub.now(), False)

    async def _tell(self, place: Place) -> None:
        beats = self._hub.beats
        while not self._hub.closed:
            before = place
            place = await self._tell_new(place)
            if place == before:
                if beats != self._hub.beats:
                    beats = self._hub.beats
                    if not await self._access.still(self._request):
                        return
                    await self._write(KEEP_ALIVE)
                    continue
                await self._hub.changed()

    async def _tell_new(self, place: Place) -> Place:
        """Write a chunk of what came after ``place``. Answers the place after it."""
        frames = []
        for following, event in self._hub.after(place):
            place = following
            if self._wanted(event):
                frames.append(frame(event.name, event.json(), self._hub.id_of(place)))
            if len(frames) == _CHUNK:
                break
        if frames:
            await self._write(b"".join(frames))
        return place

    async def _write(self, data: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._response.write(data)


_GAP = b'{"reason":"what followed your last event is no longer kept: read anew what you show"}'
