"""The AsyncAPI tools themselves read the document, and have nothing against it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devices.catalog import Catalog
from services.api.asyncapi import describe
from tests.fixtures.mosquitto import missing
from tests.support.smallcity import small_city

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
ERROR, WARNING = 0, 1
Check = Callable[[dict[str, Any]], dict[str, Any]]


def _program(name: str) -> str | None:
    """From the machine if it is new enough, else the one in the virtual environment."""
    own = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if found and _new_enough():
        return found
    return str(own) if own.exists() else None


def _new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    return int(version.removeprefix("v").partition(".")[0]) >= 20


def _install(npm: str) -> None:
    """Once, and again when the lock changes. No package's own scripts are run."""
    mark = HERE / "node_modules" / ".package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
        return
    path = f"{Path(npm).parent}{os.pathsep}{os.environ['PATH']}"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=HERE, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        missing("the AsyncAPI tools", f"npm ci in {HERE.name} said:\n{done.stderr}")


@pytest.fixture(scope="module")
def check() -> Check:
    node, npm = _program("node"), _program("npm")
    if node is None or npm is None:
        missing("Node.js 20 or newer", "install it, or: .venv/bin/pip install -r requirements-node.lock")
    assert node is not None
    assert npm is not None
    _install(npm)
    script = str(HERE / "check.mjs")

    def run(document: dict[str, Any]) -> dict[str, Any]:
        done = subprocess.run(
            [node, script], input=json.dumps(document), capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def test_they_find_nothing_wrong(check: Check) -> None:
    folder = small_city()
    found = check(describe(folder.catalog, folder.city))
    assert found["understood"]
    assert [told for told in found["diagnostics"] if told["severity"] <= WARNING] == []
    assert {told["code"] for told in found["diagnostics"]} <= {"asyncapi-latest-version"}


@pytest.mark.parametrize(
    ("section", "name", "key", "wrong"),
    [
        ("operations", "sendVerdict", "channel", {"$ref": "#/channels/verdicts"}),
        ("operations", "sendVerdict", "action", "sends"),
        ("channels", "status", "parameters", {"city": {"pattern": "x"}}),
    ],
)
def test_they_do_look(check: Check, section: str, name: str, key: str, wrong: Any) -> None:
    document = describe(Catalog.builtin())
    document[section][name][key] = wrong
    found = check(document)
    assert any(name in told["path"] for told in found["diagnostics"] if told["severity"] == ERROR)
