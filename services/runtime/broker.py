"""A broker of Nakhon's own: Mosquitto as a child on a private configuration, or, for the demo, amqtt.

Mosquitto's defaults queue 1,000 messages for a client and then drop what they have acknowledged to the
publisher, and give a subscriber a window of 20. The configuration here raises both and bounds the queue.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import hashlib
import os
import secrets
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import structlog

from services.runtime.lifecycle import StartupError

log = structlog.get_logger(__name__)

_PR_SET_PDEATHSIG = 1
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/homebrew/sbin")
_START_WITHIN = 10.0
_STOP_WITHIN = 5.0
_RESTART_PAUSE = 1.0
MAX_QUEUED = 1_000_000
MAX_QUEUED_BYTES = 1 << 30
MAX_INFLIGHT = 2_000
MAX_MESSAGE = 16 << 20


class Broker(Protocol):
    """A running broker."""

    host: str
    port: int

    async def start(self) -> None:
        """Take connections when this returns.

        Raises:
            StartupError: it does not start; why, and what to do.
        """

    async def stop(self) -> None:
        """Save what is queued and end."""


def find_mosquitto() -> str | None:
    """Mosquitto's path, also where a normal user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=os.pathsep.join(_PLACES))


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(host: str, port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


class MosquittoBroker:
    """Mosquitto as a child process. It ends with this process, however that ends, and is started again if
    it ends by itself.

    ``users`` (name to password) None: anyone may connect, which only a demo on loopback should allow.
    """

    def __init__(
        self,
        program: str,
        folder: Path,
        *,
        host: str,
        port: int,
        users: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.host = host
        self.port = port or free_port(host)
        self._program = program
        self._folder = folder
        self._users = users
        self._settings = settings or {}
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name="broker")

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._end()

    async def _keep(self) -> None:
        """Start it again whenever it ends by itself."""
        while self._process is not None:
            code = await self._process.wait()
            log.warning("Mosquitto has ended; starting it again", exit_code=code)
            try:
                await self._spawn()
            except StartupError as error:
                log.warning("Mosquitto does not come back yet", reason=str(error))
            await asyncio.sleep(_RESTART_PAUSE)

    async def _spawn(self) -> None:
        if port_taken(self.host, self.port):
            # Whoever listens there would answer in the child's place.
            raise StartupError(f"{self.host}:{self.port} is taken by another program")
        with await asyncio.to_thread(self._prepare) as output:
            self._process = await asyncio.create_subprocess_exec(
                self._program,
                "-c",
                str(self._folder / "mosquitto.conf"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        await self._until_it_listens(self._process)

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_WITHIN):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _until_it_listens(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + _START_WITHIN
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                break
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            return
        said = await asyncio.to_thread(self._last_words)
        await self._end()
        raise StartupError(f"Mosquitto does not start on {self.host}:{self.port}: {said}")

    def _last_words(self) -> str:
        lines = (self._folder / "mosquitto.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it says nothing"

    def _prepare(self) -> BinaryIO:
        """Write the configuration, and open the file for what the broker says."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings: dict[str, Any] = {
            "listener": f"{self.port} {self.host}",
            "allow_anonymous": "true" if self._users is None else "false",
            "persistence": "true",
            "persistence_location": f"{self._folder}/",
            "autosave_interval": 5,
            "autosave_on_changes": "false",
            "max_inflight_messages": MAX_INFLIGHT,
            "max_queued_messages": MAX_QUEUED,
            "max_queued_bytes": MAX_QUEUED_BYTES,
            "message_size_limit": MAX_MESSAGE,
            "set_tcp_nodelay": "true",
            "sys_interval": 5,
            "log_dest": "stderr",
            "log_type": "error",
        }
        if os.geteuid() == 0:
            # Else it drops to a user that can't write this folder, and forgets to end with its parent.
            settings["user"] = "root"
        if self._users is not None:
            passwords = self._folder / "passwords"
            _write_private(passwords, "".join(_password_line(*user) for user in self._users.items()))
            settings["password_file"] = passwords
        settings.update(self._settings)
        lines = [f"{key} {value}" for key, value in settings.items()]
        _write_private(self._folder / "mosquitto.conf", "\n".join(lines) + "\n")
        return (self._folder / "mosquitto.log").open("wb")


class AmqttBroker:
    """amqtt within this process: enough to see a demo on a machine without Mosquitto, and no more.

    It forgets unacknowledged messages when a client goes, and stalls when flooded.
    """

    def __init__(self, *, host: str, port: int) -> None:
        self.host = host
        self.port = port or free_port(host)
        self._broker: Any = None

    async def start(self) -> None:
        from amqtt.broker import Broker as Amqtt

        configuration = {
            "listeners": {"default": {"type": "tcp", "bind": f"{self.host}:{self.port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        self._broker = Amqtt(configuration)
        try:
            await self._broker.start()
        except Exception as error:  # noqa: BLE001 - it wraps whatever went wrong in errors of its own
            raise StartupError(
                f"the built-in broker does not start on {self.host}:{self.port}: {error}"
            ) from None
        log.warning(
            "Mosquitto is not installed; the demo uses a small built-in broker, which forgets unacknowledged "
            "messages when a client disconnects and stalls when flooded. For all else install Mosquitto."
        )

    async def stop(self) -> None:
        if self._broker is not None:
            await self._broker.shutdown()


def _end_with_parent(parent: int) -> Any:
    """To be run in the child before it becomes the broker: the kernel ends it when the parent is gone."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl if os.uname().sysname == "Linux" else None

    def prepare() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _password_line(name: str, password: str) -> str:
    """A line of Mosquitto's password file: PBKDF2-SHA512, as its ``mosquitto_passwd`` writes it."""
    salt, rounds = secrets.token_bytes(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"{name}:$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
