"""The pages that people read, taken apart: links, headings, examples, commands and names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A fenced block. ``marks`` is what stands behind its language: ``file=city.yaml``, ``payload=Type``."""

    page: str
    line: int
    language: str
    marks: dict[str, str]
    text: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name(page: Path) -> str:
    """A page as people call it: ``docs/operator.md``."""
    return page.relative_to(ROOT).as_posix()


def read(page: str) -> str:
    """The text of ``docs/operator.md``."""
    return (ROOT / page).read_text(encoding="utf-8")


def examples() -> Iterator[Example]:
    """Every fenced block of every page."""
    for page in PAGES:
        text = read(name(page))
        for match in _FENCE.finditer(text):
            language, *marks = match["info"].split() or [""]
            pairs = (mark.partition("=") for mark in marks)
            line = text.count("\n", 0, match.start()) + 1
            yield Example(name(page), line, language, {key: value for key, _, value in pairs}, match["text"])


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", read(page))


def links(page: str) -> list[str]:
    """Where a page's links go, those to other sites left out."""
    return [link for link in _LINK.findall(prose(page)) if "://" not in link]


def spans(page: str) -> list[str]:
    """What stands in backquotes."""
    return _SPAN.findall(prose(page))


def anchors(page: str) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, header lines among them, up to the next heading."""
    text = re.split(rf"^#+ {re.escape(heading)}$", prose(page), maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(r"^#", text, maxsplit=1, flags=re.MULTILINE)[0]
    return [[cell.strip() for cell in row.split("|")] for row in _ROW.findall(section)]
