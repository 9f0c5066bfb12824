"""The network between Nakhon and the broker breaks, goes silent, crawls."""

from __future__ import annotations

import pytest

from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real


def test_cut_again_and_again(town: Town) -> None:
    with town.auditor() as auditor:
        for _ in range(5):
            auditor.stream(200, over=0.2)
            town.network.reset()
        auditor.stream(200)
        found = auditor.audit(redelivered=True)
        assert found.ledger["stored"] == 1_200


def test_acknowledgements_that_get_lost_come_back_as_duplicates(town: Town) -> None:
    with town.auditor() as auditor:
        auditor.stream(100)
        auditor.received()
        auditor.settled()
        town.network.hold(there=True, back=False)
        auditor.stream(100)
        auditor.received()
        town.network.reset()
        town.network.mend()
        auditor.received(300)
        found = auditor.audit(redelivered=True)
        assert (found.ledger["stored"], found.ledger["duplicate"]) == (200, 100)


def test_half_open_connection_is_noticed_by_keepalive(town: Town) -> None:
    with town.auditor() as auditor:
        auditor.stream(50)
        auditor.received()
        town.network.hold()
        auditor.stream(200)
        until(lambda: not town.ready()[0], "the silence is noticed")
        assert any("broker" in reason for reason in town.ready()[1])
        assert auditor.moved()["received"] == 50
        town.network.mend()
        town.until_ready()
        auditor.audit(redelivered=True)


def test_crawling_network(town: Town) -> None:
    with town.auditor() as auditor:
        town.network.slow(delay=0.05, rate=300_000)
        auditor.stream(500, over=0.5)
        auditor.audit(redelivered=True)
