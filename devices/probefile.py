"""The probes of a ``city.yaml`` as they are written: what Nakhon asks the city's services by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from devices.documents import Loc, Parsed, Problem
from devices.forms import Form, Id, Interval, TextForm, text_or
from devices.model import City, Device, Domain, Expected, Probe, ProbeKind
from devices.spans import format_span
from devices.targets import address_problem, endpoint_problem, filter_problem, name_problem, url_problem

OBSERVED = "ServiceProbe"
"""The observation type of what a probe finds."""

LABEL = "probe"
"""Label of a probe's device that says how it asks."""

SHORTEST = 10_000
"""Probes are not asked more often than this (ms)."""

_MINUTE = 60_000
_LONGEST_TIMEOUT = 10_000

FITTING: Mapping[ProbeKind, tuple[str, ...]] = {
    ProbeKind.HTTP: ("status", "contains", "certificate", "latency"),
    ProbeKind.TCP: ("latency",),
    ProbeKind.DNS: ("addresses", "latency"),
    ProbeKind.MQTT: ("payload",),
}
"""What can be expected of an answer of each kind."""

_TARGETS: Mapping[ProbeKind, Callable[[str], str | None]] = {
    ProbeKind.HTTP: url_problem,
    ProbeKind.TCP: endpoint_problem,
    ProbeKind.DNS: name_problem,
    ProbeKind.MQTT: filter_problem,
}


def _one_or_several(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _address(value: str) -> str:
    if problem := address_problem(value):
        raise ValueError(problem)
    return value


def _not_too_often(span: int) -> int:
    if span < SHORTEST:
        raise ValueError(f"must be at least {format_span(SHORTEST)}")
    return span


HttpStatus = Annotated[int, Field(ge=100, le=599, strict=True)]
_Statuses = Annotated[list[HttpStatus], Field(min_length=1)]
Address = Annotated[str, AfterValidator(_address)]


class ExpectForm(Form):
    """What an answer must be, beside being there."""

    status: Annotated[
        tuple[HttpStatus, ...],
        BeforeValidator(_one_or_several, json_schema_input_type=HttpStatus | _Statuses),
        Field(min_length=1),
    ] = Field((), description="HTTP statuses that count as good; 200 to 299 when left out.")
    contains: str | None = Field(
        None, min_length=1, max_length=1_000, description="Text that stands in the body."
    )
    certificate: Interval | None = Field(
        None, description="How long a certificate must be valid for at least: 14d."
    )
    latency: Interval | None = Field(None, description="The longest time that an answer may take: 2s.")
    addresses: tuple[Address, ...] = Field(
        (), description="IP addresses, of which the name must have one at least."
    )
    payload: str | None = Field(
        None, min_length=1, max_length=1_000, description="Text that stands in a heartbeat's payload."
    )

    def expected(self) -> Expected:
        """What the form asks for."""
        return Expected(
            self.status, self.contains, self.certificate, self.latency, self.addresses, self.payload
        )


def _by_kind(schema: dict[str, Any]) -> None:
    """Exactly one kind, and what fits it: what one form can't say of its keys."""
    schema["oneOf"] = [_of_kind(kind) for kind in ProbeKind]


def _of_kind(kind: ProbeKind) -> dict[str, Any]:
    fitting = {
        kind.value: {"type": "string"},
        "expect": {"propertyNames": {"enum": list(FITTING[kind])}},
    }
    other = {"not": {"required": ["resolver"]}} if kind is not ProbeKind.DNS else {}
    return {"required": [kind.value], "properties": fitting, **other}


class ProbeForm(Form):
    """One probe: exactly one of http, tcp, dns, mqtt."""

    model_config = ConfigDict(json_schema_extra=_by_kind)

    id: Id = Field(description="Unique among probes and devices: what it finds is a reading of this device.")
    name: TextForm | None = None
    zone: str = Field(description="Id of the zone to which it counts.")
    service: str | None = Field(
        None, description="Id of the service that it asks after, unless that names it under needs."
    )
    every: Annotated[Interval, AfterValidator(_not_too_often)] = Field(
        _MINUTE, description="How often it is asked; at least 10s."
    )
    timeout: Interval | None = Field(
        None, description="How long an answer may take, less than every; 10s, or half of a shorter every."
    )
    http: str | None = Field(
        None,
        description="URL to fetch.",
        json_schema_extra={"pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@\\]+([/?#][^\s\\]*)?$"},
    )
    tcp: str | None = Field(None, description="host:port to connect to.", examples=["10.0.0.5:5432"])
    dns: str | None = Field(None, description="Name to look up.", examples=["www.example.go.th"])
    mqtt: str | None = Field(
        None, description="Topic filter of the city's broker; something must be heard there within every."
    )
    expect: ExpectForm = Field(ExpectForm(), description="What the answer must be.")
    resolver: str | None = Field(
        None, description="DNS server to ask: an IP address, :port after it; the machine's when left out."
    )

    @field_validator("timeout")
    @classmethod
    def _in_time(cls, timeout: int | None, info: ValidationInfo) -> int | None:
        every = info.data.get("every")
        if timeout is not None and every is not None and timeout >= every:
            raise ValueError(f"must be less than every ({format_span(every)})")
        return timeout

    def probe(self, service: str | None) -> Probe:
        """The probe; ``service`` is the one that it asks after."""
        kind = next(kind for kind in ProbeKind if getattr(self, kind.value) is not None)
        return Probe(
            self.id,
            text_or(self.name, self.id),
            kind,
            getattr(self, kind.value),
            self.zone,
            self.every,
            self.timeout or min(_LONGEST_TIMEOUT, self.every // 2),
            self.expect.expected(),
            service,
            self.resolver,
        )


def probe_device(probe: Probe, city: City) -> Device:
    """The device whose readings are what a probe finds; its domain is that of its service."""
    service = city.services.get(probe.service or "")
    return Device(
        probe.id,
        (OBSERVED,),
        probe.zone,
        service.domain if service else Domain.GOVERNANCE,
        probe.every,
        "" if probe.name.en == probe.id else probe.name.en,
        probe.service,
        labels={LABEL: probe.kind.value},
    )


def probe_problems(parsed: Parsed, at: Loc, entry: Mapping[str, Any]) -> Iterator[Problem]:
    """What no single value of a probe shows: its kind, its target, and what does not fit the two.

    A target is never quoted: it may hold what should not be told.
    """
    kinds = [kind for kind in ProbeKind if entry.get(kind.value) is not None]
    if not kinds and not entry.keys() <= ProbeForm.model_fields.keys():
        return  # a kind misspelt, most likely: of keys that it does not know, the form tells
    if len(kinds) != 1:
        found = f", not {' and '.join(kinds)} together" if kinds else ""
        message = f"needs exactly one of {', '.join(ProbeKind)}{found}"
        yield parsed.problem(at, message)
        return
    (kind,) = kinds
    target = entry[kind.value]
    if isinstance(target, str) and (wrong := _TARGETS[kind](target)):
        yield parsed.problem((*at, kind.value), wrong)
    yield from _unfitting(parsed, at, entry, kind)
    yield from _resolver(parsed, at, entry.get("resolver"), kind)


def _unfitting(parsed: Parsed, at: Loc, entry: Mapping[str, Any], kind: ProbeKind) -> Iterator[Problem]:
    expect = entry.get("expect")
    for key in expect if isinstance(expect, dict) else ():
        if key in ExpectForm.model_fields and key not in FITTING[kind]:
            message = f"does not fit a probe of kind {kind}"
            yield parsed.problem((*at, "expect", key), message, allowed=", ".join(FITTING[kind]))
        elif key == "certificate" and not str(entry[kind.value]).lower().startswith("https:"):
            yield parsed.problem((*at, "expect", key), "needs an https URL; others have no certificate")


def _resolver(parsed: Parsed, at: Loc, resolver: object, kind: ProbeKind) -> Iterator[Problem]:
    where = (*at, "resolver")
    if resolver is None:
        return
    if kind is not ProbeKind.DNS:
        yield parsed.problem(where, f"belongs to a probe of kind {ProbeKind.DNS}, not of {kind}")
    elif isinstance(resolver, str) and (wrong := address_problem(resolver, port=True)):
        yield parsed.problem(where, wrong, value=resolver)
