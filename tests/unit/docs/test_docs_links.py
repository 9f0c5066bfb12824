"""Whatever a page points to is there."""

from __future__ import annotations

import re

import pytest

from tests.unit.docs import pages

NAMES = [pages.name(page) for page in pages.PAGES]
LINKS = [(page, link) for page in NAMES for link in pages.links(page)]
_FOLDERS = ("devices/", "rules/", "services/", "simulators/", "deploy/", "tests/", "docs/", ".ci/")
_PLACEHOLDER = re.compile(r"\b(DOMAIN|Name)\b")


def named_files() -> list[tuple[str, str]]:
    """Paths from the root in backquotes. With braces it is a path of the API, or of a topic."""
    return [
        (page, span)
        for page in NAMES
        for span in pages.spans(page)
        if (span.startswith(_FOLDERS) or re.fullmatch(r"[\w.-]+\.(toml|lock)", span))
        and not set(span) & set("{ ")
    ]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (pages.ROOT / page).parent / path if path else pages.ROOT / page
    assert target.exists(), f"{page} links to {link}"
    if anchor:
        there = pages.anchors(pages.name(target.resolve()))
        assert anchor in there, f"{page} links to {link}; there are {sorted(there)}"


@pytest.mark.parametrize(("page", "path"), named_files())
def test_a_file_that_is_named_exists(page: str, path: str) -> None:
    pattern = _PLACEHOLDER.sub("*", path).rstrip("/")
    assert next(pages.ROOT.glob(pattern), None), f"{page} names {path}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(pages.ROOT / page).parent / link.partition("#")[0] for link in pages.links(page)]
        waiting += [
            pages.name(target.resolve()) for target in targets if target.suffix == ".md" and target.exists()
        ]
    assert reached >= set(NAMES)
