"""The command: what to hold against what, and how to tell."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devices.documents import suggestion
from devices.topics import ROOT, is_own
from services.cli.common import (
    DATA,
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    TokenOption,
    broker_of,
    deployment,
    fail,
    find_server,
    print_json,
)

if TYPE_CHECKING:
    from devices.broker import BrokerAddress
    from services.cli.checking.live import Heard
    from services.cli.checking.tally import Tally
    from services.cli.checking.trial import Judged, Setting, Trial
    from services.runtime.config import Config

_WHAT = "Payload files: JSON, or JSONL with one payload a line; - is standard input."
_TELL_EVERY = {True: 1.0, False: 10.0}


@dataclass(frozen=True, slots=True)
class _Where:
    """The options that say where a city, a Nakhon or a broker is."""

    city: Path | None
    http: str | None
    token: str | None
    config: Path | None
    data: Path | None


def check(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE…", help=_WHAT)] = None,
    kind: Annotated[str | None, typer.Option("--type", help="Observation type to hold them against.")] = None,
    device: Annotated[str | None, typer.Option(help="Device whose types and topic count.")] = None,
    city: Annotated[Path | None, typer.Option(help="Folder of the city, for its types and devices.")] = None,
    topic: Annotated[str | None, typer.Option(help="Listen to this topic instead (+ and # allowed).")] = None,
    mqtt: Annotated[
        str | None, typer.Option(help="mqtt://[user:password@]host:port; the running Nakhon's otherwise.")
    ] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Authority to trust, for mqtts://.")] = None,
    seconds: Annotated[float, typer.Option("--for", min=0.1, help="How many seconds to listen.")] = 60.0,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Say what would be refused, and why: of payload files, or of what comes on a topic for a minute.

    Nothing is stored and nobody is told. Exit code 1 when something would be refused, or nothing came.
    """
    where = _Where(city, http, token, config, data)
    if files and topic:
        raise fail("either FILE… or --topic, not both")
    if files:
        tally = _files(files, kind, device, where, json=json)
    else:
        wanted = _filter(topic, device, kind)
        broker = broker_of(mqtt, config, data, ca_file=ca_file)
        tally = _live(broker, wanted, kind, where, seconds, json=json)
    if json:
        print_json(tally.as_dict())
    else:
        _say(tally.summary())
    if tally.refused or not tally.readings:
        raise typer.Exit(1)


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _now() -> int:
    return time.time_ns() // 1_000_000


def _files(files: list[str], kind: str | None, device: str | None, where: _Where, *, json: bool) -> Tally:
    from services.cli.checking.samples import read_samples
    from services.cli.checking.tally import Place, Tally

    samples = [sample for name in files for sample in read_samples(name)]
    recorded = kind is None and device is None and any(sample.topic for sample in samples)
    setting = _setting(where, needed=device is not None or recorded)
    trial, own_topic = _alone(setting, kind, device)
    full = _trial(setting)
    tally, now = Tally(), _now()
    for sample in samples:
        by_topic = recorded and sample.topic is not None
        judge = full if by_topic else trial
        judged = judge.judge(sample.topic if by_topic and sample.topic else own_topic, sample.payload, now)
        if judged is None:
            continue
        if any(refusal.path == "type" and refusal.value == "" for refusal in judged.refused):
            raise fail(
                f"{sample.file}:{sample.line}: against what? It names no type: "
                "give --type NAME, or --device ID with --city DIR"
            )
        lines = tally.take(Place(sample.file, sample.line, sample.topic), judged, now)
        _tell(lines, json=json)
    return tally


def _tell(lines: Iterator[str], *, json: bool) -> None:
    """Go through the lines in any case: that is what counts them."""
    told = list(lines)
    if not json:
        _say(iter(told))


def _live(
    broker: BrokerAddress, topic: str, kind: str | None, where: _Where, seconds: float, *, json: bool
) -> Tally:
    from services.cli.checking.live import Listener
    from services.cli.checking.tally import Place, Tally
    from services.runtime.clock import rfc3339

    setting = _setting(where, needed=kind is None)
    trial, own_topic = _alone(setting, kind, None) if kind else (_trial(setting), None)
    tally = Tally()
    progress = _Progress(tally, seconds)

    def take(heard: Heard) -> None:
        if is_own(heard.topic):
            return
        at = heard.topic if own_topic is None else _moved(heard.topic, own_topic)
        judged = trial.judge(at, heard.payload, heard.now, retained=heard.retained)
        if judged is not None:
            place = Place(topic=heard.topic, received=rfc3339(heard.now))
            progress.make_way(judged)
            _tell(tally.take(place, judged, heard.now), json=json)

    sys.stderr.write(f"listening to {topic} at {broker} for {seconds:g} s, against {setting.source}\n")
    Listener(broker, topic).listen(seconds, take, stop=_stop(), tick=progress.tick)
    progress.clear()
    if not tally.readings:
        _nothing_came(topic, broker)
    return tally


def _moved(topic: str, own: str) -> str:
    """The topic of the device that stands in, on the channel of ``topic``; one that is none stays wrong."""
    from devices.topics import BadTopicError, parse, sibling

    try:
        return sibling(parse(own), parse(topic).channel)
    except BadTopicError:
        return topic


def _nothing_came(topic: str, broker: BrokerAddress) -> None:
    user = f"user {broker.username}" if broker.username else "nobody in particular (no user given)"
    sys.stderr.write(
        f"nothing came on {topic} at {broker}. Look at\n"
        "  the topic: compare it with the device's own, level by level (nakhon devices show ID);\n"
        f"  the rights: we listen as {user}, and a broker says nothing of topics that one may not read;\n"
        "  the broker: does the device publish to this one, and is it connected?\n"
        "  the time: does the device report at all within it? Give more with --for SECONDS\n"
    )


def _stop() -> threading.Event:
    """Set by Ctrl-C and SIGTERM: the report comes all the same."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


class _Progress:
    """How far it is: a line that moves on a terminal, one every ten seconds elsewhere."""

    def __init__(self, tally: Tally, seconds: float) -> None:
        self._tally = tally
        self._seconds = seconds
        self._terminal = sys.stderr.isatty()
        self._next = _TELL_EVERY[self._terminal]

    def tick(self, elapsed: float) -> None:
        """Tell, when it is time to."""
        if elapsed < self._next:
            return
        self._next = elapsed + _TELL_EVERY[self._terminal]
        text = f"{elapsed:.0f} of {self._seconds:g} s: {self._tally.readings} readings, "
        text += f"{self._tally.refused} would be refused"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()

    def make_way(self, judged: Judged) -> None:
        """Something is about to be said of this."""
        if judged.refused:
            self.clear()

    def clear(self) -> None:
        """Leave a clean line."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")


def _filter(topic: str | None, device: str | None, kind: str | None) -> str:
    """What to listen to."""
    if topic is None and device is None:
        raise fail("name payload files, a live --topic, or the --device to listen to")
    if topic is not None and device is not None:
        raise fail("either --topic or --device: a topic says which device it is of")
    if device is not None and kind is not None:
        raise fail("either --device or --type: a device says what it may send")
    if topic is None:
        return f"{ROOT}/+/+/+/{device}/#"
    levels = topic.split("/")
    if not topic or "#" in levels[:-1] or any(len(level) > 1 and set(level) & set("+#") for level in levels):
        raise fail(f"--topic {topic!r}: + stands for one whole level, # for all that follow, at the end")
    return topic


def _setting(where: _Where, *, needed: bool) -> Setting:
    """The city that the options name, or that runs; where none is needed, the catalogue does."""
    from services.cli.checking.settings import bounds_of, of_catalogue, of_folder, of_server

    config = deployment(where.config, where.data)
    bounds = bounds_of(config.limits if config else None)
    if where.city is not None:
        return of_folder(where.city, bounds)
    asked = where.http is not None or where.config is not None or where.data is not None
    if not needed and not asked:
        return of_catalogue(bounds)
    if (found := find_server(where.http, where.token, where.config, where.data)) is not None:
        return of_server(found, bounds)
    return _configured(config, where)


def _configured(config: Config | None, where: _Where) -> Setting:
    from services.cli.checking.settings import bounds_of, of_folder

    if config is not None:
        return of_folder(config.city, bounds_of(config.limits))
    folder = where.data or DATA
    raise fail(
        f"which city? Name its folder with --city DIR, or a running Nakhon with --http and --token "
        f"(none keeps its run.json in {folder}); --type NAME needs neither"
    )


def _alone(setting: Setting, kind: str | None, device: str | None) -> tuple[Trial, str]:
    """A trial of payloads for one type or device, and the topic that they count as coming on."""
    from services.cli.checking.trial import stand_in, topic_of

    if kind is not None and device is not None:
        raise fail("either --device or --type: a device says what it may send")
    if device is None:
        if kind is not None and kind not in setting.catalog:
            known = ", ".join(sorted(setting.catalog))
            near = suggestion(kind, list(setting.catalog))
            raise fail(f"no type {kind!r} in {setting.source}{near}; there are {known}")
        return stand_in(setting, setting.catalog[kind] if kind else None)
    by_id = {known.id: known for known in setting.devices}
    if device not in by_id:
        raise fail(f"no device {device!r} in {setting.source}{suggestion(device, list(by_id))}")
    return _trial(setting), topic_of(setting, by_id[device])


def _trial(setting: Setting) -> Trial:
    from services.cli.checking.trial import Trial

    return Trial(setting)
