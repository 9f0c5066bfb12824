"""``nakhon report``: fetches the page and keeps it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import build

PAGE = "<!doctype html>\n<title>ตุลาคม</title>\n"
WRONG = {
    "title": "A parameter is wrong",
    "detail": "period: 'soon' is no period (allowed: a month such as 2026-10)",
    "errors": [{"parameter": "period", "message": "is no period", "allowed": "a month such as 2026-10"}],
}


class Nakhon(HTTPServer):
    """Answers with the page, and keeps what it was asked."""

    asked: list[tuple[str, str | None]]
    named = 'inline; filename="nakhon-tiny-2026-10.html"'


class Handler(BaseHTTPRequestHandler):
    server: Nakhon

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        if "soon" in self.path:
            self._say(400, "application/problem+json", json.dumps(WRONG))
        else:
            self._say(200, "text/html; charset=utf-8", PAGE)

    def _say(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Disposition", self.server.named)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def nakhon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nakhon]:
    monkeypatch.chdir(tmp_path)
    server = Nakhon(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(nakhon: Nakhon, *arguments: str) -> tuple[int, str, BaseException | None]:
    where = ["--http", f"http://127.0.0.1:{nakhon.server_port}", "--token", "t"]
    result = CliRunner().invoke(build(), ["report", *arguments, *where])
    return result.exit_code, result.stdout, result.exception


def test_the_page_is_kept_under_the_name_that_the_server_gives(nakhon: Nakhon, tmp_path: Path) -> None:
    code, out, _ = run(nakhon, "--period", "2026-10", "--lang", "th")
    assert (code, out) == (0, "nakhon-tiny-2026-10.html\n")
    assert (tmp_path / "nakhon-tiny-2026-10.html").read_text(encoding="utf-8") == PAGE
    assert nakhon.asked == [("/api/v1/report?period=2026-10&lang=th", "Bearer t")]


def test_without_a_period_the_server_chooses(nakhon: Nakhon) -> None:
    run(nakhon)
    assert nakhon.asked[0][0] == "/api/v1/report"


def test_it_is_kept_where_one_says(nakhon: Nakhon, tmp_path: Path) -> None:
    code, out, _ = run(nakhon, "--out", "reports/october.html")
    assert (code, out) == (0, "reports/october.html\n")
    assert (tmp_path / "reports" / "october.html").exists()


def test_or_printed(nakhon: Nakhon, tmp_path: Path) -> None:
    assert run(nakhon, "--out", "-")[1] == PAGE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("named", ["", 'inline; filename="../../evil.html"', 'inline; filename=".html"'])
def test_a_name_that_leads_elsewhere_is_not_taken(nakhon: Nakhon, named: str) -> None:
    nakhon.named = named
    assert run(nakhon)[1] == "nakhon-report.html\n"


def test_a_period_that_is_refused_is_told_with_what_is_allowed(nakhon: Nakhon, tmp_path: Path) -> None:
    _, _, error = run(nakhon, "--period", "soon")
    assert "period: 'soon' is no period (allowed: a month such as 2026-10)" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_not_be_written(nakhon: Nakhon, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _, _, error = run(nakhon, "--out", "file/october.html")
    assert "can't write file/october.html" in str(error)
