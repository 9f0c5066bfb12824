"""The built page, a city that answers it, and a real browser that looks at it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from services.console import dist
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_scenes import arrange

PROJECT = dist().parent
# A busy machine is slow; nothing here is about speed.
PATIENCE_MS = 30_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(part: str, how: str) -> None:
    """Skip for want of a part; on CI, where everything must be there, fail."""
    text = f"needs {part}; {how}"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="session")
def page_files() -> Path:
    """The built page, built anew when its sources are newer."""
    if not _is_built():
        npm = shutil.which("npm")
        if npm is None:
            missing("the built console", f"install Node.js 20, then in {PROJECT}: npm ci and npm run build")
        assert npm is not None
        if not (PROJECT / "node_modules").exists():
            subprocess.run([npm, "ci"], cwd=PROJECT, check=True)
        subprocess.run([npm, "run", "build"], cwd=PROJECT, check=True)
    return dist()


def _is_built() -> bool:
    index = dist() / "index.html"
    if not index.exists():
        return False
    sources = [PROJECT / "index.html", *(PROJECT / "src").rglob("*"), *(PROJECT / "public").rglob("*")]
    return max(source.stat().st_mtime for source in sources) <= index.stat().st_mtime


@pytest.fixture
def city(page_files: Path) -> StubCity:
    """A city in some trouble: an outage, a degraded and an unknown domain, six open alerts."""
    made = StubCity(page_files)
    arrange(made, "busy")
    return made


@pytest_asyncio.fixture(loop_scope="module")
async def address(city: StubCity) -> AsyncIterator[str]:
    """Where the city answers."""
    server = TestServer(city.app())
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        missing("Chromium", "Debian: apt install chromium")
    assert found is not None
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        await started.close()


class Complaints(list[str]):
    """What the browser's console said that it should not have."""


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str, complaints: Complaints) -> AsyncIterator[Page]:
    """The page on a control room's screen, in English, signed in and live."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB")
    opened = await context.new_page()
    opened.on(
        "console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(address)
    yield opened
    await context.close()
