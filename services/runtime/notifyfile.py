"""``notify:`` of ``nakhon.yaml``, from the file to settings: secrets read, paths made absolute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel

from devices.documents import Loc, Parsed, Problem
from devices.spans import format_span
from services.runtime.notifyconfig import EmailChannel, Notify
from services.runtime.sections import ENVIRONMENT

_Settle: TypeAlias = Callable[[Any, Loc], Any]

_SECRETS: Mapping[str, tuple[str, ...]] = {
    "line": ("token",),
    "email": ("password",),
    "webhook": ("secret",),
    "alertmanager": ("bearer",),
    "apprise": ("url",),
}
"""What must not stand in the file itself, by kind of channel."""

_NEEDED: Mapping[str, str] = {
    "line": "token",
    "webhook": "url",
    "alertmanager": "url",
    "apprise": "url",
}
"""What a channel can't do without, given itself or by file."""


def secrets_in_file(parsed: Parsed) -> list[Problem]:
    """Secrets that are written into the file, before the environment is laid over it."""
    problems = []
    for at, part in _parts(parsed.data):
        kind = part.get("kind", "webhook")
        for key in _SECRETS.get(kind if isinstance(kind, str) else "", ()):
            if part.get(key) is not None:
                text = (
                    f"a secret does not belong in this file; name a file in {key}_file, "
                    f"or set {variable(*at, key)}"
                )
                problems.append(parsed.problem((*at, key), text))
    return problems


def incomplete(notify: Notify, parsed: Parsed) -> list[Problem]:
    """What single values do not show: a channel without its address or its secret, spans that contradict."""
    problems = [problem for at, channel in _channels(notify) for problem in _lacking(channel, at, parsed)]
    retry = notify.retry
    if not retry.first <= retry.most <= retry.give_up:
        text = f"the spans must rise: first ({format_span(retry.first)}), most ({format_span(retry.most)}), "
        at = ("notify", "retry")
        problems.append(parsed.problem(at, f"{text}give_up ({format_span(retry.give_up)})"))
    return problems


def resolved(notify: Notify, base: Path, parsed: Parsed, problems: list[Problem]) -> Notify:
    """Secrets read from their files, paths made absolute; what can't be read is noted in ``problems``."""

    def settle(model: BaseModel, at: Loc) -> BaseModel:
        given: dict[str, Any] = {}
        for name in type(model).model_fields:
            path = getattr(model, name)
            if isinstance(path, Path):
                given[name] = file = (base / path.expanduser()).absolute()
                given |= _taken(model, name, file, parsed, (*at, name), problems)
        return model.model_copy(update=given)

    whole = _mapped(notify, settle)
    if whole.templates is None:
        return whole
    templates = (base / whole.templates.expanduser()).absolute()
    if not templates.is_dir():
        problems.append(parsed.problem(("notify", "templates"), f"no folder {templates}"))
    return whole.model_copy(update={"templates": templates})


def variable(*path: str | int) -> str:
    """The variable that overrides a value: ``NAKHON_NOTIFY__RECEIVERS__DUTY_OFFICER__…``."""
    return ENVIRONMENT + "__".join(str(part).replace("-", "_") for part in path).upper()


def _parts(data: Any) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    """The mappings under ``notify`` that can hold a secret, whatever else is wrong with them."""
    notify = _mapping(_mapping(data).get("notify"))
    for name, receiver in _mapping(notify.get("receivers")).items():
        channels = _mapping(receiver).get("channels")
        for place, channel in enumerate(channels if isinstance(channels, list) else ()):
            yield ("notify", "receivers", name, "channels", place), _mapping(channel)
    heartbeat = _mapping(_mapping(notify.get("heartbeat")).get("webhook"))
    yield ("notify", "heartbeat", "webhook"), heartbeat


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _channels(notify: Notify) -> Iterator[tuple[Loc, BaseModel]]:
    for name, receiver in notify.receivers.items():
        for place, channel in enumerate(receiver.channels):
            yield ("notify", "receivers", name, "channels", place), channel
    if notify.heartbeat.webhook:
        yield ("notify", "heartbeat", "webhook"), notify.heartbeat.webhook


def _lacking(channel: BaseModel, at: Loc, parsed: Parsed) -> Iterator[Problem]:
    kind = getattr(channel, "kind", "webhook")
    key = _NEEDED.get(kind)
    if key and not getattr(channel, key) and not getattr(channel, f"{key}_file"):
        shown = key if key not in _SECRETS.get(kind, ()) else f"{key}_file"
        text = f"is missing; {kind} needs it (or {key}_file, or set {variable(*at, key)})"
        if shown != key:
            text = f"is missing; {kind} needs it (or set {variable(*at, key)})"
        yield parsed.problem((*at, shown), text)
    if isinstance(channel, EmailChannel) and channel.username:
        if not channel.password and not channel.password_file:
            text = f"is missing; username needs it (or set {variable(*at, 'password')})"
            yield parsed.problem((*at, "password_file"), text)
        elif channel.tls == "none" and channel.host not in _HERE:
            text = "would send the password in the clear; use starttls or tls"
            yield parsed.problem((*at, "tls"), text, value="none", allowed="starttls, tls")


_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _taken(
    model: BaseModel, name: str, file: Path, parsed: Parsed, at: Loc, problems: list[Problem]
) -> dict[str, str]:
    """The secret that a file holds, under its own key; nothing where it came from a variable."""
    key = name.removesuffix("_file")
    if key == _AUTHORITY:
        if not file.is_file():
            problems.append(parsed.problem(at, f"no file {file}"))
        return {}
    if getattr(model, key) is not None:
        return {}
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(parsed.problem(at, f"can't be read: {error}"))
        return {}
    if not text:
        problems.append(parsed.problem(at, f"{file} is empty"))
    elif key == "url" and not _is_address(text):
        problems.append(parsed.problem(at, f"{file} must hold one address such as https://host/path"))
    return {key: text}


_AUTHORITY = "ca"


def _is_address(text: str) -> bool:
    return bool(urlsplit(text).scheme) and len(text.split()) == 1


def _mapped(notify: Notify, settle: _Settle) -> Notify:
    """Each channel and the heartbeat's webhook, settled."""
    receivers = {
        name: receiver.model_copy(
            update={
                "channels": tuple(
                    settle(channel, ("notify", "receivers", name, "channels", place))
                    for place, channel in enumerate(receiver.channels)
                )
            }
        )
        for name, receiver in notify.receivers.items()
    }
    webhook = notify.heartbeat.webhook
    if webhook is not None:
        webhook = settle(webhook, ("notify", "heartbeat", "webhook"))
    heartbeat = notify.heartbeat.model_copy(update={"webhook": webhook})
    return notify.model_copy(update={"receivers": receivers, "heartbeat": heartbeat})
