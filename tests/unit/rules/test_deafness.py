from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.deafness import Deafness

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda s: (s[0], s[0] + s[1])))


def test_what_overlaps_or_touches_is_one_span():
    deaf = Deafness([(10, 20), (30, 40), (20, 30), (50, 60), (55, 58), (70, 70)])
    assert deaf.spans == [(10, 40), (50, 60)]


def test_deafness_that_begins_when_the_span_is_over_does_not_count():
    deaf = Deafness([(10, 20)])
    assert deaf.heard_out(0, 10) == 10
    assert deaf.heard_out(0, 11) == 21
    assert deaf.heard_out(15, 5) == 25
    assert deaf.heard_out(20, 5) == 25


@UNHURRIED
@given(SPANS, st.integers(0, 120), st.integers(1, 60))
def test_it_counts_the_moments_in_which_something_could_be_heard(spans, since, span):
    deaf = Deafness(spans)
    moment, heard = since, 0
    while heard < span:
        heard += not any(start <= moment < end for start, end in spans)
        moment += 1
    assert deaf.heard_out(since, span) == moment


@UNHURRIED
@given(SPANS, st.integers(0, 200), st.integers(1, 60), st.data())
def test_what_is_forgotten_could_not_matter_any_more(spans, now, longest, data):
    """A silence that still runs ends at the same moment with and without the spans that were dropped."""
    whole, pruned = Deafness(spans), Deafness(spans)
    pruned.forget(now, longest)
    since = data.draw(st.integers(0, 200))
    span = data.draw(st.integers(1, longest))
    until = whole.heard_out(since, span)
    assert pruned.heard_out(since, span) == until or until < now
