"""Circles among things that stand on one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def circles(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Each circle that a walk along ``edges`` (name to the names it needs) runs into.

    A circle is told from its first name in the order of ``edges`` around to that name again; one that shares
    a step with another may stay untold until that is mended. Names that have no entry lead nowhere.
    """
    order = {name: place for place, name in enumerate(edges)}
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for start in edges:
        if start not in done:
            for circle in _walk(start, edges, done):
                found.setdefault(_from_its_first(circle, order))
    return list(found)


def _walk(start: str, edges: Mapping[str, Sequence[str]], done: set[str]) -> Iterator[list[str]]:
    """Depth first, without recursion: a chain may be as long as the city has services."""
    path = [start]
    places = {start: 0}
    left = [iter(edges[start])]
    while left:
        following = next(left[-1], None)
        if following is None:
            left.pop()
            name = path.pop()
            del places[name]
            done.add(name)
        elif following in places:
            yield path[places[following] :]
        elif following in edges and following not in done:
            places[following] = len(path)
            path.append(following)
            left.append(iter(edges[following]))


def _from_its_first(circle: list[str], order: Mapping[str, int]) -> tuple[str, ...]:
    place = min(range(len(circle)), key=lambda number: order[circle[number]])
    return (*circle[place:], *circle[:place], circle[place])
