"""The ledger adds up at every moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.telemetry.ledger import Key, Ledger, Outcome

steps = st.lists(st.tuples(st.sampled_from(["environment", "unknown"]), st.sampled_from(["aq-01", None])))


@given(steps, st.data())
def test_received_is_the_sum_after_every_step(
    items: list[tuple[str, str | None]], data: st.DataObject
) -> None:
    ledger = Ledger(since=0)
    for done, (domain, device) in enumerate(items, 1):
        ledger.open({Key(domain, device): 1})
        report = ledger.report()
        ended = report["stored"] + report["duplicate"] + report["quarantined"] + report["pending"]
        assert report["received"] == ended == done
    for domain, device in items:
        ledger.close(data.draw(st.sampled_from(Outcome)), {Key(domain, device): 1})
        assert ledger.report()["received"] == len(items)
    assert ledger.pending == 0
    assert sum(part["received"] for part in ledger.report()["domains"].values()) == len(items)


def test_what_is_pending_is_not_saved() -> None:
    ledger = Ledger(since=5)
    ledger.open({Key("energy", "ac-01"): 3})
    ledger.close(Outcome.STORED, {Key("energy", "ac-01"): 2})
    again = Ledger.load(ledger.dump())
    assert again.since == 5
    assert again.report("ac-01") == {
        "since": "1970-01-01T00:00:00.005Z",
        "received": 2,
        "stored": 2,
        "duplicate": 0,
        "quarantined": 0,
        "pending": 0,
    }


def test_an_unheard_device_has_an_empty_account() -> None:
    assert Ledger(since=0).report("nobody")["received"] == 0
