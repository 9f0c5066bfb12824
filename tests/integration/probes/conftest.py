"""Probes that may ask this machine, names that stand for it, and certificates good and bad."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme

from devices.model import Expected, Probe, ProbeKind, Text
from services.status.probes.certificates import trust
from services.status.probes.guard import Address, Guard
from services.status.probes.hosts import Hosts
from services.status.probes.http import HttpAsker
from services.status.probes.model import Asker, Finding, TroubleError

DAY = timedelta(days=1)


@dataclass
class Names:
    """What names stand for; each look-up is kept. A list of lists gives another answer each time."""

    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.addresses.get(host, [["127.0.0.1"]] if host.endswith(".test") else [])
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(address) for address in answer]


class Authority:
    """An authority that probes believe, and what servers show with its help or without."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))
        self.trust = trust(self.file)

    def server(self, name: str, *, ends: timedelta = 90 * DAY, begins: timedelta = -DAY) -> ssl.SSLContext:
        now = datetime.now(UTC)
        certificate = self._ca.issue_cert(name, not_before=now + begins, not_after=now + ends)
        return _shows(certificate)

    @staticmethod
    def stranger(name: str) -> ssl.SSLContext:
        return _shows(trustme.CA().issue_cert(name))


def now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def _shows(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def names() -> Names:
    return Names()


LOCAL = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def hosts(names: Names) -> Hosts:
    return Hosts(Guard(LOCAL), names)


@pytest.fixture
def http(names: Names, authority: Authority) -> Callable[..., HttpAsker]:
    """An asker that may ask at these ports of this machine."""

    def make(*ports: int, allow: Sequence[Any] = LOCAL) -> HttpAsker:
        guard = Guard(allow, frozenset(ports))
        return HttpAsker(Hosts(guard, names), guard, authority.trust, now, user_agent="nakhon-test")

    return make


def probe(kind: ProbeKind, target: str, *, resolver: str | None = None, **expected: Any) -> Probe:
    return Probe(
        "portal",
        Text("Portal", "พอร์ทัล"),
        kind,
        target,
        "samyan",
        60_000,
        10_000,
        Expected(**expected),
        resolver=resolver,
    )


async def ask(asker: Asker, asked: Probe) -> Finding:
    """What is found, as the runner would have it."""
    try:
        return await asker.ask(asked)
    except TroubleError as error:
        return error.finding


def why(finding: Finding) -> str:
    assert finding.error is not None
    assert finding.error.th
    return finding.error.en
