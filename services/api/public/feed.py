"""The Atom feed (RFC 4287): notes, and services that got worse or are as they should be again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from services.api.language import Language, said
from services.api.public.model import OPERATIONAL, Note, Snapshot, Turn
from services.api.public.words import MEANING, PAGE, STATE, STATUS, listed
from services.runtime.clock import rfc3339
from services.runtime.walltime import moment

ATOM = "http://www.w3.org/2005/Atom"
MOST = 100


class _Entry(NamedTuple):
    id: str
    title: str
    updated: int
    published: int
    category: str
    text: str
    place: str


def feed(snapshot: Snapshot, language: Language, base: str) -> bytes:
    """The feed, as UTF-8. ``base`` is the address of Nakhon for its links, empty: they are relative.

    An entry's id stays the same as long as it is about the same thing: a note keeps its own through all its
    updates, a turn of a service is told by the service, the moment and the status.
    """
    prefix = f"urn:nakhon:{snapshot.city}:status:{language}"
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    entries = sorted(_entries(snapshot, language, prefix), key=lambda entry: entry.updated, reverse=True)[
        :MOST
    ]
    _put(root, "id", prefix)
    _put(root, "title", f"{said(snapshot.name, language)}: {said(PAGE['title'], language)}")
    _put(root, "updated", rfc3339(entries[0].updated if entries else 0))
    _put(root, "author", None, ("name", said(snapshot.name, language)))
    _link(root, "self", f"{base}/status/atom?lang={language}", "application/atom+xml")
    _link(root, "alternate", f"{base}/status?lang={language}", "text/html")
    for entry in entries:
        _entry(root, entry, f"{base}/status?lang={language}#{entry.place}")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode()


def _entries(snapshot: Snapshot, language: Language, prefix: str) -> Iterable[_Entry]:
    zone = ZoneInfo(snapshot.timezone)
    for note in (*snapshot.current, *snapshot.past):
        yield _of_note(note, language, prefix, zone)
    for turn in snapshot.turns:
        yield _of_turn(turn, language, prefix)


def _of_note(note: Note, language: Language, prefix: str, zone: ZoneInfo) -> _Entry:
    lines = [
        f"{said(moment(update.at, zone), language)}, {said(STATE[update.state], language)}: "
        f"{said(update.text, language)}"
        for update in note.updates
    ]
    if note.subjects:
        lines.append(f"{said(PAGE['affects'], language)}: {listed(note.subjects, language)}")
    title = f"{said(note.title, language)} ({said(STATE[note.state], language)})"
    text = "\n\n".join(lines)
    return _Entry(
        f"{prefix}:note:{note.id}", title, note.updated, note.created, "note", text, f"note-{note.id}"
    )


def _of_turn(turn: Turn, language: Language, prefix: str) -> _Entry:
    again = {"en": " again", "th": "แล้ว"}[language] if turn.status == OPERATIONAL else ""
    name = said(turn.name, language)
    title = f"{name}: {said(STATUS[turn.status], language)}{again}"
    text = f"{name}: {said(MEANING[turn.status], language)}{again}"
    entry_id = f"{prefix}:service:{turn.service}:{turn.at}:{turn.status}"
    return _Entry(entry_id, title, turn.at, turn.at, turn.status, text, f"s-{turn.service}")


def _entry(root: ET.Element, entry: _Entry, page: str) -> None:
    element = ET.SubElement(root, "entry")
    _put(element, "id", entry.id)
    _put(element, "title", clean(entry.title))
    _put(element, "updated", rfc3339(entry.updated))
    _put(element, "published", rfc3339(entry.published))
    _link(element, "alternate", page, "text/html")
    ET.SubElement(element, "category", {"term": entry.category})
    ET.SubElement(element, "content", {"type": "text"}).text = clean(entry.text)


def clean(text: str) -> str:
    """A text without what no XML document may hold (XML 1.0, 2.2)."""
    return "".join(one for one in text if one in "\t\n\r" or " " <= one <= "\ud7ff" or _beyond(one))


def _beyond(one: str) -> bool:
    return "\ue000" <= one <= "\ufffd" or "\U00010000" <= one <= "\U0010ffff"


def _put(parent: ET.Element, name: str, text: str | None, *inner: tuple[str, str]) -> None:
    element = ET.SubElement(parent, name)
    element.text = text
    for part, value in inner:
        ET.SubElement(element, part).text = clean(value)


def _link(parent: ET.Element, rel: str, href: str, media: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": media})
