"""Slack, Teams and a hundred others through Apprise, by an address of its kind.

Apprise blocks, has threads and logs of its own, and says only whether it was taken. Here it works on threads
that are few and can be left behind, one piece of work at a time on each; its logs go nowhere but into an
error, and there without anything that stands in the address. What is cut off by the time limit may have
arrived all the same: Apprise knows no idempotency key.
"""

from __future__ import annotations

import logging
import re
import warnings
from typing import Any
from urllib.parse import unquote

import apprise

from services.alerts.notify.channel import NotTakenError
from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.channels.threads import AllStuckError, Threads
from services.alerts.notify.message import Message
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.words import clean

SECONDS = 14.0
"""How long one message may wait for a thread, and then how long it may take."""

_AT_ONCE = 2
_SAID = 200
_SECRETIVE = re.compile(r"[^\s/:@?&=,#]{4,}")
_TYPES = {
    "critical": apprise.NotifyType.FAILURE,
    "major": apprise.NotifyType.FAILURE,
    "minor": apprise.NotifyType.WARNING,
    "warning": apprise.NotifyType.WARNING,
}


class Apprise:
    """One address of Apprise's, such as ``slack://…``.

    Making one reads Apprise's plugins from disk the first time: not on an event loop.
    """

    kind = "apprise"

    def __init__(self, threads: Threads, compose: Compose, url: str, *, seconds: float = SECONDS) -> None:
        """Raises ValueError when Apprise does not know the address."""
        _keep_quiet()
        self._threads = threads.share(_AT_ONCE)
        self._compose = compose
        self._url = url
        self._seconds = seconds
        self._service = _service_name(url)

    async def send(self, notice: Notice) -> None:
        """Hand it over; see :class:`services.alerts.notify.channel.Channel`."""
        message = self._compose(notice)
        kind = _type_of(notice)
        try:
            trouble = await self._threads.run(lambda: _hand_over(self._url, message, kind), self._seconds)
        except TimeoutError:
            raise NotTakenError(f"{self._service} did not answer within {self._seconds:g} s") from None
        except AllStuckError:
            raise NotTakenError(f"{self._service} has to wait: earlier messages are stuck") from None
        if trouble is not None:
            raise NotTakenError(f"{self._service} did not take it: {_veiled(trouble, self._url)}")

    async def close(self) -> None:
        """Threads end by themselves."""


def _hand_over(url: str, message: Message, kind: apprise.NotifyType) -> str | None:
    """None when it was taken, else what Apprise says. Blocks."""
    sender = apprise.Apprise(asset=_asset())
    service = _service(url)
    if service is None:
        return "the address is not known any more"
    sender.add(service)
    body = message.text.partition("\n")[2].strip() or message.subject
    result = sender.notify(
        body=body, title=message.subject, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    if result:
        return None
    said = [entry.message for entry in result.logs()]
    return said[-1] if said else "it does not say why"


def _asset() -> apprise.AppriseAsset:
    """No threads of its own, nothing on disk, texts as they are."""
    return apprise.AppriseAsset(
        async_mode=False,
        service_timeout=0,
        interpret_emojis=False,
        interpret_escapes=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        app_id="Nakhon",
        app_desc="Nakhon",
    )


def _service(url: str) -> Any:
    """What Apprise makes of the address; too long messages are cut, not refused, unless the address says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its plugins, about Python's own modules
        service = apprise.Apprise.instantiate(url, asset=_asset())
    if service is not None and "overflow=" not in url:
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
    return service


def _service_name(url: str) -> str:
    service = _service(url)
    if service is None:
        scheme = url.partition("://")[0][:20] if "://" in url else ""
        named = f" ({scheme}://…)" if scheme else ""
        raise ValueError(f"is no address that Apprise knows{named}, or parts of it are missing or wrong")
    return clean(service.service_name, 50)


def _type_of(notice: Notice) -> apprise.NotifyType:
    if notice.reason is Reason.RESOLVED:
        return apprise.NotifyType.SUCCESS
    return _TYPES.get(notice.severity or "", apprise.NotifyType.INFO)


def _veiled(text: str, url: str) -> str:
    """The text without the parts of the address."""
    for part in sorted(set(_SECRETIVE.findall(unquote(url))), key=len, reverse=True):
        text = text.replace(part, "…")
    return clean(text, _SAID)


def _keep_quiet() -> None:
    """Its logs may name whole addresses; those of its HTTP client do, when everything is logged."""
    own = logging.getLogger("apprise")
    own.propagate = False
    own.setLevel(logging.WARNING)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
