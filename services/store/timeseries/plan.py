"""Which part of a question is answered by days, which by hours, and which by the readings themselves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from services.store.timeseries.grid import DAY, Piece
from services.store.timeseries.hours import HOUR, Hours

Span: TypeAlias = tuple[int, int]
"""[first, last) in ms."""


class Plan(NamedTuple):
    """Spans that lie beside each other and together are the span that was asked for."""

    days: tuple[Span, ...] = ()
    hours: tuple[Span, ...] = ()
    readings: tuple[Span, ...] = ()


def plan(piece: Piece, asked: Span, upto: int, hours: Hours, *, days: bool) -> Plan:
    """How to answer for ``asked``, which lies in ``piece``, when hours are aggregated up to ``upto``.

    ``days`` is whether the buckets are whole days of the hours' own timezone.
    """
    start, end = asked
    first, last = hours.ceil(start), hours.floor(min(end, upto))
    fits = piece.every % HOUR == 0 and hours.begins(piece.start)
    if not fits or first >= last:
        return Plan(readings=_filled(asked))
    whole = _joined(hours.days(first, last)) if days and last - first >= DAY - HOUR else ()
    return Plan(whole, _between((first, last), whole), _filled((start, first), (last, end)))


def holding(spans: Sequence[Span], time: int) -> Span | None:
    """The one of these spans, which are in order, that a moment lies in."""
    at = bisect_right(spans, time, key=itemgetter(0)) - 1
    return spans[at] if at >= 0 and time < spans[at][1] else None


def _filled(*spans: Span) -> tuple[Span, ...]:
    return tuple(span for span in spans if span[0] < span[1])


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1][1] == span[0]:
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return tuple(joined)


def _between(whole: Span, taken: tuple[Span, ...]) -> tuple[Span, ...]:
    edges = [whole[0], *(edge for span in taken for edge in span), whole[1]]
    return _filled(*zip(edges[::2], edges[1::2], strict=True))
