"""An InfluxDB that misbehaves when told to: the endpoints that Nakhon uses, and points kept in memory.

It answers writes, the finding and making of buckets, and those queries that ask for readings themselves
(not aggregates). ``plan`` decides what becomes of each write: see the functions at the end.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from services.runtime.clock import rfc3339

TOKEN = "secret-token"


class Point(NamedTuple):
    """What makes a point itself; ``time`` in ms."""

    measurement: str
    device: str
    zone: str
    time: int


@dataclass
class Answer:
    """What a write is answered with, and what of it is stored before."""

    status: int = 204
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    store: Callable[[str], bool] = lambda _line: True
    before: Callable[[], None] = lambda: None
    reset: bool = False
    """Break the connection in place of the answer."""


Plan = Callable[[list[str], int], Answer]
"""From the lines of a write and its bytes to what becomes of it."""


class FaultyInflux:
    """A server on a free port; a context manager. All that was stored, and in which order, can be seen."""

    def __init__(self) -> None:
        self.points: dict[Point, dict[str, str]] = {}
        self.writes: Counter[Point] = Counter()
        self.arrived: list[tuple[float, Point]] = []
        """Each point when it was first stored (monotonic s), in that order."""
        self.requests: list[tuple[float, int]] = []
        """When each write came (monotonic s), and the status it was answered with; 0 for a reset."""
        self.token = TOKEN
        self.plan: Plan = well
        self.halt_body: int | None = None
        """Read only so many bytes of the next bodies, then break the connection."""
        self.buckets = {"nakhon"}
        self.asked: list[str] = []
        self.not_understood: list[str] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"influx": self}))
        self.host, self.port = self._server.server_address[:2]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def mend(self) -> None:
        """Behave."""
        self.plan, self.token, self.halt_body = well, TOKEN, None

    def take(self, lines: list[str], size: int) -> Answer:
        """Do with a write as planned."""
        answer = self.plan(lines, size)
        answer.before()
        now = time.monotonic()
        with self._lock:
            for line in lines:
                if answer.store(line):
                    self._store(line, now)
            self.requests.append((now, 0 if answer.reset else answer.status))
        return answer

    def _store(self, line: str, now: float) -> None:
        head, fields, stamp = line.split(" ")
        measurement, *tags = head.split(",")
        told = dict(tag.split("=") for tag in tags)
        point = Point(measurement, told["device"], told["zone"], int(stamp))
        if point not in self.points:
            self.arrived.append((now, point))
        self.points.setdefault(point, {}).update(pair.split("=") for pair in fields.split(","))
        self.writes[point] += 1

    def answer_query(self, query: str) -> str:
        """Annotated CSV, as far as the query is understood."""
        with self._lock:
            self.asked.append(query)
            chosen = sorted(self._chosen(query), key=lambda row: (row[0][:3], row[1], row[0].time))
        rest = _STAGES.split(query.split("|> range", 1)[1].split(")", 1)[1])
        rows = [list(rows) for rows in _series(chosen)]
        for stage in filter(None, (part.strip() for part in rest)):
            rows = self._stage(stage, rows)
        if "keep(columns" in query and rows:
            return _edge(rows, newest="max(column" in query)
        return _csv(rows)

    def _stage(self, stage: str, rows: list[list[_Row]]) -> list[list[_Row]]:
        name, _, argument = stage.partition("(")
        if name in ("filter", "keep", "group", "min", "max"):
            return rows
        if name in ("first", "last", "limit", "tail"):
            count = int(re.sub(r"\D", "", argument) or 1)
            return [one[:count] if name in ("first", "limit") else one[-count:] for one in rows]
        self.not_understood.append(stage)
        return []

    def _chosen(self, query: str) -> Iterator[_Row]:
        start, stop = (_milliseconds(found) for found in _RANGE.search(query).groups())  # type: ignore[union-attr]
        wanted = {column: _wanted(query, column) for column in ("_measurement", "device", "zone", "_field")}
        for point, fields in self.points.items():
            if not start <= point.time < stop:
                continue
            if not all(_fits(wanted[c], getattr(point, c.strip("_"))) for c in list(wanted)[:3]):
                continue
            for name, value in fields.items():
                if _fits(wanted["_field"], name) and f'r._field != "{name}"' not in query:
                    yield point, name, value


_Row = tuple[Point, str, str]
_RANGE = re.compile(r"range\(start: ([^,]+), stop: ([^)]+)\)")
_STAGES = re.compile(r"\|>")


def _series(rows: list[_Row]) -> Iterator[list[_Row]]:
    found: dict[Any, list[_Row]] = {}
    for row in rows:
        found.setdefault((row[0][:3], row[1]), []).append(row)
    yield from found.values()


def _wanted(query: str, column: str) -> re.Pattern[str] | None:
    if match := re.search(rf'r\.{column} == "([^"]*)"', query):
        return re.compile(re.escape(match[1]))
    if match := re.search(rf"r\.{column} =~ /\^\(\?:(.*?)\)\$/", query):
        return re.compile(match[1])
    return None


def _fits(pattern: re.Pattern[str] | None, value: str) -> bool:
    return pattern is None or pattern.fullmatch(value) is not None


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


_CSV = (
    "#datatype,string,long,dateTime:RFC3339,{kind},string,string,string,string\r\n"
    "#group,false,false,false,false,true,true,true,true\r\n"
    "#default,_result,,,,,,,\r\n"
    ",result,table,_time,_value,_field,_measurement,device,zone\r\n"
)


def _csv(series: list[list[_Row]]) -> str:
    parts = []
    for number, rows in enumerate(series):
        kind = _kind(rows[0][2]) if rows else "double"
        lines = [
            f",,{number},{rfc3339(p.time)},{_shown(value)},{name},{p.measurement},{p.device},{p.zone}\r\n"
            for p, name, value in rows
        ]
        parts.append(_CSV.format(kind=kind) + "".join(lines) + "\r\n")
    return "".join(parts) or "\r\n"


def _kind(value: str) -> str:
    """The type of a field, as line protocol writes it."""
    if value.startswith('"'):
        return "string"
    return "long" if value.endswith("i") else "double"


def _shown(value: str) -> str:
    return value.strip('"') if value.startswith('"') else value.rstrip("i")


def _edge(series: list[list[_Row]], *, newest: bool) -> str:
    moment = (max if newest else min)(row[0].time for rows in series for row in rows)
    head = "#datatype,string,long,dateTime:RFC3339\r\n#group,false,false,false\r\n#default,_result,,\r\n"
    return f"{head},result,table,_time\r\n,,0,{rfc3339(moment)}\r\n\r\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """A connection that broke is what the tests want."""


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the :class:`FaultyInflux` that a subclass names."""

    protocol_version = "HTTP/1.1"
    influx: FaultyInflux

    def log_message(self, *_: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path in ("/health", "/ping"):
            self._json(200, {"status": "pass"})
        elif self._known():
            answer = {"/api/v2/buckets": self._buckets, "/api/v2/orgs": self._orgs}.get(parts.path)
            found = answer(parse_qs(parts.query)) if answer else None
            self._json(404 if found is None else 200, found or {"code": "not found", "message": self.path})

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        size = int(self.headers.get("Content-Length", 0))
        if path == "/api/v2/write" and self.influx.halt_body is not None:
            self.rfile.read(min(size, self.influx.halt_body))
            self._break()
            return
        body = self.rfile.read(size)
        if self._known():
            posted = {
                "/api/v2/write": self._write,
                "/api/v2/query": self._query,
                "/api/v2/buckets": self._new_bucket,
            }
            posted.get(path, lambda _: self._json(204, None))(body)

    def _buckets(self, query: dict[str, list[str]]) -> dict[str, Any]:
        names = self.influx.buckets & set(query.get("name", self.influx.buckets))
        return {"buckets": [{"id": "1", "name": name, "retentionRules": []} for name in sorted(names)]}

    def _orgs(self, _query: dict[str, list[str]]) -> dict[str, Any]:
        return {"orgs": [{"id": "0123456789abcdef", "name": "city"}]}

    def _new_bucket(self, body: bytes) -> None:
        name = json.loads(body)["name"]
        self.influx.buckets.add(name)
        self._json(201, {"id": "2", "name": name, "retentionRules": []})

    def _query(self, body: bytes) -> None:
        text = self.influx.answer_query(json.loads(body)["query"])
        self._send(200, text.encode(), "text/csv; charset=utf-8", {})

    def _write(self, body: bytes) -> None:
        answer = self.influx.take(body.decode().split("\n"), len(body))
        if answer.reset:
            self._break()
        elif answer.status == 204:
            self._json(204, None)
        else:
            self._json(answer.status, {"code": "x", "message": answer.message}, answer.headers)

    def _known(self) -> bool:
        known = self.headers.get("Authorization") == f"Token {self.influx.token}"
        if not known:
            self._json(401, {"code": "unauthorized", "message": "unauthorized access"})
        return known

    def _break(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        body = b"" if data is None else json.dumps(data).encode()
        self._send(status, body, "application/json", headers or {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            if status != 204 or name != "Content-Type":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def well(_lines: list[str], _size: int) -> Answer:
    """Store and say so."""
    return Answer()


def says(status: int, message: str = "not now", **headers: str) -> Plan:
    """Store nothing, and answer so. ``Retry_After="1"`` is a header."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _lines, _size: Answer(status, message, told, lambda _line: False)


def refusing(part: str) -> Plan:
    """Store all lines but those that hold ``part``, and answer 400, as on a field type conflict."""

    def plan(lines: list[str], _size: int) -> Answer:
        if not any(part in line for line in lines):
            return Answer()
        text = "partial write: field type conflict: input field is type float, already exists as type string"
        return Answer(400, text, {}, lambda line: part not in line)

    return plan


def at_most(size: int) -> Plan:
    """Bodies above so many bytes are too large."""

    def plan(_lines: list[str], bytes_sent: int) -> Answer:
        return says(413, "body too large")([], 0) if bytes_sent > size else Answer()

    return plan


def slowly(seconds: float) -> Plan:
    """Store, but take that long for it."""
    return lambda _lines, _size: Answer(before=lambda: time.sleep(seconds))


def hanging(until: threading.Event) -> Plan:
    """Neither store nor answer until then; break the connection after."""

    def plan(_lines: list[str], _size: int) -> Answer:
        return Answer(store=lambda _line: False, before=lambda: until.wait(30) and None, reset=True)

    return plan


def losing_answers(times: int) -> Plan:
    """Store, but break the connection in place of the answer, so many times."""
    left = [times]

    def plan(_lines: list[str], _size: int) -> Answer:
        left[0] -= 1
        return Answer(reset=left[0] >= 0)

    return plan
