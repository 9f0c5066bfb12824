"""Names by key: as sets would have it, in the order in which they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.incidents.buckets import Buckets

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.sampled_from("abcd")), max_size=40)


@given(STEPS)
def test_they_hold_what_was_put_and_not_taken(steps: list[tuple[bool, int, str]]) -> None:
    buckets: Buckets[int] = Buckets()
    model: dict[int, dict[str, None]] = {key: {} for key in range(3)}
    for put, key, name in steps:
        if put:
            buckets.add(key, name)
            model[key].setdefault(name)
        else:
            buckets.drop(key, name)
            model[key].pop(name, None)
        for one, names in model.items():
            assert list(buckets.get(one)) == list(names)
            assert (one in buckets) == bool(names)
