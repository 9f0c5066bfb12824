"""Moments gathered into spans, so that a question about a few of them does not read all between."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

GAP = 600_000
"""Moments further apart than this (ms) are asked for separately."""

MOST = 16
"""No question is cut into more spans than this: the narrowest gaps are read over."""


def spans(moments: Iterable[int], gap: int = GAP) -> list[tuple[int, int]]:
    """Spans [first, last] that together hold all moments, in order; no two closer together than ``gap``."""
    ordered = sorted(set(moments))
    if not ordered:
        return []
    gaps = [(after - before, at) for at, (before, after) in enumerate(pairwise(ordered))]
    widest = sorted((one for one in gaps if one[0] > gap), reverse=True)[: MOST - 1]
    cuts = sorted(at for _, at in widest)
    starts = [0, *(at + 1 for at in cuts)]
    ends = [*cuts, len(ordered) - 1]
    return [(ordered[start], ordered[end]) for start, end in zip(starts, ends, strict=True)]
