"""A notice in words: subject, text and HTML in English or Thai."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from devices.documents import Problem
from services.alerts.notify.facts import Facts, facts_of
from services.alerts.notify.notice import Notice
from services.alerts.notify.samples import samples
from services.alerts.notify.templating import Templates
from services.alerts.notify.words import Language, Setting, Words, clean

LANGUAGES: tuple[Language, ...] = ("en", "th")

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000

_LONGEST_HTML = 100_000
_SPARE_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads.

    ``subject`` is one line; ``text`` begins with it. ``short`` is the subject and where to look. ``link`` is
    the address in the console, empty when nobody said where that is; ``html`` is empty unless asked for.
    """

    subject: str
    text: str
    html: str
    short: str
    link: str

    def fitted(self, most: int) -> str:
        """The text within ``most`` UTF-16 units, as LINE counts; it is cut before the link."""
        if _units(self.text) <= most:
            return self.text
        end = f"\n…\n{self.link}" if self.link else "\n…"
        return _cut(self.text, most - _units(end)).rstrip() + end


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: max(0, units) * 2].decode("utf-16-le", "ignore")


class Writer:
    """Puts notices into words, by the built-in templates or those in the folder ``own``.

    ``problems`` is what is wrong with one's own templates: told at start. Where one is broken, the built-in
    one is used. Making one reads files: not on an event loop.
    """

    def __init__(self, setting: Setting, own: Path | None = None) -> None:
        self._words = {language: Words(setting, language) for language in LANGUAGES}
        self._templates = Templates(own)
        self.problems: tuple[Problem, ...] = tuple(self._templates.check(self._tries())) if own else ()

    def write(self, notice: Notice, language: Language, *, html: bool = False) -> Message:
        """The message of a notice; its HTML only when that is asked for."""
        facts = facts_of(notice, self._words[language])
        name, values = f"{language}/{notice.reason.value}", _values(facts)
        text = _tidied(self._templates.render(f"{name}.txt", values))
        page = self._templates.render(f"{name}.html", values) if html else ""
        subject = clean(text.partition("\n")[0], LONGEST_SUBJECT)
        return Message(
            subject=subject,
            text=text[:LONGEST_TEXT],
            html=page if len(page) <= _LONGEST_HTML else "",
            short=f"{subject}\n{facts.link}" if facts.link else subject,
            link=facts.link,
        )

    def words(self, language: Language) -> Words:
        """The city's names and times in that language."""
        return self._words[language]

    def _tries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for language, words in self._words.items():
            for notice in samples():
                values = _values(facts_of(notice, words))
                for kind in ("txt", "html"):
                    yield f"{language}/{notice.reason.value}.{kind}", values


def _values(facts: Facts) -> dict[str, Any]:
    return {field.name: getattr(facts, field.name) for field in fields(facts)}


def _tidied(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return _SPARE_LINES.sub("\n\n", lines)
