"""The public page as HTML: a template, one style, nothing that runs. Blocking; not for the event loop."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import resources
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from devices.model import Text
from services.api.language import Language, said
from services.api.public.bars import Bars, bars
from services.api.public.model import OPERATIONAL, STATUSES, Snapshot
from services.api.public.words import MEANING, PAGE, STATE, STATUS, listed
from services.runtime.clock import rfc3339
from services.runtime.walltime import moment

_MINUTE = 60_000
_LETTERS = {"operational": "o", "degraded": "d", "outage": "x", "maintenance": "m", "unknown": "u"}
"""The classes of bars: there are many, and each letter counts."""

REFRESH_SECONDS = 60


class Page(NamedTuple):
    """The page, and the policy under which browsers show it."""

    body: bytes
    policy: str


class PageMaker:
    """Renders snapshots. Its template and style are read once, when it is made."""

    def __init__(self) -> None:
        files = resources.files("services.api.public") / "templates"
        self._style = (files / "status.css").read_text("utf-8").strip()
        self._template = _template((files / "status.html").read_text("utf-8"))

    def render(self, snapshot: Snapshot, language: Language, *, refreshing: bool) -> Page:
        """The page in a language; ``refreshing``: it reads itself anew every minute."""
        drawn = {
            service.id: bars(service.days, language)
            for domain in snapshot.domains
            for service in domain.services
            if service.days
        }
        style = self._style + "".join(_runs(drawn))
        text = self._template.render(
            **_words(language, ZoneInfo(snapshot.timezone)),
            page=snapshot,
            bars=drawn,
            style=Markup(style),  # noqa: S704 - our own file, and numbers
            language=language,
            other="th" if language == "en" else "en",
            refreshing=refreshing,
            refresh=REFRESH_SECONDS,
            headline=said(headline(snapshot), language),
            mood=mood(snapshot),
            badge=_BADGE.format(colour=_COLOURS[mood(snapshot)]),
        )
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        return Page(text.encode(), _POLICY.format(digest=digest))


_POLICY = (
    "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


_COLOURS = {
    "operational": "2f9a5d",
    "degraded": "c2760f",
    "outage": "c62f27",
    "maintenance": "3f7fd0",
    "unknown": "838c95",
}
_BADGE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%23{colour}'/%3E%3C/svg%3E"
)
"""The icon of the browser's tab: a disc in the colour of the page's status."""


def mood(snapshot: Snapshot) -> str:
    """The status that the page as a whole is drawn in: the worst that any service has."""
    counts = snapshot.counts()
    order = ("outage", "degraded", "unknown", "maintenance", "operational")
    return next((status for status in order if counts[status]), "unknown")


def headline(snapshot: Snapshot) -> Text:
    """How the city's services do, in a line."""
    counts = snapshot.counts()
    total = sum(counts.values())
    if not total:
        return Text("No service is defined yet", "ยังไม่ได้กำหนดบริการ")
    if counts[OPERATIONAL] == total:
        return Text(f"All {total} services are operational", f"บริการทั้ง {total} รายการเป็นปกติ")
    if counts["unknown"] == total:
        return Text(
            f"Nothing is known of the {total} services at present",
            f"ขณะนี้ไม่ทราบสถานะของบริการทั้ง {total} รายการ",
        )
    en, th = [], []
    for status in STATUSES:
        if n := counts[status]:
            en.append(f"{n} {said(STATUS[status], 'en').lower()}")
            th.append(f"{said(STATUS[status], 'th')} {n}")
    return Text(f"Of {total} services: {', '.join(en)}", f"จากบริการ {total} รายการ: {', '.join(th)}")


def _words(language: Language, timezone: ZoneInfo) -> Mapping[str, Any]:
    """What the template says things with."""

    def when(ms: int) -> str:
        return said(moment(ms, timezone), language)

    words: Callable[[Text], str] = partial(said, language=language)
    return {
        "say": words,
        "words": {name: words(text) for name, text in PAGE.items()},
        "status": {name: words(text) for name, text in STATUS.items()},
        "meaning": {name: words(text) for name, text in MEANING.items()},
        "state": {name: words(text) for name, text in STATE.items()},
        "when": when,
        "iso": rfc3339,
        "minute": lambda ms: ms - ms % _MINUTE,
        "names": lambda texts: listed(texts, language),
        "statuses": STATUSES,
        "letter": _LETTERS,
    }


def _runs(drawn: Mapping[str, Bars]) -> Iterator[str]:
    """How wide runs of days are: as wide as their days, with the gaps between them."""
    lengths = {bar.days for one in drawn.values() for bar in one.bars if bar.days > 1}
    for days in sorted(lengths):
        yield f".days .r{days}{{flex:{days} {days} calc({days - 1}*var(--gap))}}"


def _template(text: str) -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
