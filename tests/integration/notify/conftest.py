"""Certificates that are believed, and some that are not; a client with patience, and one with little."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from services.alerts.notify.channels.http import HttpClient, Timeouts, trust

NOW = 1_767_596_700_000


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(lambda: NOW, timeouts=Timeouts(total=30.0, connect=30.0, body=30.0))
    yield made
    await made.close()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpClient]:
    """For servers that never answer: whatever else is tested with it must not need to be quick."""
    made = HttpClient(lambda: NOW, timeouts=Timeouts(total=1.0, connect=1.0, body=0.2))
    yield made
    await made.close()


class Authority:
    """An authority of one's own: ``trust`` believes it, ``server(name)`` is a server that shows a name."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))
        self.trust = trust(self.file)

    def server(self, name: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._ca.issue_cert(name).configure_cert(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    (tmp_path / "stranger").mkdir()
    return Authority(tmp_path / "stranger")
