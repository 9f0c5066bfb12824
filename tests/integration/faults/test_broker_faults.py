"""The broker ends, is killed, forgets; what it handed over is kept, and what it lost is told beside."""

from __future__ import annotations

import pytest

from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real


def test_restart_with_persistence(town: Town) -> None:
    with town.auditor() as auditor:
        town.network.cut()
        auditor.stream(300)
        auditor.acknowledged()
        town.broker.stop()
        town.network.mend()
        town.broker.start()
        auditor.stream(100, over=0.5)
        found = auditor.audit(redelivered=True)
        assert found.ledger["stored"] == 400


def test_restart_in_the_middle_of_a_stream(town: Town) -> None:
    with town.auditor() as auditor:
        auditor.stream(500, over=0.5)
        town.broker.stop()
        town.broker.start()
        auditor.stream(500, over=0.5)
        auditor.audit(redelivered=True)


def test_restart_without_persistence(town: Town) -> None:
    with town.auditor() as auditor:
        auditor.stream(200)
        auditor.received()
        town.network.cut()
        queued = auditor.stream(100)
        auditor.acknowledged()
        town.broker.stop()
        town.broker.forget()
        town.broker.start()
        town.network.mend()
        town.until_ready()
        auditor.stream(200, over=0.3)
        auditor.acknowledged()
        auditor.received(400)
        found = auditor.audit(redelivered=True, broker_lost=True)
        assert found.missing == queued, "lost is what the broker had not handed over, and nothing else"
        assert found.ledger["stored"] == 400


def test_killed(town: Town) -> None:
    with town.auditor() as auditor:
        auditor.stream(100)
        auditor.received()
        town.network.cut()
        saved = auditor.stream(200)
        auditor.acknowledged()
        town.broker.save()
        unsaved = auditor.stream(100)
        auditor.acknowledged()
        town.broker.kill()
        town.broker.start()
        town.network.mend()
        town.until_ready()
        auditor.stream(100, over=0.3)
        auditor.acknowledged()
        auditor.received(400)
        found = auditor.audit(redelivered=True, broker_lost=True)
        assert not set(map(id, found.missing)) & set(map(id, saved)), "what it had saved it hands over"
        assert {id(sent) for sent in found.missing} <= {id(sent) for sent in unsaved}


def test_what_the_broker_drops_stands_beside_the_ledger(town: Town) -> None:
    town.broker.stop()
    town.broker.start(max_queued_messages=100, max_inflight_messages=10, sys_interval=1)
    town.until_ready()
    with town.auditor() as auditor:
        town.network.cut()
        auditor.stream(300)
        auditor.acknowledged()
        town.network.mend()
        until(lambda: town.nakhon.get("/api/v1/ledger")["broker"].get("dropped", 0) > 0, "drops are told", 20)
        auditor.received(1)
        found = auditor.audit(redelivered=True, broker_lost=True)
        assert 0 < len(found.missing) <= 200
        dropped = town.nakhon.get("/api/v1/ledger")["broker"]["dropped"]
        assert dropped >= len(found.missing)
        assert town.metric("nakhon_broker_dropped_total") == dropped
