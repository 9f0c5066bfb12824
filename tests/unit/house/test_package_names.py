"""Our packages have plain names; no locked dependency may own one of them (docs/decisions/0005)."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS = {"devices", "rules", "services", "simulators"}


def locked(name: str) -> list[str]:
    return re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / name).read_text(), re.MULTILINE)


def test_no_locked_dependency_owns_one_of_our_names() -> None:
    looked_at = 0
    for name in {*locked("requirements.lock"), *locked("requirements-dev.lock")}:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # locked for another platform
        looked_at += 1
        assert not OURS & {file.parts[0] for file in files}, name
    assert looked_at > 50


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-node.lock"])
def test_lock_files_carry_versions_and_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_runs_and_what_is_tested_have_the_same_versions() -> None:
    def versions(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    run, tested = versions("requirements.lock"), versions("requirements-dev.lock")
    assert run.items() <= tested.items()
