"""The public status page, its feed and its document: what everybody may know, and nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from devices.model import Domain
from services.api import ApiDeps, make_app
from services.api.public.feed import ATOM
from services.runtime.clock import ManualClock, rfc3339
from services.store.errors import StoreUnavailableError
from services.store.records.notes import NoteRecord
from tests.unit.api.operatordoubles import Operations, maintenance
from tests.unit.api.statusdoubles import START, KeptNotes, StatusWork, change, day, domains_of, note, service

DAY = 86_400_000
SECRET = re.compile(r"aq-0\d|ac-01|nok|somchai|01K|front-door|silence-degraded")


class Statuses:
    """Domains of these services, counting who asks."""

    def __init__(self) -> None:
        self.services = [service(), service("power", domain="energy", name={"en": "Power", "th": "ไฟฟ้า"})]
        self.asked = 0

    def domains(self) -> Any:
        self.asked += 1
        return domains_of(self.services)


@dataclass
class Public:
    """The application as the public meets it: without a token."""

    client: TestClient[Any, Any]
    clock: ManualClock
    statuses: Statuses
    work: StatusWork
    told: KeptNotes
    operations: Operations

    async def get(self, path: str = "/status", **headers: str) -> ClientResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers=named)

    async def text(self, path: str = "/status", **headers: str) -> str:
        answer = await self.get(path, **headers)
        assert answer.status == 200
        return await answer.text()

    async def data(self) -> Any:
        return await (await self.get("/status.json")).json()

    def say(self, *notes: NoteRecord) -> None:
        self.told.kept = {one.id: one for one in notes}


@pytest.fixture
async def public(deps: ApiDeps, told: KeptNotes) -> AsyncIterator[Public]:
    statuses, parts = Statuses(), deps
    async with TestClient(TestServer(make_app(replace(deps, status=statuses)))) as client:
        found: Any = parts
        yield Public(client, found.clock, statuses, found.history, told, found.maintenance)


async def settle(public: Public) -> None:
    """Let what is kept grow old."""
    await public.clock.advance(61)


class Outline(HTMLParser):
    """Headings, landmarks, text and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


async def test_everybody_may_see_how_the_services_do(public: Public) -> None:
    page = Outline(await public.text())

    assert "All 2 services are operational" in page.text
    assert page.text.count("Operational") >= 4
    assert [one["id"] for one in page.all("section") if "domain" in (one.get("class") or "")] == [
        *("environment", "mobility", "energy", "living", "people", "governance", "economy")
    ]
    assert "Air quality" in page.text
    assert "No service is defined" in page.text


async def test_it_names_no_device_no_alert_and_nobody(public: Public) -> None:
    stuck = {"en": "Air quality: 1 of 2 sensors stuck: aq-03", "th": "aq-03"}
    public.statuses.services[0] |= {"status": "degraded", "reason": stuck}
    public.work.all_changes = [change(-9, reason=stuck)]
    public.operations.all_maintenance = {
        "m": maintenance(
            1, matcher={"services": ["power"]}, title={"en": "By somchai", "th": "x"}, reason="nok"
        )
    }
    public.say(note(1, incident="01K0001"), note(2, state="resolved"))

    for path in ("/status", "/status?lang=th", "/status/atom", "/status/atom?lang=th", "/status.json"):
        assert SECRET.findall(await public.text(path)) == [], path


async def test_its_language_is_asked_for_or_preferred(public: Public) -> None:
    thai = await public.get("/status", Accept_Language="th-TH,en;q=0.5")
    asked = await public.get("/status?lang=en", Accept_Language="th")

    assert 'lang="th"' in await thai.text()
    assert "สิ่งแวดล้อม" in await thai.text() or "คุณภาพอากาศ" in await thai.text()
    assert thai.headers["Content-Language"] == "th"
    assert "Accept-Language" in thai.headers["Vary"]
    assert asked.headers["Content-Language"] == "en"
    assert 'href="/status?lang=th"' in await asked.text()


@pytest.mark.parametrize("query", ["lang=fr", "utm_source=line", "lang=en&lang=th", "fbclid=%00"])
async def test_what_others_hang_onto_its_address_does_no_harm(public: Public, query: str) -> None:
    answer = await public.get(f"/status?{query}")

    assert answer.status == 200
    assert answer.headers["Content-Language"] == "en"


async def test_it_runs_nothing_and_loads_nothing(public: Public) -> None:
    answer = await public.get()
    text = await answer.text()
    page = Outline(text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.all("script") == []
    assert not any(name == "style" or name.startswith("on") for _, found in page.tags for name in found)
    linked = [one.get("href") or "" for one in (*page.all("a"), *page.all("link"))]
    assert all(link.startswith(("/status", "#", "data:")) for link in linked)
    assert "Set-Cookie" not in answer.headers


async def test_it_refreshes_by_itself_until_that_is_stopped(public: Public) -> None:
    page, still = Outline(await public.text()), Outline(await public.text("/status?refresh=off"))

    assert [one["content"] for one in page.all("meta") if one.get("http-equiv") == "refresh"] == ["60"]
    assert any("refresh=off" in (one.get("href") or "") for one in page.all("a"))
    assert [one for one in still.all("meta") if one.get("http-equiv")] == []


@pytest.mark.parametrize("status", ["degraded", "outage", "maintenance", "unknown"])
async def test_a_status_is_said_in_words_and_drawn_as_a_symbol(public: Public, status: str) -> None:
    public.statuses.services[1] |= {"status": status}

    page = Outline(await public.text())

    assert status.capitalize() in page.text
    assert {"href": f"#i-{status}"} in page.all("use")
    assert f"Of 2 services: 1 operational, 1 {status}" in page.text


async def test_headings_go_down_step_by_step_and_ids_are_once(public: Public) -> None:
    public.say(note(1), note(2, state="planned"), note(3, state="resolved"))
    page = Outline(await public.text())

    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    ids = [found["id"] for _, found in page.tags if "id" in found]
    named = {name for _, found in page.tags if (name := found.get("aria-labelledby"))}
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(ids) == len(set(ids))
    assert named <= set(ids)


async def test_each_day_has_a_bar_with_its_figures(public: Public) -> None:
    public.work.days = [
        day("2026-01-01"),
        day("2026-01-02", outage=864.0),
        day("2026-01-03", degraded=8_640.0),
        day("2026-01-04", maintenance=8_640.0),
        day("2026-01-05", unknown=86_400.0),
    ]

    page = Outline(await public.text())

    drawn = [(one["class"], one["title"]) for one in page.all("li") if "title" in one][:5]
    assert drawn == [
        ("o", "1 Jan 100 %"),
        ("x", "2 Jan: operational 99 %, outage 1 %"),
        ("d", "3 Jan: operational 90 %, degraded 10 %"),
        ("m", "4 Jan: operational 90 %, maintenance 10 %"),
        ("u", "5 Jan: not known"),
    ]
    images = [one["aria-label"] for one in page.all("ol") if one.get("role") == "img"]
    assert images[0] == "97.17 % operational, known of 4 of 5 days"
    assert "5 Jan: not known" in page.text


async def test_days_without_knowledge_stand_together_and_are_never_green(public: Public) -> None:
    dark = [day(f"2025-12-{n:02}", unknown=86_400.0) for n in range(1, 32)]
    public.work.days = [*dark, day("2026-01-01", unknown=40_000.0), day("2026-01-02", unknown=100.0)]

    text = await public.text()
    page = Outline(text)

    drawn = [(one["class"], one["title"]) for one in page.all("li") if "title" in one][:3]
    assert drawn[0] == ("u r31", "1 Dec – 31 Dec: not known")
    assert drawn[1][0] == "u"
    assert drawn[2][0] == "o"
    assert ".days .r31{flex:31 31 calc(30*var(--gap))}" in text


async def test_when_nothing_was_ever_known_it_says_so(public: Public) -> None:
    public.work.days = [day("2026-01-01", unknown=86_400.0), day("2026-01-02", unknown=86_400.0)]

    page = Outline(await public.text())

    assert "Nothing is known of the last 2 days" in page.text
    assert "0 %" not in page.text


async def test_a_page_of_a_city_that_just_started(public: Public) -> None:
    for one in public.statuses.services:
        one["status"] = "unknown"
        one["evidence"] = {"devices": 2, "reporting": 0, "awaited": 2, "silent": 0}

    page = Outline(await public.text())
    await public.clock.advance(3_600)
    later = Outline(await public.text())

    assert "The system began a moment ago" in page.text
    assert "0 of 2 sensors heard so far" in page.text
    assert "Nothing is known of the 2 services at present" in page.text
    assert "began a moment ago" not in later.text


async def test_notes_stand_where_they_belong(public: Public) -> None:
    now = START
    public.say(
        note(1),
        note(2, state="planned", starts_at=now + DAY, ends_at=now + 2 * DAY),
        note(3, state="planned", starts_at=now - 2 * DAY, ends_at=now - DAY),
        note(4, state="resolved"),
        note(5, state="resolved", updated_at=now - 15 * DAY),
        note(6, state="planned", updated_at=now - 30 * DAY, starts_at=now - 3 * DAY, ends_at=now - 2 * DAY),
        note(7, services=[], updated_at=now + 9_000),
    )

    data = await public.data()

    assert [one["id"][-1] for one in data["notes"]] == ["7", "2", "1"]
    assert [one["id"][-1] for one in data["past_notes"]] == ["4", "3", "6"]
    assert [one["services"][0]["en"] for one in data["notes"]] == ["Smart Environment", *2 * ["Air quality"]]
    assert "by" not in data["notes"][0]
    assert "by" not in data["notes"][0]["updates"][0]
    page = Outline(await public.text())
    assert "What is going on" in page.text
    assert "Planned maintenance" in page.text


async def test_what_operators_write_is_text_and_never_markup(public: Public) -> None:
    evil = {"en": "<script>alert(1)</script>\x00&\"'", "th": "<b>ไม่</b>"}
    updates = [{"at": START, "by": "nok", "state": "investigating", "text": evil}]
    public.say(note(1, title=evil, updates=updates))

    page = Outline(await public.text())
    feed = ET.fromstring(await public.text("/status/atom"))

    assert page.all("script") == []
    assert "<script>alert(1)</script>" in page.text
    assert "<script>alert(1)</script>" in "".join(feed.itertext())


async def test_planned_work_is_told_without_the_words_of_operators(public: Public) -> None:
    window = [{"start": rfc3339(START + DAY), "end": rfc3339(START + DAY + 3_600_000)}]
    far = [{"start": rfc3339(START + 30 * DAY), "end": rfc3339(START + 31 * DAY)}]
    plans = [
        ({"services": ["power"]}, window),
        ({"services": ["power"]}, far),
        ({"services": ["power"], "devices": ["ac-01"]}, window),
        ({"zones": ["north"]}, window),
    ]
    public.operations.all_maintenance = {
        f"m{n}": maintenance(n, matcher=matcher, next=windows) for n, (matcher, windows) in enumerate(plans)
    }

    planned = (await public.data())["planned"]

    assert planned == [{"title": None, "services": [{"en": "Power", "th": "ไฟฟ้า"}], **window[0]}]


ENTRY = f"{{{ATOM}}}entry"


def entries(feed: str) -> list[dict[str, str]]:
    root = ET.fromstring(feed)
    assert root.tag == f"{{{ATOM}}}feed"
    return [
        {child.tag.removeprefix(f"{{{ATOM}}}"): child.text or "" for child in entry}
        for entry in root.iter(ENTRY)
    ]


async def test_the_feed_is_atom(public: Public) -> None:
    public.say(note(1), note(2, state="resolved"))
    public.work.all_changes = [change(-5, status="outage"), change(-4, status="operational")]

    answer = await public.get("/status/atom?lang=en")
    root = ET.fromstring(await answer.text())

    assert answer.content_type == "application/atom+xml"
    for parent in (root, *root.iter(ENTRY)):
        names = [child.tag.removeprefix(f"{{{ATOM}}}") for child in parent]
        assert {"id", "title", "updated"} <= set(names)
        assert all(names.count(name) == 1 for name in ("id", "title", "updated"))
    pages = [one.get("href") for entry in root.iter(ENTRY) for one in entry.iter(f"{{{ATOM}}}link")]
    assert {f"/status?lang=en#note-{note(1).id}", "/status?lang=en#s-air-quality"} <= set(pages)
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{{{ATOM}}}link")}
    assert links == {"self": "/status/atom?lang=en", "alternate": "/status?lang=en"}
    found = entries(await answer.text())
    assert len({one["id"] for one in found}) == len(found) == 4
    times = [one["updated"] for one in found]
    assert times == sorted(times, reverse=True)
    assert root.findtext(f"{{{ATOM}}}updated") == times[0]
    assert root.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name") == "Smallville"


async def test_ids_of_the_feed_stay_when_a_note_goes_on(public: Public) -> None:
    public.say(note(1))
    (before,) = entries(await public.text("/status/atom?lang=en"))
    public.say(note(1, state="resolved", updated_at=START + 5_000))
    await settle(public)

    (after,) = entries(await public.text("/status/atom?lang=en"))
    (thai,) = entries(await public.text("/status/atom?lang=th"))

    assert before["id"] == after["id"] != thai["id"]
    assert after["updated"] == rfc3339(START + 5_000)
    assert after["title"].endswith("(Resolved)")


async def test_links_of_the_feed_are_absolute_where_the_address_is_known(deps: ApiDeps) -> None:
    known = replace(deps, public_url="https://status.example.go.th")
    async with TestClient(TestServer(make_app(known))) as client:
        text = await (await client.get("/status/atom?lang=en")).text()

    assert 'href="https://status.example.go.th/status/atom?lang=en"' in text


async def test_the_document_is_for_other_sites_too(public: Public) -> None:
    answer = await public.get("/status.json")
    data = await answer.json()

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert [one["domain"] for one in data["domains"]] == [domain.value for domain in Domain]
    assert data["counts"]["operational"] == 2
    air = data["domains"][0]["services"][0]
    assert air["uptime"] == {"share": 0.995, "days_known": 2.0}
    assert air["days"][1]["shown"] == "outage"


async def test_a_thousand_visitors_are_one_look(public: Public) -> None:
    for _ in range(100):
        for path in ("/status", "/status?lang=th", "/status/atom", "/status.json"):
            assert (await public.get(path)).status == 200

    assert public.statuses.asked == 1
    assert public.told.reads == 1
    assert len(public.work.asked) == 3  # the days of two services, and the turns of all
    await public.clock.advance(6)
    await public.get()
    assert (public.statuses.asked, public.told.reads, len(public.work.asked)) == (2, 2, 3)
    await public.clock.advance(60)
    await public.get()
    assert len(public.work.asked) == 6


async def test_who_has_it_already_is_not_sent_it_again(public: Public) -> None:
    for path in ("/status", "/status/atom", "/status.json"):
        first = await public.get(path)
        again = await public.get(path, If_None_Match=first.headers["ETag"])

        assert again.status == 304
        assert await again.read() == b""
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "public, max-age=5"


async def test_the_same_content_keeps_its_etag_for_the_minute(public: Public) -> None:
    first = (await public.get()).headers["ETag"]
    await public.clock.advance(10)
    assert (await public.get()).headers["ETag"] == first
    public.statuses.services[0] |= {"status": "outage"}
    await public.clock.advance(10)
    assert (await public.get()).headers["ETag"] != first


async def test_heads_and_gzip(public: Public) -> None:
    head = await public.client.head("/status")
    zipped = await public.client.get("/status", headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    plain = await public.client.get("/status", headers={"Accept-Encoding": "identity"})

    assert head.status == 200
    assert head.headers["Content-Type"] == "text/html; charset=utf-8"
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await zipped.read()) == await plain.read()


async def test_without_the_records_the_statuses_are_there_and_it_says_what_is_not(public: Public) -> None:
    away = StoreUnavailableError("the records are away")
    public.work.fail = away

    async def fail(**_: Any) -> Any:
        raise away

    public.told.page = fail  # type: ignore[method-assign]
    page = Outline(await public.text())

    assert "All 2 services are operational" in page.text
    assert "The past can't be read at the moment" in page.text
    assert "Notes can't be read at the moment" in page.text


async def test_when_it_can_not_be_made_it_says_that_nobody_can_tell(public: Public) -> None:
    def fail() -> Any:
        raise RuntimeError("a mistake of ours")

    public.statuses.domains = fail  # type: ignore[method-assign]
    with capture_logs() as logs:
        answer = await public.get()

    assert (answer.status, answer.content_type) == (503, "text/html")
    text = await answer.text()
    assert "Nobody can tell at the moment" in text
    assert "a mistake of ours" not in text
    assert [one["log_level"] for one in logs] == ["error"]


async def test_of_a_large_city_the_worst_are_shown_and_the_others_counted(public: Public) -> None:
    public.statuses.services = [service(f"s{n}") for n in range(10_000)]
    public.statuses.services[9_999]["status"] = "outage"

    data = await public.data()
    text = await public.text()

    environment = data["domains"][0]
    assert environment["services"][0]["id"] == "s9999"
    assert sum(environment["others"].values()) + len(environment["services"]) == 10_000
    assert data["counts"] == {
        "operational": 9_999,
        **dict.fromkeys(("degraded", "maintenance", "unknown"), 0),
        "outage": 1,
    }
    assert len(text) < 150_000


async def test_a_process_without_history_has_a_page(deps: ApiDeps) -> None:
    none = dict.fromkeys(("history", "notes", "maintenance", "services"))
    async with TestClient(TestServer(make_app(replace(deps, **none)))) as client:
        answer = await client.get("/status")

        assert answer.status == 200
        assert "Air quality" in await answer.text()
