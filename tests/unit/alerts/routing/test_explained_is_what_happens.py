"""Who would hear, as it is explained, is who hears when it happens: held against the book of cases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.policy.model import Route, Step
from services.alerts.routing.explain import who
from tests.unit.alerts.dispatch.dispatchdesk import HOUR, MINUTE, SECOND, START, Desk, Hours, alert, route

AHEAD = 12 * HOUR
REPEAT = "repeat"

EDGES = st.lists(st.integers(-2, 14), min_size=2, max_size=4, unique=True).map(sorted)
SPANS = EDGES.map(
    lambda hours: Hours(*((a * 3_600 + 7, b * 3_600) for a, b in zip(hours[::2], hours[1::2], strict=False)))
)
"""Hours that are apart, as those of a schedule are."""

NEXT_STEPS = st.lists(
    st.tuples(st.sampled_from([5, 20, 90, 300]), st.sampled_from(["lead", "head"])),
    max_size=2,
    unique_by=(lambda step: step[0], lambda step: step[1]),
).map(sorted)


@st.composite
def routes(draw: st.DrawFn) -> list[Route]:
    """Routes, each with receivers of its own; those with hours come first and hand over to the last."""
    found = []
    for place in range(draw(st.integers(1, 3))):
        later = [Step(after * MINUTE, (f"{name}-{place}",)) for after, name in draw(NEXT_STEPS)]
        found.append(
            route(
                f"r{place}",
                steps=(Step(0, (f"ops-{place}",)), *later),
                during=draw(st.none() | SPANS) if place == 0 else None,
                mute=draw(st.none() | SPANS),
                repeat=draw(st.sampled_from([0, HOUR, 4 * HOUR])),
                continues=place > 0 and draw(st.booleans()),
            )
        )
    return [*found, route("rest", steps=(Step(0, ("rest",)),), repeat=0)]


def told_by_the_book(given_routes: list[Route]) -> list[tuple[int, str, str]]:
    """When (s), who and why, of an alert that nobody acknowledges; of repetitions the first of each."""
    desk = Desk(*given_routes)
    desk.fire("a")
    found = [(one.at, one.receiver, one.why) for one in desk.until(AHEAD // SECOND - 1) if one.news]
    firsts = {(receiver, why): at for at, receiver, why in reversed(found) if why == REPEAT}
    return sorted(one for one in found if one[2] != REPEAT or firsts[one[1], REPEAT] == one[0])


@settings(deadline=None)
@given(routes())
def test_it_is_as_explained(given_routes: list[Route]) -> None:
    explained = who(given_routes, alert("a"), START, ahead=AHEAD).timeline
    expected = sorted((one.after // SECOND, one.receiver, one.reason) for one in explained)
    assert told_by_the_book(given_routes) == expected
