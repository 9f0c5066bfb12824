"""Real local servers that do what servers do on bad days: each connection is served by a script."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """What came in, one entry a request or mail, and where the server is."""

    host: str = "127.0.0.1"
    port: int = 0
    items: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@asynccontextmanager
async def raw_server(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Heard]:
    """A server on a free port; its connections are cut when the test is over."""
    tasks: set[asyncio.Task[None]] = set()

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(work, "127.0.0.1", 0, ssl=tls)
    try:
        yield Heard(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One HTTP request, head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


def http_answer(answer: bytes, heard: list[bytes], *, keep: bool = False) -> Serve:
    """Reads a request, says ``answer``, and ends, or with ``keep`` waits for more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard.append(await read_request(reader))
            writer.write(answer)
            await writer.drain()
            if not keep:
                return

    return serve


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


Answers = dict[str, bytes]


def smtp(answers: Answers, heard: list[bytes], *, greeting: bytes | None = b"220 ready") -> Serve:
    """A mail server that says ``answers`` by verb (``RCPT duty@x`` before ``RCPT``); None drops.

    ``greeting`` None: it says nothing. An answer ``b""`` drops the connection.
    """
    usual = {
        "EHLO": b"250 hello",
        "MAIL": b"250 ok",
        "RCPT": b"250 ok",
        "DATA": b"354 go on",
        ".": b"250 taken",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if greeting is None:
            await reader.read()
            return
        writer.write(greeting + b"\r\n")
        while line := await reader.readline():
            text = line.decode().strip()
            verb = text.split(" ")[0].upper()
            keys = (f"{verb} {text.partition('<')[2].partition('>')[0]}", verb)
            answer = next((answers[key] for key in keys if key in answers), usual.get(verb, b"250 ok"))
            if not answer:
                return
            writer.write(answer + b"\r\n")
            if verb == "QUIT":
                return
            if answer.startswith(b"354"):
                if "DROP" in answers:
                    await reader.readline()
                    return
                heard.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(answers.get(".", usual["."]) + b"\r\n")
            await writer.drain()

    return serve
