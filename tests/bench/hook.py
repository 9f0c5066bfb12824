"""A receiver of notifications that counts what it is told, and how long after it happened."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A webhook that takes everything and counts."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        self.bytes = 0
        self.delays: list[float] = []
        """From the firing of each alert that came by itself to its arrival here, in seconds."""
        self.url = ""

    def take(self, body: bytes, now: float) -> None:
        """Hear one message at ``now`` (s since 1970)."""
        said = json.loads(body)
        self.bytes += len(body)
        self.messages[said["reason"]] += 1
        if said["reason"] == "firing" and len(said["alerts"]) == 1:
            fired = datetime.fromisoformat(said["alerts"][0]["times"]["fired"])
            self.delays.append(now - fired.timestamp())


@contextmanager
def receiver() -> Iterator[Receiver]:
    """It serves until the context is left."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            now = time.time()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.take(body, now)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
