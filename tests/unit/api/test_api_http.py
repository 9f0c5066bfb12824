"""What every answer has: ids, headers, problems, compression; and what stands beside the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.api.language import preferred
from services.api.table import ROUTES
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert


@pytest.mark.parametrize("path", ["/", "/livez", "/api/v1/domains", "/api/v1/nothing", "/metrics"])
async def test_every_answer_is_safe_in_a_browser(api: Api, path: str) -> None:
    headers = (await api.call("GET", path)).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] == "Nakhon"


async def test_a_request_keeps_the_id_that_it_came_with(api: Api) -> None:
    answer = await api.call("GET", "/api/v1/nothing", headers={"X-Request-ID": "from-proxy.1"})

    assert answer.headers["X-Request-ID"] == (await answer.json())["request_id"] == "from-proxy.1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
async def test_a_request_without_a_usable_id_is_given_one(api: Api, given: str) -> None:
    ids = {
        (await api.call("GET", "domains", headers={"X-Request-ID": given})).headers["X-Request-ID"]
        for _ in range(2)
    }

    assert len(ids) == 2
    assert given not in ids


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api", "/api/v1", "/nothing.js", "/status/x", "/assets/x"]
)
async def test_a_path_that_is_none_is_a_problem(api: Api, path: str) -> None:
    problem = await api.problem("GET", path)

    assert (problem["status"], problem["code"], problem["instance"]) == (404, "not_found", path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_a_path_that_is_none_is_none_for_every_method(api: Api, method: str) -> None:
    assert (await api.problem(method, "nothing"))["code"] == "not_found"


async def test_a_path_that_takes_only_posts_says_so(api: Api) -> None:
    answer = await api.call("GET", "telemetry")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_method_that_is_not_possible_says_which_are(api: Api) -> None:
    answer = await api.call("DELETE", "alerts")

    assert (answer.status, answer.content_type) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD"}


async def test_titles_come_in_the_language_of_the_request(api: Api) -> None:
    thai = await api.call("GET", "alerts/none", headers={"Accept-Language": "th-TH,en;q=0.5"})
    english = await api.problem("GET", "alerts/none")

    assert (await thai.json())["title"] == "ไม่พบสิ่งที่ขอ"
    assert thai.headers["Content-Language"] == "th"
    assert english["title"] == "There is no such thing"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("th", "th"),
        ("en-GB, th;q=0.9", "en"),
        ("en;q=0.2, th;q=0.3", "th"),
        ("fr, de", "en"),
        ("fr, th;q=0.1", "th"),
        ("th;q=nonsense", "en"),
        ("th;q=0", "en"),
    ],
)
def test_a_language_is_chosen_by_its_weight(header: str | None, language: str) -> None:
    assert preferred(header) == language


async def test_a_failure_is_a_problem_without_its_inside(api: Api) -> None:
    api.telemetry.fail = RuntimeError("the secret inside")

    with capture_logs() as logs:
        problem = await api.problem("POST", "telemetry", params={"device": "aq-01"}, data=b"{}")

    assert (problem["status"], problem["code"]) == (500, "internal")
    assert "secret inside" not in str(problem)
    assert logs[0]["request_id"] == problem["request_id"]
    assert logs[0]["exc_info"] is api.telemetry.fail


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET" and "{" not in r.path])
async def test_what_can_be_got_can_be_asked_for_its_head(api: Api, route: object) -> None:
    path = getattr(route, "path", "")

    answer = await api.call("HEAD", path, params={"device": "aq-01"} if path.endswith("/explain") else {})

    assert answer.status == 200
    assert await answer.read() == b""


async def test_long_answers_are_compressed_for_who_reads_that(api: Api) -> None:
    api.alerts.put(*(alert(n) for n in range(200)))

    plain = await api.call("GET", "alerts", headers={"Accept-Encoding": "identity"})
    packed = await api.call("GET", "alerts", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) * 5 < int(plain.headers["Content-Length"])
    assert await packed.json() == await plain.json()


async def test_what_lasts_is_not_sent_twice(api: Api) -> None:
    first = await api.call("GET", "types")
    again = await api.call("GET", "types", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status, await again.read()) == (304, b"")


async def test_what_moves_is_never_stored(api: Api) -> None:
    assert (await api.call("GET", "alerts")).headers["Cache-Control"] == "no-store"


async def test_it_lives_without_a_token(api: Api) -> None:
    assert await api.get("/livez", role=None) == {"alive": True}


async def test_it_is_ready_or_says_why_not(api: Api) -> None:
    assert await api.get("/readyz", role=None) == {"ready": True, "reasons": []}

    api.readiness.append("broker: connection refused")
    answer = await api.call("GET", "/readyz", role=None)

    assert answer.status == 503
    assert await answer.json() == {"ready": False, "reasons": ["broker: connection refused"]}


async def test_figures_come_as_prometheus_reads_them(api: Api) -> None:
    answer = await api.call("GET", "/metrics", role="viewer")

    assert answer.headers["Content-Type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert await answer.text() == "nakhon_items_pending 0\n"


async def test_without_a_built_console_the_page_says_how_to_build_it(api: Api) -> None:
    answer = await api.call("GET", "/", role=None)

    assert answer.content_type == "text/html"
    assert "make console" in await answer.text()


class TestConsole:
    @pytest.fixture
    def console(self, tmp_path: Path) -> Path:
        (tmp_path / "assets").mkdir()
        (tmp_path / "index.html").write_text("<!doctype html><title>Console</title>")
        (tmp_path / "assets" / "main-abc123.js").write_text("let a = 1;\n" * 500)
        (tmp_path / "favicon.svg").write_text("<svg/>")
        (tmp_path.parent / "secret.txt").write_text("outside")
        return tmp_path

    async def test_the_page_is_asked_for_anew_and_its_parts_are_kept(self, api: Api) -> None:
        page = await api.call("GET", "/", role=None)
        script = await api.call("GET", "/assets/main-abc123.js", role=None)
        icon = await api.call("GET", "/favicon.svg", role=None)

        assert "Console" in await page.text()
        assert page.headers["Cache-Control"] == "no-cache"
        assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert script.content_type == "text/javascript"
        assert script.headers["Content-Encoding"] == "gzip"
        assert icon.content_type == "image/svg+xml"

    async def test_a_file_is_not_sent_twice(self, api: Api) -> None:
        first = await api.call("GET", "/", role=None)
        again = await api.call("GET", "/", role=None, headers={"If-None-Match": first.headers["ETag"]})

        assert again.status == 304

    async def test_pages_of_the_console_are_the_page(self, api: Api) -> None:
        page = {"Accept": "text/html,application/xhtml+xml"}

        assert (await api.call("GET", "/alerts/01J", role=None, headers=page)).status == 200
        assert (await api.call("GET", "/api/v1/nothing", role=None, headers=page)).status == 404
        assert (await api.call("GET", "/assets/gone.js", role=None, headers=page)).status == 404
        assert (await api.call("GET", "/alerts/01J", role=None)).status == 404

    @pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"])
    async def test_nothing_outside_its_folder_is_served(self, api: Api, path: str) -> None:
        answer = await api.call("GET", path, role=None)

        assert "outside" not in await answer.text()
